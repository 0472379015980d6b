package dev.keepwarm.cli;

/**
 * The reason why a command cannot continue, if no {@link dev.keepwarm.core.KeepwarmException}
 * exists for it. The message is one line for people and holds no content.
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

  /** Invalid arguments or combinations of them. */
  static CommandException usage(String message) {
    return new CommandException(ExitCode.USAGE, "INVALID_USAGE", message);
  }

  /** A file or standard input with invalid content. */
  static CommandException input(String message) {
    return new CommandException(ExitCode.USAGE, "INVALID_INPUT", message);
  }

  /** The exit code of the process. */
  public ExitCode exitCode() {
    return exitCode;
  }
}
