/**
 * The {@code keepwarm} command line.
 *
 * <p>{@link dev.keepwarm.cli.KeepwarmCommand} is the root command. Commands reach everything
 * outside the process through {@link dev.keepwarm.cli.Ports}.
 */
@NullMarked
package dev.keepwarm.cli;

import org.jspecify.annotations.NullMarked;
