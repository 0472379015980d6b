/**
 * The Java reader: credentials out of Keepwarm's cache table, through a cache of its own.
 *
 * <p>Start at {@link dev.keepwarm.reader.KeepwarmReader}.
 */
@NullMarked
package dev.keepwarm.reader;

import org.jspecify.annotations.NullMarked;
