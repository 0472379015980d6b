/**
 * Ids and errors, as users of the readers see them. Everything else that the parts of Keepwarm
 * share is in {@code internal}, which is not part of the API.
 *
 * <p>Nothing here keeps static mutable state, reads the environment or reads a clock of its own.
 */
@NullMarked
package dev.keepwarm.core;

import org.jspecify.annotations.NullMarked;
