package dev.keepwarm.emulator.kms;

import dev.keepwarm.emulator.http.AwsException;
import java.time.Instant;
import java.util.UUID;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * A KMS key: AES-256 material that never leaves the endpoint, and its state.
 *
 * @param material the JDK's key type redacts it in {@code toString}
 * @param deletionDate when it is deleted, if its deletion is scheduled
 */
record MasterKey(
    UUID id,
    String arn,
    String description,
    Instant createdAt,
    State state,
    @Nullable Instant deletionDate,
    SecretKey material) {

  enum State {
    ENABLED("Enabled"),
    DISABLED("Disabled"),
    PENDING_DELETION("PendingDeletion");

    private final String text;

    State(String text) {
      this.text = text;
    }

    /** The state's name in KMS. */
    String text() {
      return text;
    }
  }

  MasterKey with(State newState, @Nullable Instant newDeletionDate) {
    return new MasterKey(id, arn, description, createdAt, newState, newDeletionDate, material);
  }

  /**
   * @return this key
   * @throws AwsException unless it may be used for cryptography now
   */
  MasterKey requireUsable() {
    return switch (state) {
      case ENABLED -> this;
      case DISABLED -> throw new AwsException(409, "DisabledException", arn + " is disabled.");
      case PENDING_DELETION ->
          throw new AwsException(409, "KMSInvalidStateException", arn + " is pending deletion.");
    };
  }
}
