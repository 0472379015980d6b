/**
 * What the modules of Keepwarm share: entries and how to read them, the envelope, events, and calls
 * of AWS. Public for the other modules only, and without a promise to anybody else.
 */
@NullMarked
package dev.keepwarm.core.internal;

import org.jspecify.annotations.NullMarked;
