/**
 * The time of reading a credential: from the near cache, from the table, and for the first time in
 * a process.
 */
@NullMarked
package dev.keepwarm.bench.reader;

import org.jspecify.annotations.NullMarked;
