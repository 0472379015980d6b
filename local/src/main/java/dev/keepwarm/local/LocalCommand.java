package dev.keepwarm.local;

import dev.keepwarm.local.aws.EmbeddedStack;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code keepwarm local}: the embedded stack until Ctrl-C. */
@Command(
    name = "local",
    description = {
      "Run Keepwarm on this machine, without AWS: DynamoDB Local, SQS, KMS, EventBridge and Lambda"
          + " endpoints on loopback, with decryptor, resolver and warmer on them.",
      "Prints what to export so that the AWS CLI, any SDK and the other commands use it; stops on"
          + " Ctrl-C."
    })
public final class LocalCommand implements Callable<Integer> {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Keep tables, queues and keys in this directory; in memory if not given.")
  private @Nullable Path data;

  @Option(
      names = "--profiles",
      paramLabel = "FILE",
      description = "The profiles of the source's originals; KEEPWARM_PROFILES if not given.")
  private @Nullable Path profiles;

  @Option(
      names = "--functions",
      paramLabel = "FILE",
      description =
          "Run the functions of this file behind the Lambda endpoint too; docs/embedded-stack.md"
              + " says what is in it.")
  private @Nullable Path functions;

  @Option(
      names = "--tick",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How often the warmer runs; ${DEFAULT-VALUE} if not given, as on AWS.")
  private int tickSeconds;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = LocalCommand.out(spec);
    EmbeddedStack.Options options = EmbeddedStack.Options.of(Home.directory());
    if (data != null) {
      options = options.withDataDirectory(data);
    }
    // Before anything starts: a mistake in it is told at once.
    FunctionsFile own = functions == null ? null : FunctionsFile.read(functions);
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook =
        new Thread(() -> {
          stop.countDown();
          awaitUninterruptibly(stopped);
        });
    Runtime.getRuntime().addShutdownHook(hook);
    try (KeepwarmStack stack = KeepwarmStack.start(options, Duration.ofSeconds(30))) {
      stack.run(settings(), System.err).warmEvery(Duration.ofSeconds(tickSeconds));
      if (own != null) {
        stack.add(own, System.err);
      }
      stack.callersEnvironment().entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(e -> out.println("export " + e.getKey() + "='" + e.getValue() + "'"));
      out.println("# Ready. Ctrl-C stops it.");
      out.flush();
      stop.await();
      out.println("# Stopping.");
      out.flush();
    } finally {
      stopped.countDown();
    }
    return 0;
  }

  /** Keepwarm's own settings in our environment hold for the functions too. */
  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    new TreeMap<>(System.getenv())
        .forEach((name, value) -> {
          if (name.equals("KEEPWARM_TTL")
              || name.equals("KEEPWARM_SLOTS")
              || name.equals("KEEPWARM_DISCOVER_EVERY")
              || name.equals("KEEPWARM_IDLE_AFTER")
              || name.equals("KEEPWARM_RETRY_FAILED")
              || name.equals("KEEPWARM_PARALLEL")
              || name.equals("KEEPWARM_PROFILES")
              || name.equals("KEEPWARM_SOURCE")
              || name.startsWith("KEEPWARM_JDBC_")
              || name.startsWith("KEEPWARM_SECRETS_")
              || name.equals("AWS_ENDPOINT_URL_SECRETS_MANAGER")) {
            settings.put(name, value);
          }
        });
    if (profiles != null) {
      settings.put("KEEPWARM_PROFILES", profiles.toAbsolutePath().toString());
    }
    return settings;
  }

  static PrintWriter out(@Nullable CommandSpec spec) {
    return spec == null ? new PrintWriter(System.out, true) : spec.commandLine().getOut();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
