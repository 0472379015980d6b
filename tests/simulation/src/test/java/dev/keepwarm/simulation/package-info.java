/**
 * The real decryptor, warmer and readers on simulated time, tables, queues, bus, keys and source,
 * under one seeded generator that decides who runs next and what fails. A checker that knows the
 * true history looks at every read.
 */
@NullMarked
package dev.keepwarm.simulation;

import org.jspecify.annotations.NullMarked;
