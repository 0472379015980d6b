/** The command line. */
@NullMarked
package dev.keepwarm.local.cli;

import org.jspecify.annotations.NullMarked;
