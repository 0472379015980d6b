package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Versions;
import org.jspecify.annotations.Nullable;

/** One row of a source. */
public sealed interface SourceRow {
  /** The id of the credential. */
  CredentialId id();

  /**
   * When the row got its version, in milliseconds since the epoch, by the clock of its writer; null
   * if the source does not tell. It distinguishes a value that was written after an event from one
   * that existed before it.
   */
  @Nullable Long changedAt();

  /**
   * An original.
   *
   * @param id the id of the credential
   * @param profile the name of the profile it is encrypted under
   * @param ciphertext the stored text, in the notation that the profile defines
   * @param version a number that every change raises, 0 to {@link Versions#MAX}
   * @param changedAt when it got that version, see {@link SourceRow#changedAt}
   */
  record Original(
      CredentialId id, String profile, String ciphertext, long version, @Nullable Long changedAt)
      implements SourceRow {
    /** An original without the time of its version. */
    public Original(CredentialId id, String profile, String ciphertext, long version) {
      this(id, profile, ciphertext, version, null);
    }

    /** Without the ciphertext, because old encryption may be too weak for it to be in logs. */
    @Override
    public String toString() {
      return "Original[" + id + ", profile=" + profile + ", version=" + version + "]";
    }
  }

  /**
   * A row that cannot be used.
   *
   * @param id the id of the credential
   * @param version its version; null if it cannot be read
   * @param failure a stable code, see {@link Failure}
   * @param changedAt when it got that version, see {@link SourceRow#changedAt}
   */
  record Unusable(CredentialId id, @Nullable Long version, String failure, @Nullable Long changedAt)
      implements SourceRow {
    /** A row without the time of its version. */
    public Unusable(CredentialId id, @Nullable Long version, String failure) {
      this(id, version, failure, null);
    }
  }
}
