package dev.keepwarm.cli;

import dev.keepwarm.cli.console.Browser;
import dev.keepwarm.cli.console.ConsoleServer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepwarm console}. */
@Command(
    name = "console",
    description = {
      "Show a deployment live, on a page that this command serves on this machine.",
      "",
      "Prints the address of the page, which contains a secret token, and runs"
          + " until Ctrl-C. The page shows the wheel, counts, ages, queues, dead letters,"
          + " changes, problems and costs, and no value of a credential. It reads a sample of"
          + " a large wheel, and only while a page is open. docs/console.md says what that costs."
    },
    footer = {
      "",
      "Examples:",
      "  keepwarm console --open",
      "  keepwarm console --write --port 8080"
    })
final class ConsoleCommand implements Callable<Integer> {
  /** How often viewers get a snapshot by default. */
  static final Duration USUALLY = Duration.ofSeconds(2);

  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final int MOST_PORT = 65_535;
  private static final Duration MOST = Duration.ofMinutes(1);

  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final HelpOptions help = new HelpOptions();

  @Option(
      names = "--write",
      description =
          "Allow actions: warm, rotate, invalidate, revoke, unrevoke, and redriving or deleting"
              + " dead letters.")
  private boolean write;

  @Option(
      names = "--port",
      paramLabel = "N",
      converter = CountConverter.class,
      description = "The port on 127.0.0.1 (default: any free port).")
  private @Nullable Integer port;

  @Option(
      names = "--every",
      paramLabel = "DURATION",
      defaultValue = "2s",
      converter = TimeoutConverter.class,
      description = "How often the page is updated, 1s to 1m (default ${DEFAULT-VALUE}).")
  private Duration every = USUALLY;

  @Option(names = "--open", description = "Also open the page in the browser.")
  private boolean open;

  ConsoleCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() throws IOException {
    checkEvery(every);
    if (port != null && port > MOST_PORT) {
      throw CommandException.usage("--port: must be a whole number from 1 to " + MOST_PORT);
    }
    Options options = new Options(port == null ? 0 : port, write, every, open);
    try (Running running = start(io, factory, options)) {
      io.out().println("Keepwarm console: " + running.address());
      io.out()
          .println(
              (write
                      ? "Anyone with this address can change the deployment."
                      : "The page is read-only; --write allows actions.")
                  + " Ctrl-C stops it.");
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      // The thread was asked to stop.
      Thread.currentThread().interrupt();
    }
    return ExitCode.DONE.number();
  }

  static void checkEvery(Duration every) {
    if (every.compareTo(LEAST) < 0 || every.compareTo(MOST) > 0) {
      throw CommandException.usage("--every: must be a duration from 1s to 1m");
    }
  }

  /**
   * The options.
   *
   * @param port 0 for any free one
   * @param write whether actions are allowed
   * @param every how often viewers get a snapshot
   * @param open whether to open a browser
   */
  record Options(int port, boolean write, Duration every, boolean open) {}

  /** A console that runs until it is closed. */
  static final class Running implements AutoCloseable {
    private final ConsoleServer server;
    private final ConsoleModel model;
    private final Ports ports;

    private Running(ConsoleServer server, ConsoleModel model, Ports ports) {
      this.server = server;
      this.model = model;
      this.ports = ports;
    }

    /** The address of the page, with its token. */
    URI address() {
      return server.address();
    }

    @Override
    public void close() {
      server.close();
      model.close();
      ports.close();
    }
  }

  /**
   * Starts a console.
   *
   * @throws IOException if the port is taken
   */
  static Running start(Io io, Ports.Factory factory, Options options) throws IOException {
    Ports ports = factory.open();
    ConsoleModel model =
        new ConsoleModel(
            ports, options.every(), ConsoleModel.PATIENCE, what -> io.note("console: " + what));
    ConsoleServer server;
    try {
      server =
          ConsoleServer.start(
              options.port(), options.write(), options.every(), model.about(), model);
    } catch (IOException | RuntimeException e) {
      model.close();
      ports.close();
      throw e;
    }
    if (options.open() && !Browser.open(server.address())) {
      io.note("cannot open a browser: open the address yourself");
    }
    return new Running(server, model, ports);
  }
}
