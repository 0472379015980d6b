package dev.keepwarm.cli;

/**
 * Why a command cannot go on, where no {@link dev.keepwarm.core.KeepwarmException} says it already.
 * The message is one line for people and holds no content.
 */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ExitCode exitCode;

  /**
   * An error.
   *
   * @param code a stable code of capital letters and underscores
   */
  public CommandException(ExitCode exitCode, String code, String message) {
    super(code + ": " + message);
    this.exitCode = exitCode;
  }

  /** Arguments that do not go together. */
  static CommandException usage(String message) {
    return new CommandException(ExitCode.USAGE, "INVALID_USAGE", message);
  }

  /** A file or standard input that is not what it should be. */
  static CommandException input(String message) {
    return new CommandException(ExitCode.USAGE, "INVALID_INPUT", message);
  }

  /** What the process ends with. */
  public ExitCode exitCode() {
    return exitCode;
  }
}
