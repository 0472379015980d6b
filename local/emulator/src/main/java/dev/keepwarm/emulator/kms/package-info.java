/** KMS: symmetric keys and data keys. */
@NullMarked
package dev.keepwarm.emulator.kms;

import org.jspecify.annotations.NullMarked;
