package dev.keepwarm.local;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.emulator.dynamodb.DynamoDbLocalFiles;
import dev.keepwarm.emulator.http.Incidents;
import java.io.Console;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code keepwarm local}: the embedded stack until Ctrl-C, or in the background. */
@Command(
    name = "local",
    description = {
      "Run Keepwarm on this machine, without AWS: DynamoDB Local, and SQS, KMS,"
          + " EventBridge and Lambda endpoints on loopback, with the decryptor, the resolver"
          + " and the warmer.",
      "Prints the variables to export, so that the AWS CLI, every SDK and the other"
          + " commands use it. Stops on Ctrl-C.",
      "",
      "If DynamoDB Local stops unexpectedly, it is restarted if --data keeps its tables;"
          + " otherwise the stack stops with exit code 5. A changed file of profiles is loaded"
          + " at once."
    },
    footer = {
      "",
      "Example:",
      "  eval \"$(keepwarm local --detach)\"",
      "  keepwarm status",
      "  keepwarm local --stop"
    })
public final class LocalCommand implements Callable<Integer> {
  /** The variable with the stack's process id, for {@code --stop}. */
  public static final String PID = "KEEPWARM_LOCAL_PID";

  /** Events that need no receiver, so it is not reported if no rule matches them. */
  private static final Set<String> NEWS = Set.of(Events.CHANGED, Events.WARMING_FAILED);

  /** Keepwarm's settings that also apply to the functions. */
  private static final Set<String> SETTINGS =
      Set.of(
          "KEEPWARM_TTL",
          "KEEPWARM_CHECK_EVERY",
          "KEEPWARM_FRESHNESS",
          "KEEPWARM_SEAL_LIFE",
          "KEEPWARM_SLOTS",
          "KEEPWARM_DISCOVER_EVERY",
          "KEEPWARM_IDLE_AFTER",
          "KEEPWARM_RETRY_FAILED",
          "KEEPWARM_PARALLEL",
          "KEEPWARM_KEEP_RESOLVERS_WARM",
          "KEEPWARM_PROFILES",
          "KEEPWARM_SOURCE",
          "AWS_ENDPOINT_URL_SECRETS_MANAGER");

  private static final String READ = "read";
  private static final String WRITE = "write";

  private static final int MOST_TICK_SECONDS = 3600;
  private static final int LEAST_PORT = 1024;
  private static final int MOST_PORT = 65_536 - EmbeddedStack.Ports.COUNT;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Keep tables, queues and keys in this directory (default: in memory).")
  private @Nullable Path data;

  @Option(
      names = "--profiles",
      paramLabel = "FILE",
      description = "The profiles of the originals (default: KEEPWARM_PROFILES).")
  private @Nullable Path profiles;

  @Option(
      names = "--functions",
      paramLabel = "FILE",
      description =
          "Also run the functions of this file behind the Lambda endpoint;"
              + " docs/embedded-stack.md describes the file.")
  private @Nullable Path functions;

  private final Viewer viewer;
  private @Nullable String viewing;
  private int tickSeconds = 60;
  private @Nullable Integer port;
  private boolean warmer = true;

  @Option(
      names = "--detach",
      description =
          "Run in the background: print the variables to export as soon as the stack is"
              + " ready, and exit.")
  private boolean detach;

  @Option(
      names = "--stop",
      paramLabel = "PID",
      arity = "0..1",
      fallbackValue = "0",
      description = "Stop the stack with this process id (default: the exported one).")
  private @Nullable Long stop;

  @Spec private CommandSpec spec = CommandSpec.create();

  /**
   * The command.
   *
   * @param viewer shows the stack
   */
  public LocalCommand(Viewer viewer) {
    this.viewer = viewer;
  }

  @Option(
      names = "--console",
      paramLabel = "read|write",
      arity = "0..1",
      fallbackValue = READ,
      description =
          "Also show the stack on a page, and print its address; write: allow actions there.")
  private void setConsole(@Nullable String mode) {
    if (mode != null && !mode.equals(READ) && !mode.equals(WRITE)) {
      throw new ParameterException(spec.commandLine(), "--console: must be read or write");
    }
    viewing = mode;
  }

