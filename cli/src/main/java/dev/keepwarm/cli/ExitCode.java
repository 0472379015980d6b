package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;

/** The exit codes of the process. The numbers are stable. */
public enum ExitCode {
  /** Done. */
  DONE(0),
  /** Failed. A retry will not help. */
  FAILED(1),
  /** The arguments, the input or the settings are wrong; nothing was done. */
  USAGE(2),
  /** There is no such credential, tenant or profile. */
  NOT_FOUND(3),
  /** AWS refused, or the credential is revoked. */
  DENIED(4),
  /** Something does not respond. Some of the work may be done. A retry is safe. */
  UNAVAILABLE(5),
  /** Timed out. Some of the work may be done. A retry is safe. */
  TIMEOUT(6),
  /** Everything responds, but a limit of {@code keepwarm status} is exceeded. */
  UNHEALTHY(7);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  /** The process's exit status. */
  public int number() {
    return number;
  }

  /** The exit code for one of the stable error codes. */
  public static ExitCode of(ErrorCode code) {
    return switch (code) {
      case NOT_FOUND -> NOT_FOUND;
      case REVOKED, DENIED -> DENIED;
      case UNDECODABLE, TAMPERED -> FAILED;
      case UNAVAILABLE -> UNAVAILABLE;
      case TIMEOUT -> TIMEOUT;
      case INVALID_ID, INVALID_EVENT, INVALID_REQUEST, INVALID_CONFIGURATION -> USAGE;
    };
  }
}
