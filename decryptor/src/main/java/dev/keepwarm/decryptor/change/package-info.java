/** Handles change events: rotations, invalidations, revocations and unrevocations. */
@NullMarked
package dev.keepwarm.decryptor.change;

import org.jspecify.annotations.NullMarked;
