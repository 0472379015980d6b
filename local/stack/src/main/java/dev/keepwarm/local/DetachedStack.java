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

/** A {@code keepwarm local} in the background: how it is started and stopped. Not thread-safe. */
final class DetachedStack {
  /** What the last line begins with that {@code keepwarm local} prints when it is ready. */
  static final String READY = "# Ready.";

  private static final String MAIN = "dev.keepwarm.cli.KeepwarmCommand";
  private static final Duration STOP_PATIENCE = Duration.ofMinutes(2);

  /**
   * Starts a stack in a process of its own and waits until it is ready, however long that takes.
   *
   * @param home the project's root
   * @param arguments of the command line
   * @param out gets what it prints until then
   * @param err gets what it logs, if it does not get ready, and where it logs to otherwise
   * @return an exit code
   */
  int start(Path home, List<String> arguments, PrintWriter out, PrintStream err)
      throws IOException {
    // Created for its owner only. The process goes on writing to it.
    Path log = Files.createTempFile("keepwarm-local", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command(home, arguments))
            .redirectInput(new File("/dev/null"))
            .redirectError(log.toFile());
    // Not an argument: with all the libraries in it, the command line would be longer than what an
    // operating system shows of it.
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
   * @throws KeepwarmException {@link ErrorCode#NOT_FOUND} if that process is none
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

  /** A process id may belong to somebody else by now. */
  private static boolean isStack(ProcessHandle process) {
    return process
        .info()
        .commandLine()
        .filter(line -> line.contains(MAIN) && line.contains(" local"))
        .isPresent();
  }

  private static List<String> command(Path home, List<String> arguments) {
    List<String> command = new ArrayList<>();
    // It belongs to the terminal's foreground processes all the same: Ctrl-C, meant for what runs
    // there later, must not stop it, nor the terminal's end. What is ignored stays so in Java.
    command.addAll(List.of("sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-D" + Home.PROPERTY + "=" + home,
            // What was downloaded for this process is below it.
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
