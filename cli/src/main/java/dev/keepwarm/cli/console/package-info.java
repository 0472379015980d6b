/**
 * The server of {@code keepwarm console}: a page on loopback, what it asks, and what it may do.
 * Knows nothing of Keepwarm's tables; {@link dev.keepwarm.cli.console.Backend} does.
 */
@NullMarked
package dev.keepwarm.cli.console;

import org.jspecify.annotations.NullMarked;
