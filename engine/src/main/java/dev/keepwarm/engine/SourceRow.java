package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Versions;
import org.jspecify.annotations.Nullable;

/** One row of a source. */
public sealed interface SourceRow {
  /** Whose row it is. */
  CredentialId id();

  /**
   * When the row got its version, in milliseconds since the epoch, by the clock of whoever wrote
   * it; null if the source does not tell. It is what tells a value that came after an event from
   * one that was there before.
   */
  @Nullable Long changedAt();

  /**
   * An original.
   *
   * @param id whose it is
   * @param profile the name of the profile it is encrypted under
   * @param ciphertext the stored text, in whatever notation the profile says
   * @param version raised by every change, 0 to {@link Versions#MAX}
   * @param changedAt when it got that version, see {@link SourceRow#changedAt}
   */
  record Original(
      CredentialId id, String profile, String ciphertext, long version, @Nullable Long changedAt)
      implements SourceRow {
    /** One of which nobody knows when it got its version. */
    public Original(CredentialId id, String profile, String ciphertext, long version) {
      this(id, profile, ciphertext, version, null);
    }

    /**
     * Without the ciphertext: old encryption may be weak enough to be worth keeping out of logs.
     */
    @Override
    public String toString() {
      return "Original[" + id + ", profile=" + profile + ", version=" + version + "]";
    }
  }

  /**
   * A row that cannot be used.
   *
   * @param id whose it is
   * @param version its version, if that much can be read
   * @param failure a stable code, see {@link Failure}
   * @param changedAt when it got that version, see {@link SourceRow#changedAt}
   */
  record Unusable(CredentialId id, @Nullable Long version, String failure, @Nullable Long changedAt)
      implements SourceRow {
    /** One of which nobody knows when it got its version. */
    public Unusable(CredentialId id, @Nullable Long version, String failure) {
      this(id, version, failure, null);
    }
  }
}
