package dev.keepwarm.bench.starts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A mount namespace in which the system's file of certification authorities is replaced, for
 * programs that read no other file. Nothing outside of it changes. It ends with its keeper process,
 * which ends with this process at the latest.
 */
final class TrustedBundle implements AutoCloseable {
  /** The paths in which the native client looks, in its order. */
  private static final List<Path> SYSTEM =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"));

  private static final String READY = "ready";

  private final Process keeper;
  private final boolean root;

  private TrustedBundle(Process keeper, boolean root) {
    this.keeper = keeper;
    this.root = root;
  }

  /** The system's file; empty if it is in none of these paths. */
  static Optional<Path> system() {
    return SYSTEM.stream().filter(Files::isReadable).findFirst();
  }

  /**
   * Makes the namespace.
   *
   * @param bundle the file that replaces the system's
   * @return empty if this system does not allow it
   */
  static Optional<TrustedBundle> mount(Path bundle) {
    Optional<Path> system = system();
    if (system.isEmpty()) {
      return Optional.empty();
    }
    boolean root = "root".equals(System.getProperty("user.name"));
    List<String> command = new ArrayList<>(List.of("unshare", "--mount"));
    if (!root) {
      command.addAll(List.of("--user", "--map-root-user"));
    }
    command.addAll(
        List.of(
            "sh",
            "-c",
            // Ends when this process closes its end or exits.
            "mount --bind \"$1\" \"$2\" && echo " + READY + " && exec cat",
            "keeper",
            bundle.toString(),
            system.get().toString()));
    try {
      Process keeper = new ProcessBuilder(command).redirectErrorStream(true).start();
      if (READY.equals(keeper.inputReader().readLine())) {
        return Optional.of(new TrustedBundle(keeper, root));
      }
      keeper.destroy();
    } catch (IOException e) {
      // The program does not exist, so this is not possible here.
    }
    return Optional.empty();
  }

  /** The prefix of a command to run it in the namespace. */
  List<String> launcher() {
    List<String> launcher =
        new ArrayList<>(List.of("nsenter", "--target", Long.toString(keeper.pid()), "--mount"));
    if (!root) {
      launcher.addAll(List.of("--user", "--preserve-credentials"));
    }
    return launcher;
  }

  @Override
  public void close() {
    keeper.destroy();
  }
}
