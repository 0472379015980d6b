package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.IOException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * Reports an error as one line with its stable code. It never repeats arguments, because one may be
 * a misplaced secret.
 */
final class Errors implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private static final Pattern OPTION = Pattern.compile("(--?[a-z][a-z-]{0,30})(=.*)?");

  private final Io io;

  Errors(Io io) {
    this.io = io;
  }

  @Override
  public int handleExecutionException(
      Exception error, CommandLine commandLine, @Nullable ParseResult parsed) {
    if (commandLine.getParseResult().matchedOptionValue("--debug", false)) {
      error.printStackTrace(io.err());
    }
    return report(error);
  }

  @Override
  public int handleParseException(ParameterException error, String[] args) {
    String command = error.getCommandLine().getCommandSpec().qualifiedName();
    io.note("INVALID_USAGE: " + oneLine(describe(error, args)) + "; see " + command + " --help");
    return ExitCode.USAGE.number();
  }

  private int report(Exception error) {
    return switch (error) {
      case KeepwarmException known -> {
        io.note(known.code() + ": " + describe(known));
        yield ExitCode.of(known.code()).number();
      }
      case CommandException known -> {
        io.note(oneLine(known.getMessage()));
        yield known.exitCode().number();
      }
      case IOException system -> {
        // The operating system's message, for example that a port is taken.
        io.note("IO_ERROR: " + oneLine(system.getMessage()));
        yield ExitCode.FAILED.number();
      }
      default -> {
        // An unexpected exception's message may hold any content, so it is not printed.
        io.note("INTERNAL: " + error.getClass().getSimpleName() + "; --debug shows where");
        yield ExitCode.FAILED.number();
      }
    };
  }

  private static String describe(ParameterException error, String[] args) {
    if (!(error instanceof UnmatchedArgumentException unmatched)
        || unmatched.getUnmatched().isEmpty()) {
      String message = String.valueOf(error.getMessage());
      CommandSpec command = error.getCommandLine().getCommandSpec();
      for (String arg : args) {
        if (command.findOption(arg) == null) {
          String value = arg.startsWith("-") ? arg.substring(arg.indexOf('=') + 1) : arg;
          message = message.replace("'" + value + "'", "the given value");
        }
      }
      return message;
    }
    var option = OPTION.matcher(unmatched.getUnmatched().getFirst());
    return option.matches()
        ? "unknown option " + option.group(1)
        : "unexpected argument or unknown command";
  }

  /** An exception's message without its code, with a hint on what to check first. */
  static String describe(KeepwarmException error) {
    String message = oneLine(error.getMessage());
    String code = error.code() + ": ";
    String hint = hint(error);
    return (message.startsWith(code) ? message.substring(code.length()) : message)
        + (hint.isEmpty() ? "" : " (" + hint + ")");
  }

  /** A hint on what to check first, by AWS's own error code. */
  private static String hint(KeepwarmException error) {
    for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof AwsServiceException service && service.awsErrorDetails() != null) {
        return switch (String.valueOf(service.awsErrorDetails().errorCode())) {
          case "ResourceNotFoundException" ->
              error.code() == ErrorCode.INVALID_CONFIGURATION
                  ? "check the Region and the endpoint"
                  : "there is no such table: check the KEEPWARM_..._TABLE settings, the Region and"
                      + " the endpoint";
          case "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue" ->
              "there is no such queue: check the KEEPWARM_..._QUEUE settings, the Region and the"
                  + " endpoint";
          case "NotFoundException" -> "there is no such key: check KEEPWARM_KMS_KEY";
          case "DisabledException" -> "the KMS key is disabled";
          case "KMSInvalidStateException" -> "the KMS key is pending deletion or cannot be used";
          default -> "";
        };
      }
    }
    String message = String.valueOf(error.getMessage());
    if (message.endsWith(": no answer")) {
      return "check AWS_ENDPOINT_URL..., the Region and the network";
    }
    if (message.endsWith("no AWS credentials found")) {
      return "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    }
    return "";
  }

  private static String oneLine(@Nullable String text) {
    return String.valueOf(text).replaceAll("\\p{Cntrl}+", " ").strip();
  }
}
