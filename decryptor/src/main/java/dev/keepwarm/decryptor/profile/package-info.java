/** Profiles, and the decoders that they use. */
@NullMarked
package dev.keepwarm.decryptor.profile;

import org.jspecify.annotations.NullMarked;
