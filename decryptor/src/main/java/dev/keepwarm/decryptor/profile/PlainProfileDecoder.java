package dev.keepwarm.decryptor.profile;

import dev.keepwarm.engine.SourceRow;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;

/**
 * The {@code plain} scheme: the original is the credential, which the source itself keeps
 * encrypted. Thread-safe.
 */
final class PlainProfileDecoder implements Decoder {
  private final boolean base64;

  PlainProfileDecoder(boolean base64) {
    this.base64 = base64;
  }

  @Override
  public Outcome decode(SourceRow.Original original) {
    try {
      return new Decoded(
          base64
              ? Base64.getDecoder().decode(original.ciphertext())
              : Utf8.encode(original.ciphertext()));
    } catch (IllegalArgumentException | CharacterCodingException e) {
      return new Undecodable("BAD_TEXT_FORMAT");
    }
  }
}
