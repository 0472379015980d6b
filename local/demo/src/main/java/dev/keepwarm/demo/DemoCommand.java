package dev.keepwarm.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.emulator.dynamodb.DynamoDbLocalFiles;
import dev.keepwarm.local.DynamoDbLocalComposition;
import dev.keepwarm.local.Home;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.local.Viewer;
import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code keepwarm demo}: the main job, with figures and checks. */
@Command(
    name = "demo",
    description = {
      "Demonstrate Keepwarm on this machine, without AWS: import 1,500 credentials of"
          + " 300 tenants that real .NET code encrypted, warm them, read them as callers do,"
          + " rotate, invalidate and revoke some, and check what callers saw.",
      "With --legacy: compare callers that wait for an existing decryptor"
          + " (examples/legacy-decryptor, on Node) with the same callers after Keepwarm was put"
          + " in front of it.",
      "The exit code is 0 only if every check holds. A check that fails says where to" + " look."
    })
public final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write figures and checks to this file.")
  private @Nullable Path json;

  @Option(
      names = "--legacy",
      description = "Put Keepwarm in front of an existing decryptor; needs Node.")
  private boolean legacy;

  @Option(names = "--keep", description = "Leave the stack running afterwards, until Ctrl-C.")
  private boolean keep;

  @Option(
      names = "--open",
      description =
          "Also show the stack on the console's page, and open it in the browser; with --keep it"
              + " stays until Ctrl-C.")
  private boolean open;

  @Spec private @Nullable CommandSpec spec;

  private final Viewer viewer;

  /**
   * The command.
   *
   * @param viewer shows the stack on the console's page
   */
  public DemoCommand(Viewer viewer) {
    this.viewer = viewer;
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter out =
        spec == null ? new PrintWriter(System.out, true) : spec.commandLine().getOut();
    Console console = System.console();
    boolean terminal = console != null && console.isTerminal();
    DynamoDbLocalFiles dynamoDb = DynamoDbLocalComposition.files(Home.directory(), System.err);
    out.println("Starting the embedded stack");
    out.flush();
    try (EmbeddedStack endpoints = EmbeddedStack.start(EmbeddedStack.Options.of(dynamoDb));
        LocalDeployment stack =
            LocalDeployment.on(
                endpoints.environment(),
                endpoints.lambda(),
                ResourceNames.DEFAULT,
                Redelivery.after(Duration.ofSeconds(5)))) {
      InstantSource clock = InstantSource.system();
      Stage stage = new Stage(stack, out, terminal);
      Play play =
          legacy
              ? new LegacyDemo(stage, Home.directory(), endpoints.lambda(), clock)
              : new Demo(stage, clock);
      DemoReport report = play.run(show(stack, play, out));
      report.print(out);
      boolean ok = report.checks().allOk();
      if (!ok) {
        out.println("The functions' log is in " + keepLog(report.log()) + ".");
        out.flush();
      }
      if (json != null) {
        Files.writeString(
            json,
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValueAsString(report.toJson())
                + "\n");
      }
      if (keep) {
        stack.callersEnvironment().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .forEach(e -> out.println("export " + e.getKey() + "='" + e.getValue() + "'"));
        stack.resources().deadLetterUrls().forEach(url -> out.println("# dead letters: " + url));
        out.println("# The stack continues to run. Ctrl-C stops it.");
        out.flush();
        new CountDownLatch(1).await();
      }
      return ok ? 0 : 1;
    }
  }

  /**
   * The stream to which readers print their metrics for the console, if it is shown. It ends with
   * the process.
   */
  private PrintStream show(LocalDeployment stack, Play play, PrintWriter out) throws IOException {
    if (!open) {
      return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    }
    Map<String, String> environment = new LinkedHashMap<>(stack.environment());
    environment.putAll(play.settings());
    Viewer.Shown shown = viewer.show(environment, false, true);
    out.println("The console: " + shown.address());
    out.flush();
    return shown.readers();
  }

  /** Writes the log to a file that only its owner can read. */
  private static Path keepLog(byte[] log) throws IOException {
    return Files.write(Files.createTempFile("keepwarm-demo", ".log"), log);
  }
}
