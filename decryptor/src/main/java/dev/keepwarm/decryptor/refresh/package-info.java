/** The refresh: reads due credentials from the source, decodes, seals and stores them. */
@NullMarked
package dev.keepwarm.decryptor.refresh;

import org.jspecify.annotations.NullMarked;
