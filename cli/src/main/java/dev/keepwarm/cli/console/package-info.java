/**
 * The server of {@code keepwarm console}: serves a page on loopback, its documents and its actions.
 * It does not access Keepwarm's tables; that is the task of {@link
 * dev.keepwarm.cli.console.Backend}.
 */
@NullMarked
package dev.keepwarm.cli.console;

import org.jspecify.annotations.NullMarked;
