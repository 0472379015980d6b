/**
 * The decryptor function that most teams would write in Java: annotated beans, the SDK's clients
 * with their defaults, a key derived for every call. A peer for comparison, without any code of
 * Keepwarm.
 */
@NullMarked
package dev.keepwarm.bench.naive;

import org.jspecify.annotations.NullMarked;
