/** The cost of refreshing, compared with the unavoidable work. */
@NullMarked
package dev.keepwarm.bench.work;

import org.jspecify.annotations.NullMarked;
