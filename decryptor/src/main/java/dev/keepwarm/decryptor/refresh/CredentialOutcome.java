package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;

/** The result of a refresh for one credential. */
public sealed interface CredentialOutcome {
  /** A new entry is in the table: sealed or failed. */
  record Stored(Entry entry) implements CredentialOutcome {}

  /**
   * The original cannot be decoded. The stored entry has the same version and stays until its hard
   * expiry.
   */
  record Kept(String failure) implements CredentialOutcome {}

  /** The credential is gone from the source, and a tombstone was stored. */
  record Buried() implements CredentialOutcome {}

  /**
   * The source does not have the name, and the tenant already has the most items that such names
   * may leave. Nothing was stored.
   *
   * @param entry what would have been stored
   */
  record Unknown(Entry entry) implements CredentialOutcome {}

  /** A negative entry or tombstone had ended and was deleted. */
  record Forgotten() implements CredentialOutcome {}

  /** The source's version is older than one that is known to exist. */
  record Behind() implements CredentialOutcome {}

  /** The credential is revoked, and the source has no newer version. */
  record Refused(Entry entry) implements CredentialOutcome {}

  /** Another writer stored an entry that is new enough. */
  record Overtaken() implements CredentialOutcome {}

  /** The item is malformed. It is left as it is, counted, and raises an alarm. */
  record Tampered() implements CredentialOutcome {}

  /** The entry kept changing under every attempt. */
  record Contended() implements CredentialOutcome {}

  /** A transient failure. */
  record Transient(KeepwarmException cause) implements CredentialOutcome {}

  /** Whether the credential is done, so that the refresh need not be repeated. */
  default boolean isSettled() {
    return switch (this) {
      case Stored s -> true;
      case Kept k -> true;
      case Buried b -> true;
      case Unknown u -> true;
      case Forgotten f -> true;
      case Refused r -> true;
      case Overtaken o -> true;
      case Tampered t -> true;
      case Behind b -> false;
      case Contended c -> false;
      case Transient t -> false;
    };
  }
}
