package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import org.jspecify.annotations.Nullable;

/**
 * A definite refusal: the table or the decryptor said why there is no credential.
 *
 * @param code {@code NOT_FOUND}, {@code UNDECODABLE} or {@code REVOKED}
 * @param failure the entry's failure code; null if it has none
 * @param retryAt until when it counts, in milliseconds since the epoch
 */
record Refusal(ErrorCode code, @Nullable String failure, long retryAt)
    implements Reading.Settled, Found {
  @Override
  public long hardExpiresAt() {
    return retryAt;
  }

  KeepwarmException exception(CredentialId id) {
    return exception(id, code, failure);
  }

  static KeepwarmException exception(CredentialId id, ErrorCode code, @Nullable String failure) {
    String message =
        switch (code) {
          case NOT_FOUND -> "there is no credential " + id;
          case REVOKED -> "the credential " + id + " is revoked";
          case UNDECODABLE ->
              "the original of "
                  + id
                  + " cannot be decoded"
                  + (failure == null ? "" : ": " + failure);
          case TAMPERED -> "the entry of " + id + " cannot be unsealed";
          default -> "the credential " + id + " is not available now";
        };
    return new KeepwarmException(code, message, failure, null);
  }
}