  @Option(
      names = "--tick",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How often the warmer runs, 1 to 3600 (default ${DEFAULT-VALUE}, as on AWS).")
  private void setTick(int seconds) {
    tickSeconds = within("--tick", seconds, 1, MOST_TICK_SECONDS);
  }

  @Option(
      names = "--port",
      paramLabel = "N",
      description =
          "Listen on this port and the five after it, so that the exported variables"
              + " stay the same (default: any free ports).")
  private void setPort(@Nullable Integer first) {
    port = first == null ? null : (Integer) within("--port", first, LEAST_PORT, MOST_PORT);
  }

  @Option(
      names = "--warmer",
      paramLabel = "on|off",
      defaultValue = "on",
      description = "off: never run the warmer; credentials that are not read become cold.")
  private void setWarmer(String state) {
    if (!state.equals("on") && !state.equals("off")) {
      throw new ParameterException(spec.commandLine(), "--warmer: must be on or off");
    }
    warmer = state.equals("on");
  }

  private int within(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(), option + ": must be a whole number from " + least + " to " + most);
    }
    return value;
  }

  @Override
  public Integer call() throws Exception {
    if (stop != null) {
      new DetachedStack().stop(stop == 0 ? exportedPid() : stop);
      return 0;
    }
    Map<String, String> settings = settings();
    // Before anything starts, which takes a while, so that a mistake is reported at once.
    FunctionsFile own = functions == null ? null : FunctionsFile.read(functions);
    check(settings);
    // Also for a process in the background, whose output is not visible while it starts.
    DynamoDbLocalFiles dynamoDb = DynamoDbLocalComposition.files(Home.directory(), System.err);
    if (detach) {
      return new DetachedStack().start(Home.directory(), arguments(), out(), System.err);
    }
    return run(settings, own, dynamoDb);
  }

  private int run(
      Map<String, String> settings, @Nullable FunctionsFile own, DynamoDbLocalFiles dynamoDb)
      throws Exception {
    PrintWriter out = out();
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      System.err.println(
          "keepwarm: this runs until it is stopped; for eval \"$(...)\" use keepwarm local --detach");
    }
    CompletableFuture<@Nullable String> end = new CompletableFuture<>();
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook =
        new Thread(() -> {
          end.complete(null);
          awaitUninterruptibly(stopped);
        });
    Runtime.getRuntime().addShutdownHook(hook);
    String broken;
    Viewer.Shown shown = null;
    try (LocalDeployment stack = LocalDeployment.start(options(dynamoDb), Duration.ofSeconds(30))) {
      stack.broken().thenAccept(end::complete);
      LocalFunctions running = stack.run(settings, System.err);
      if (warmer) {
        running.warmEvery(Duration.ofSeconds(tickSeconds));
      }
      Path file = profilesFile(settings);
      if (file != null) {
        running.reloadWhenChanged(file);
      }
      if (viewing != null) {
        Map<String, String> viewed = new LinkedHashMap<>(stack.environment());
        shown = viewer.show(viewed, viewing.equals(WRITE), false);
      }
      if (own != null) {
        stack.add(own, shown == null ? System.err : Both.of(System.err, shown.readers()));
      }
      Map<String, String> exports = new TreeMap<>(stack.callersEnvironment());
      exports.put(PID, Long.toString(ProcessHandle.current().pid()));
      exports.forEach((name, value) -> out.println("export " + name + "='" + value + "'"));
      if (shown != null) {
        out.println("# The console: " + shown.address());
      }
      out.println(DetachedStack.READY + " Ctrl-C stops it.");
      out.flush();
      broken = end.get();
      out.println("# Stopping.");
      out.flush();
      if (shown != null) {
        shown.close();
      }
    } finally {
      stopped.countDown();
    }
    if (broken != null) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE,
          broken + "; the stack has stopped" + (data == null ? ". Use --data to keep them" : ""));
    }
    return 0;
  }

  private EmbeddedStack.Options options(DynamoDbLocalFiles dynamoDb) {
    EmbeddedStack.Options options =
        EmbeddedStack.Options.of(dynamoDb)
            .withIncidents(incidents(new Log(System.err, InstantSource.system(), "stack")));
    if (data != null) {
      options = options.withDataDirectory(data);
    }
    if (port != null) {
      options = options.withPorts(EmbeddedStack.Ports.from(port));
    }
    return options;
  }

  private static Incidents incidents(Log log) {
    return (event, code, fields) -> {
      if (Events.SOURCE.equals(fields.get("source")) && NEWS.contains(fields.get("detailType"))) {
        return;
      }
      List<String> namesAndValues = new ArrayList<>();
      new TreeMap<>(fields)
          .forEach((name, value) -> {
            namesAndValues.add(name);
            namesAndValues.add(value);
          });
      log.warn(event, code, namesAndValues.toArray());
    };
  }

  /** Checks the settings by composing a decryptor, which makes no calls. */
  private static void check(Map<String, String> settings) {
    Map<String, String> environment = new LinkedHashMap<>(settings);
    environment.put("AWS_REGION", "us-east-1");
    environment.put("AWS_ACCESS_KEY_ID", "none");
    environment.put("AWS_SECRET_ACCESS_KEY", "none");
    environment.put("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    dev.keepwarm.decryptor.DecryptorComposition.of(environment, nowhere).close();
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    new TreeMap<>(System.getenv())
        .forEach((name, value) -> {
          if (SETTINGS.contains(name)
              || name.startsWith("KEEPWARM_JDBC_")
              || name.startsWith("KEEPWARM_SECRETS_")) {
            settings.put(name, value);
          }
        });
    if (profiles != null) {
      settings.put("KEEPWARM_PROFILES", profiles.toAbsolutePath().toString());
    }
    return settings;
  }

  /** The file with the profiles; null if there are none, or if they are in the variable itself. */
  private static @Nullable Path profilesFile(Map<String, String> settings) {
    String given = settings.get("KEEPWARM_PROFILES");
    return given == null || given.isBlank() || given.stripLeading().startsWith("{")
        ? null
        : Path.of(given);
  }

  private static long exportedPid() {
    String pid = System.getenv(PID);
    if (pid == null || !pid.matches("[1-9]\\d{0,17}")) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          PID + ": not exported here; name the process: --stop=PID");
    }
    return Long.parseLong(pid);
  }

  /** The same command without {@code --detach}. */
  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("local"));
    add(arguments, "--data", data);
    add(arguments, "--profiles", profiles);
    add(arguments, "--functions", functions);
    add(arguments, "--tick", tickSeconds);
    add(arguments, "--port", port);
    add(arguments, "--warmer", warmer ? "on" : "off");
    add(arguments, "--console", viewing);
    return arguments;
  }

  private static void add(List<String> arguments, String option, @Nullable Object value) {
    if (value != null) {
      arguments.add(option + "=" + value);
    }
  }

  private PrintWriter out() {
    return spec.commandLine() == null
        ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
        : spec.commandLine().getOut();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
