package dev.keepwarm.core;

import org.jspecify.annotations.Nullable;

/** One row of a source. */
public sealed interface SourceRow {
  /** Whose row it is. */
  CredentialId id();

  /**
   * An original.
   *
   * @param id whose it is
   * @param profile the name of the profile it is encrypted under
   * @param ciphertext the stored text, in whatever notation the profile says
   * @param version raised by every change, 0 to {@link Versions#MAX}
   */
  record Original(CredentialId id, String profile, String ciphertext, long version)
      implements SourceRow {
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
   */
  record Unusable(CredentialId id, @Nullable Long version, String failure) implements SourceRow {}
}
