/** Resolves: answers readers that found no usable entry in the cache table. */
@NullMarked
package dev.keepwarm.decryptor.resolve;

import org.jspecify.annotations.NullMarked;
