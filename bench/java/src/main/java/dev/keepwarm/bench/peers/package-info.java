/**
 * The decryptor functions that a user would have instead of Keepwarm, as processes for the local
 * Lambda host, and originals that both they and Keepwarm can decode.
 */
@NullMarked
package dev.keepwarm.bench.peers;

import org.jspecify.annotations.NullMarked;
