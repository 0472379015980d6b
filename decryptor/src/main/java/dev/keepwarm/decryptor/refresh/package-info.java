/** The refresh: what is due is read from the source, decoded, sealed and stored. */
@NullMarked
package dev.keepwarm.decryptor.refresh;

import org.jspecify.annotations.NullMarked;
