/** What reading a credential takes: out of the near cache, out of the table, and the first time. */
@NullMarked
package dev.keepwarm.bench.reader;

import org.jspecify.annotations.NullMarked;
