package dev.keepwarm.emulator.dynamodb;

import dev.keepwarm.emulator.http.Incidents;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * AWS's DynamoDB Local, in a separate process that is bound to loopback. That process watches its
 * standard input, so it always ends when this one does. Thread-safe.
 *
 * <p>If the process ends by itself and keeps its tables in a directory, it is restarted on the same
 * port, a few times. If its tables were in memory, they are lost, and {@link #gone} completes.
 */
public final class DynamoDbLocalProcess implements AutoCloseable {
  private static final Duration START_PATIENCE = Duration.ofMinutes(3);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
  private static final String READY = "port ";

  /** How often it is restarted in all: a process that ends again and again does not recover. */
  private static final int RESTARTS = 5;

  private final DynamoDbLocalFiles files;
  private final @Nullable Path dataDirectory;
  private final URI endpoint;
  private final Incidents incidents;
  private final CompletableFuture<String> gone = new CompletableFuture<>();
  private final Object lock = new Object();
  private Process process;
  private boolean closed;
  private int restarts;

  private DynamoDbLocalProcess(
      DynamoDbLocalFiles files,
      @Nullable Path dataDirectory,
      Started started,
      Incidents incidents) {
    this.files = files;
    this.dataDirectory = dataDirectory;
    this.endpoint = URI.create("http://127.0.0.1:" + started.port());
    this.incidents = incidents;
    this.process = started.process();
  }

  /**
   * Starts the process and waits until it answers.
   *
   * @param files what to run
   * @param port 0 for any free port
   * @param dataDirectory keeps the tables; null keeps nothing
   * @return the running process
   * @throws IOException if it does not start; the message says why
   */
  public static DynamoDbLocalProcess start(
      DynamoDbLocalFiles files, int port, @Nullable Path dataDirectory) throws IOException {
    return start(files, port, dataDirectory, Incidents.NONE);
  }

  /**
   * The same.
   *
   * @param incidents receives an event when the process ends by itself, and when it runs again
   */
  public static DynamoDbLocalProcess start(
      DynamoDbLocalFiles files, int port, @Nullable Path dataDirectory, Incidents incidents)
      throws IOException {
    Started started = launch(files, port, dataDirectory);
    DynamoDbLocalProcess local = new DynamoDbLocalProcess(files, dataDirectory, started, incidents);
    local.watch(started.process());
    return local;
  }

  private record Started(Process process, int port) {}

  private static Started launch(DynamoDbLocalFiles files, int port, @Nullable Path dataDirectory)
      throws IOException {
    Process process =
        new ProcessBuilder(command(files, port, dataDirectory))
            .directory(files.libraries().toFile())
            .start();
    Output output = new Output(process);
    try {
      return new Started(process, output.port().get(START_PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new IOException("DynamoDB Local did not start: " + output.errors(), e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while DynamoDB Local started", e);
    }
  }

  private void watch(Process watched) {
    // A separate thread, because starting the next process blocks.
    var unused =
        Thread.ofPlatform()
            .daemon()
            .name("dynamodb-local-watch")
            .start(() -> {
              try {
                ended(watched.waitFor());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private void ended(int status) {
    boolean again;
    synchronized (lock) {
      if (closed) {
        return;
      }
      again = dataDirectory != null && restarts++ < RESTARTS;
    }
    Map<String, String> why = Map.of("reason", "exit status " + status);
    incidents.report("DynamoDB Local ended", "ENDED", why);
    if (!again) {
      gone.complete(
          "DynamoDB Local ended with exit status "
              + status
              + (dataDirectory == null
                  ? "; its tables were in memory and are lost"
                  : ", for the " + (RESTARTS + 1) + "th time"));
      return;
    }
    try {
      Started next = launch(files, endpoint.getPort(), dataDirectory);
      synchronized (lock) {
        process = next.process();
        if (closed) {
          // This was closed meanwhile, and the caller of close has waited for the former process
          // only.
          next.process().destroyForcibly();
          return;
        }
      }
      watch(next.process());
      incidents.report("DynamoDB Local runs again", "RESTARTED", why);
    } catch (IOException e) {
      gone.complete("DynamoDB Local ended, and could not be started again: " + e.getMessage());
    }
  }

  /**
   * Completes when the process has ended and will not be restarted.
   *
   * @return completes with the reason, for people; never after {@link #close}
   */
  public CompletionStage<String> gone() {
    return gone;
  }

  /**
   * Where clients connect.
   *
   * @return an {@code http} URI without a path
   */
  public URI endpoint() {
    return endpoint;
  }

  /**
   * The process id, for monitoring.
   *
   * @return the operating system's id; it changes with a restart
   */
  public long pid() {
    synchronized (lock) {
      return process.pid();
    }
  }

  /** The exit status of the process, which must have ended. */
  public int exitValue() {
    return process.exitValue();
  }

  /** Waits until the process has ended, and kills it if it does not end by itself. */
  @Override
  public void close() {
    close(STOP_PATIENCE);
  }

  /** The same, with another time limit. */
  public void close(Duration patience) {
    Process last;
    synchronized (lock) {
      closed = true;
      last = process;
    }
    try {
      last.getOutputStream().close();
      if (!last.waitFor(patience)) {
        last.destroyForcibly();
      }
    } catch (IOException e) {
      last.destroyForcibly();
    } catch (InterruptedException e) {
      last.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static List<String> command(
      DynamoDbLocalFiles files, int port, @Nullable Path dataDirectory) throws IOException {
    if (!Files.isDirectory(files.libraries())) {
      throw new IOException(
          "DynamoDB Local is not in "
              + files.libraries()
              + ": build it with ./mvnw -pl local/dynamodb-local package");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Options for a fast start and little memory: it is one of several processes on a small
    // machine.
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(files.launcher() + File.pathSeparator + files.libraries().resolve("*"));
    command.add("dev.keepwarm.dynamodblocal.Main");
    command.add(Integer.toString(port));
    if (dataDirectory != null) {
      command.add(Files.createDirectories(dataDirectory).toAbsolutePath().toString());
    }
    return command;
  }

  /**
   * Reads what the process prints, for as long as it lives, so that it never blocks on a full pipe.
   */
  private static final class Output {
    private static final int KEPT_LINES = 10;

    private final CompletableFuture<Integer> port = new CompletableFuture<>();
    private final Deque<String> errors = new ArrayDeque<>();
    private final Thread errorReader;

    Output(Process process) {
      // Not virtual threads: a read of a pipe blocks the carrier, and there is one carrier per CPU.
      errorReader = reader("errors", () -> readErrors(process));
      Thread unused = reader("port", () -> readPort(process));
    }

    private static Thread reader(String of, Runnable task) {
      return Thread.ofPlatform().daemon().name("dynamodb-local-" + of).start(task);
    }

    public CompletableFuture<Integer> port() {
      return port;
    }

    public String errors() {
      synchronized (errors) {
        return errors.isEmpty() ? "it printed no error" : String.join("\n", errors);
      }
    }

    private void readPort(Process process) {
      try (BufferedReader out = process.inputReader()) {
        String line;
        while ((line = out.readLine()) != null) {
          if (line.startsWith(READY)) {
            port.complete(Integer.valueOf(line.substring(READY.length())));
          }
        }
        errorReader.join();
        port.completeExceptionally(new IOException("The process ended"));
      } catch (IOException | InterruptedException e) {
        port.completeExceptionally(e);
      }
    }

    private void readErrors(Process process) {
      try (BufferedReader err = process.errorReader()) {
        String line;
        while ((line = err.readLine()) != null) {
          synchronized (errors) {
            // The first lines name the cause; the rest is its stack trace.
            if (errors.size() < KEPT_LINES) {
              errors.addLast(line);
            }
          }
        }
      } catch (IOException e) {
        // The process has ended.
      }
    }
  }
}
