/**
 * The warmer: turns the wheel. It publishes which tenants' slots are due, and knows nothing of
 * credentials.
 *
 * <p>{@link dev.keepwarm.warmer.Warmer} is one tick; the handler is the edge to Lambda.
 */
@NullMarked
package dev.keepwarm.warmer;

import org.jspecify.annotations.NullMarked;
