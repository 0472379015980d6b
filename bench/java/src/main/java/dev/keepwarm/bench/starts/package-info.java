/** Cold starts of decryptor functions, each a separate process on the local Lambda host. */
@NullMarked
package dev.keepwarm.bench.starts;

import org.jspecify.annotations.NullMarked;
