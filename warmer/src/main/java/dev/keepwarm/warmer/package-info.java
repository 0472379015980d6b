/**
 * The warmer: turns the wheel. It publishes which tenants are due, and never handles credentials.
 *
 * <p>{@link dev.keepwarm.warmer.Warmer} runs a tick. The handler connects it to Lambda.
 */
@NullMarked
package dev.keepwarm.warmer;

import org.jspecify.annotations.NullMarked;
