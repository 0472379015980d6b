package dev.keepwarm.bench.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A peer's script {@code build}, which prints the path of the built file. */
final class BuildScript {
  /** The exit status of a script if the machine lacks a tool. */
  private static final int MISSING = 3;

  private BuildScript() {}

  /**
   * Runs a script; a second time is quick.
   *
   * @param directory the script's directory
   * @param arguments the script's
   * @param peer makes the peer from the built file
   * @throws IOException if it fails; its output is on standard error
   */
  static Build run(Path directory, List<String> arguments, Function<Path, Peer> peer)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("./build"));
    command.addAll(arguments);
    Path errors = Files.createTempFile("keepwarm-bench-build", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectError(errors.toFile())
              .start();
      process.getOutputStream().close();
      byte[] printed = process.getInputStream().readAllBytes();
      int status = process.waitFor();
      String said = Files.readString(errors).strip();
      if (status == MISSING) {
        return new Build.Missing(said);
      }
      if (status != 0) {
        System.err.println(said);
        throw new IOException(directory + "/build: exited with " + status);
      }
      return new Build.Built(
          peer.apply(Path.of(new String(printed, StandardCharsets.UTF_8).strip())));
    } finally {
      Files.delete(errors);
    }
  }
}
