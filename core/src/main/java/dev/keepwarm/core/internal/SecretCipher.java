package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Encrypts and decrypts small secrets under KMS itself, bound to an encryption context. Blocking
 * and thread-safe.
 */
public interface SecretCipher {
  /**
   * Encrypts at most 4096 bytes.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} or {@link ErrorCode#DENIED}
   */
  SdkBytes encrypt(byte[] plaintext, Map<String, String> context);

  /**
   * Decrypts.
   *
   * @return the plaintext, which the caller must wipe
   * @throws WrongKeyException if the ciphertext was made under another KMS key
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if the ciphertext was changed or made
   *     under another context, {@link ErrorCode#UNAVAILABLE} or {@link ErrorCode#DENIED}
   */
  byte[] decrypt(SdkBytes ciphertext, Map<String, String> context);
}
