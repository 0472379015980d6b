/** What a change event does: rotations, invalidations, revocations, and their undoing. */
@NullMarked
package dev.keepwarm.decryptor.change;

import org.jspecify.annotations.NullMarked;
