package dev.keepwarm.source;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;

/** Errors of the configuration. */
final class Invalid {
  private Invalid() {}

  /**
   * The exception for a wrong setting.
   *
   * @param message names the variable and says what it must be; never contains its value
   */
  static KeepwarmException configuration(String message) {
    return new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, message);
  }
}
