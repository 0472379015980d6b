package dev.keepwarm.bench.starts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A mount namespace in which the system's file of certification authorities is another one, for
 * programs that look nowhere else. Nothing outside of it changes, and it is gone when its keeper
 * is, which ends with this process at the latest.
 */
final class TrustedBundle implements AutoCloseable {
  /** Where the native client looks, in its order. */
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

  /** The system's file; nothing if it is not where it is looked for. */
  static Optional<Path> system() {
    return SYSTEM.stream().filter(Files::isReadable).findFirst();
  }

  /**
   * Makes the namespace.
   *
   * @param bundle what the file is to be in it
   * @return nothing if this system does not let us
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
            // Ends when this process closes its end or is gone.
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
      // No such program: the same.
    }
    return Optional.empty();
  }

  /** What a command has to follow to run in it. */
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
