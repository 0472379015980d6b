/**
 * What callers wait for a credential: measured on real processes, and over a simulated day.
 *
 * <p>{@link dev.keepwarm.bench.callers.CallersSuite} is the way in.
 */
@NullMarked
package dev.keepwarm.bench.callers;

import org.jspecify.annotations.NullMarked;
