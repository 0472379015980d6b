/**
 * The {@code keepwarm} command line.
 *
 * <p>{@link dev.keepwarm.local.cli.Keepwarm} is the root command; {@link
 * dev.keepwarm.local.cli.Ports} is all that commands know of the outside.
 */
@NullMarked
package dev.keepwarm.local.cli;

import org.jspecify.annotations.NullMarked;
