/**
 * Code that the modules of Keepwarm share: entries and how to read them, the envelope, events, and
 * calls to AWS. It is public for the other modules only and may change at any time.
 */
@NullMarked
package dev.keepwarm.core.internal;

import org.jspecify.annotations.NullMarked;
