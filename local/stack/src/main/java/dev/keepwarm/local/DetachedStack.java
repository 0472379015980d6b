package dev.keepwarm.local;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Starts and stops a {@code keepwarm local} in the background. Not thread-safe. */
final class DetachedStack {
  /** The beginning of the last line that {@code keepwarm local} prints when it is ready. */
  static final String READY = "# Ready.";

  private static final String MAIN = "dev.keepwarm.cli.KeepwarmCommand";
  private static final Duration STOP_PATIENCE = Duration.ofMinutes(2);

  /**
   * Starts a stack in a separate process and waits until it is ready, without a time limit.
   *
   * @param home the project's root
   * @param arguments of the command line
   * @param out receives its output until then
   * @param err receives its log if it does not become ready, otherwise the log's path
   * @return an exit code
   */
  int start(Path home, List<String> arguments, PrintWriter out, PrintStream err)
      throws IOException {
    // Only its owner can read it. The process continues to write to it.
    Path log = Files.createTempFile("keepwarm-local", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command(home, arguments))
            .redirectInput(new File("/dev/null"))
            .redirectError(log.toFile());
    // Not an argument: the class path makes the command line longer than operating systems show.
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    List<String> printed = new ArrayList<>();
    try (BufferedReader lines = process.inputReader()) {
      String line;
      while ((line = lines.readLine()) != null && !line.startsWith(READY)) {
        printed.add(line);
      }
      if (line != null) {
        printed.forEach(out::println);
        out.println(
            "# Ready, in the background; keepwarm local --stop stops it. Its log is " + log);
        out.flush();
        return 0;
      }
    }
    int status = exitCode(process);
    Files.copy(log, err);
    err.flush();
    Files.delete(log);
    return status == 0 ? 1 : status;
  }

  /**
   * Stops a stack and waits until it has stopped.
   *
   * @throws KeepwarmException {@link ErrorCode#NOT_FOUND} if that process is not a stack
   */
  void stop(long pid) {
    ProcessHandle process =
        ProcessHandle.of(pid)
            .filter(ProcessHandle::isAlive)
            .filter(DetachedStack::isStack)
            .orElseThrow(() ->
                new KeepwarmException(
                    ErrorCode.NOT_FOUND, "no stack of keepwarm local runs as process " + pid));
    process.destroy();
    try {
      var unused = process.onExit().get(STOP_PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "process " + pid + " does not stop", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }

  /** Whether the process is a stack: its id may have been reused. */
  private static boolean isStack(ProcessHandle process) {
    return process
        .info()
        .commandLine()
        .filter(line -> line.contains(MAIN) && line.contains(" local"))
        .isPresent();
  }

  private static List<String> command(Path home, List<String> arguments) {
    List<String> command = new ArrayList<>();
    // It still belongs to the terminal's foreground processes. Neither the end of the terminal nor
    // a Ctrl-C for a later command must stop it. Java keeps ignored signals ignored.
    command.addAll(List.of("sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-D" + Home.PROPERTY + "=" + home,
            // The downloads of this process are below it.
            "-Duser.home=" + System.getProperty("user.home"),
            MAIN));
    command.addAll(arguments);
    return command;
  }

  private static int exitCode(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }
}
