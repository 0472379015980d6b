/**
 * The embedded stack as a whole: resources on it, the functions that run on it, the demo and the
 * command line.
 */
@NullMarked
package dev.keepwarm.local;

import org.jspecify.annotations.NullMarked;
