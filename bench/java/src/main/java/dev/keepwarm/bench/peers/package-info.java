/**
 * The decryptor functions that a user would have instead of Keepwarm, as processes for the local
 * Lambda host, and originals that they and Keepwarm decode alike.
 */
@NullMarked
package dev.keepwarm.bench.peers;

import org.jspecify.annotations.NullMarked;
