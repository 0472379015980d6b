/** What a reader counts, for Micrometer. */
@NullMarked
package dev.keepwarm.reader.micrometer;

import org.jspecify.annotations.NullMarked;
