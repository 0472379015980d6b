/**
 * How long callers wait for a credential: measured with real processes, and over a simulated day.
 *
 * <p>{@link dev.keepwarm.bench.callers.CallersSuite} is the entry point.
 */
@NullMarked
package dev.keepwarm.bench.callers;

import org.jspecify.annotations.NullMarked;
