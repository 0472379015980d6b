/** Cold starts of decryptor functions, each a process of its own on the local Lambda host. */
@NullMarked
package dev.keepwarm.bench.starts;

import org.jspecify.annotations.NullMarked;
