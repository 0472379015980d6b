/**
 * The {@code keepwarm} command line.
 *
 * <p>{@link dev.keepwarm.cli.KeepwarmCommand} is the root command; {@link dev.keepwarm.cli.Ports}
 * is all that commands know of the outside.
 */
@NullMarked
package dev.keepwarm.cli;

import org.jspecify.annotations.NullMarked;
