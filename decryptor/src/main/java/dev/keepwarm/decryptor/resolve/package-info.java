/** The answer to a reader that found nothing usable. */
@NullMarked
package dev.keepwarm.decryptor.resolve;

import org.jspecify.annotations.NullMarked;
