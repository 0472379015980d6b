package dev.keepwarm.bench.callers;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A caller in a separate process, which makes calls on request. Not thread-safe. */
final class CallerProcess implements AutoCloseable {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final Set<String> INHERITED = Set.of("PATH", "HOME", "TMPDIR", "LANG");

  private final String language;
  private final Process process;
  private final BufferedReader answers;

  private CallerProcess(String language, Process process) {
    this.language = language;
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** The Java caller, with the flags of Lambda's managed runtime. */
  static CallerProcess java(Map<String, String> environment) throws IOException {
    return start(
        "Java",
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx512m",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            JavaCaller.class.getName()),
        environment);
  }

  /**
   * The Node caller.
   *
   * @param home the project's root
   */
  static CallerProcess node(Path home, Map<String, String> environment) throws IOException {
    Path program = home.resolve("bench/callers/caller.mjs");
    return start("Node", List.of("node", program.toString()), environment);
  }

  private static CallerProcess start(
      String language, List<String> command, Map<String, String> environment) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().retainAll(INHERITED);
    builder.environment().putAll(environment);
    // The SDK prints a warning about some versions of Node in every process.
    builder.environment().put("NODE_NO_WARNINGS", "1");
    return new CallerProcess(language, builder.start());
  }

  /** The language in which it is written. */
  String language() {
    return language;
  }

  /**
   * Lets callers call and waits for all of them.
   *
   * @param callers the number of concurrent callers
   * @param calls the number of calls that each makes, one after the other
   * @return the time of each call, in milliseconds, in ascending order
   * @throws IOException if the process failed; it has printed the reason
   */
  double[] ask(Way way, int callers, int calls) throws IOException {
    String request = way.word() + " " + callers + " " + calls + "\n";
    process.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException(language + " caller, " + way.word() + ": it failed");
    }
    return Arrays.stream(answer.split(" ", -1))
        .mapToDouble(nanos -> Double.parseDouble(nanos) / NANOS_PER_MILLI)
        .toArray();
  }

  @Override
  public void close() {
    process.destroy();
  }
}
