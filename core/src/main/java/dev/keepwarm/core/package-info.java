/**
 * What every part of Keepwarm shares: names, entries and their table, the envelope, events, ports
 * to AWS, and settings.
 *
 * <p>Nothing here keeps static mutable state, reads the environment or reads a clock of its own.
 */
@NullMarked
package dev.keepwarm.core;

import org.jspecify.annotations.NullMarked;
