package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;

/** What a refresh did to one credential. */
public sealed interface CredentialOutcome {
  /** A new entry is in the table: sealed or failed. */
  record Stored(Entry entry) implements CredentialOutcome {}

  /**
   * It does not decode, but what is there is the same version and lives on until its hard expiry.
   */
  record Kept(String failure) implements CredentialOutcome {}

  /** Gone from the source, and now a tombstone. */
  record Buried() implements CredentialOutcome {}

  /**
   * The source does not have it, and the tenant has enough items that say so: nothing was stored.
   *
   * @param entry what would have been stored
   */
  record Unknown(Entry entry) implements CredentialOutcome {}

  /** A negative entry or tombstone whose time was over, and which is deleted. */
  record Forgotten() implements CredentialOutcome {}

  /** The source is older than what is known to exist. */
  record Behind() implements CredentialOutcome {}

  /** Revoked, and the source has nothing newer. */
  record Refused(Entry entry) implements CredentialOutcome {}

  /** Somebody else stored something that will do. */
  record Overtaken() implements CredentialOutcome {}

  /** The item is no entry: left alone, counted and alarmed. */
  record Tampered() implements CredentialOutcome {}

  /** The entry kept changing under every attempt. */
  record Contended() implements CredentialOutcome {}

  /** It did not work this time. */
  record Transient(KeepwarmException cause) implements CredentialOutcome {}

  /** Whether what was asked for is done, so that nobody has to ask again. */
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
