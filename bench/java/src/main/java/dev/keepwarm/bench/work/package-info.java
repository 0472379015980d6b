/** What refreshing takes, beside the work that cannot be left out. */
@NullMarked
package dev.keepwarm.bench.work;

import org.jspecify.annotations.NullMarked;
