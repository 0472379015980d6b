/**
 * The decryptor function that most teams would write in Java: annotated beans, the SDK's clients
 * with their defaults, a key derived for every call. A peer to measure Keepwarm by, with nothing of
 * Keepwarm in it.
 */
@NullMarked
package dev.keepwarm.bench.naive;

import org.jspecify.annotations.NullMarked;
