/** Profiles, and the decoders that they choose from. */
@NullMarked
package dev.keepwarm.decryptor.profile;

import org.jspecify.annotations.NullMarked;
