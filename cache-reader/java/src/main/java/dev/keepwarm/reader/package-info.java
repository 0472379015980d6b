/**
 * The Java reader: reads credentials from Keepwarm's cache table, through a cache in memory.
 *
 * <p>Start at {@link dev.keepwarm.reader.KeepwarmReader}.
 */
@NullMarked
package dev.keepwarm.reader;

import org.jspecify.annotations.NullMarked;
