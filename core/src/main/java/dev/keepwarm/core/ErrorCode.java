package dev.keepwarm.core;

/** The stable codes of all errors. Callers may switch on them and print them. */
public enum ErrorCode {
  /** The source has no such credential. */
  NOT_FOUND,
  /** The credential was revoked, and the source has no newer version of it. */
  REVOKED,
  /** The original cannot be decoded; the entry's failure code says why. */
  UNDECODABLE,
  /** An entry cannot be unsealed, or is malformed. */
  TAMPERED,
  /** A service that Keepwarm needs does not respond, or cannot handle the request now. */
  UNAVAILABLE,
  /**
   * AWS refused the call: a permission is missing, or the AWS credentials are missing or invalid.
   */
  DENIED,
  /** The deadline of the call passed. */
  TIMEOUT,
  /** A tenant or name is outside the grammar of {@link CredentialId}. */
  INVALID_ID,
  /** An event is malformed, or is not one of Keepwarm's. */
  INVALID_EVENT,
  /** A request to resolve is malformed. */
  INVALID_REQUEST,
  /** A setting, profile or source is wrong or missing. */
  INVALID_CONFIGURATION
}
