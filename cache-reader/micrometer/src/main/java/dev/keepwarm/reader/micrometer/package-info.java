/** The counters of a reader, for Micrometer. */
@NullMarked
package dev.keepwarm.reader.micrometer;

import org.jspecify.annotations.NullMarked;
