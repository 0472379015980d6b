package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.engine.SourceRow;
import java.util.Base64;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The {@code kms} scheme: the original is a KMS ciphertext in base64, made under the profile's
 * encryption context. Thread-safe.
 */
public final class KmsDecoder implements Decoder {
  /** The longest ciphertext that KMS can make: 6144 bytes in base64. */
  private static final int MAX_LENGTH = 8192;

  private final SecretCipher cipher;
  private final Map<String, String> context;

  public KmsDecoder(SecretCipher cipher, Map<String, String> context) {
    this.cipher = cipher;
    this.context = Map.copyOf(context);
  }

  @Override
  public Outcome decode(SourceRow.Original original) {
    // KMS would refuse these with an error that looks transient.
    if (original.ciphertext().isEmpty() || original.ciphertext().length() > MAX_LENGTH) {
      return new Undecodable("BAD_LENGTH");
    }
    byte[] ciphertext;
    try {
      ciphertext = Base64.getDecoder().decode(original.ciphertext());
    } catch (IllegalArgumentException e) {
      return new Undecodable("BAD_TEXT_FORMAT");
    }
    try {
      return new Decoded(cipher.decrypt(SdkBytes.fromByteArrayUnsafe(ciphertext), context));
    } catch (WrongKeyException e) {
      return new Undecodable(Failure.WRONG_KEY);
    } catch (KeepwarmException e) {
      if (e.code() == ErrorCode.TAMPERED) {
        return new Undecodable("BAD_CIPHERTEXT");
      }
      throw e;
    }
  }
}
