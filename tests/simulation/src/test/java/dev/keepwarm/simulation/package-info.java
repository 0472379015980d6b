/**
 * The real decryptor, warmer and readers on simulated time, tables, queues, bus, keys and source. A
 * seeded generator decides which thread runs next and which calls fail. A checker that knows the
 * true history checks every read.
 */
@NullMarked
package dev.keepwarm.simulation;

import org.jspecify.annotations.NullMarked;
