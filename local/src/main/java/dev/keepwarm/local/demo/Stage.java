package dev.keepwarm.local.demo;

import dev.keepwarm.core.AwsClients;
import dev.keepwarm.core.EntryState;
import dev.keepwarm.local.KeepwarmStack;
import dev.keepwarm.reader.KeepwarmReader;
import java.io.PrintWriter;
import java.time.Duration;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * What every demo plays on.
 *
 * @param terminal whether {@code out} is one
 */
record Stage(KeepwarmStack stack, PrintWriter out, boolean terminal) {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  /** A progress bar. */
  Progress progress(String title, int total) {
    return new Progress(out, terminal, title, total);
  }

  /** Says what comes now. */
  void say(String line) {
    out.println(line);
    out.flush();
  }

  /** A reader that keeps what it read for so long. */
  KeepwarmReader reader(Duration nearTtl) {
    AwsClients clients = stack.clients();
    return KeepwarmReader.builder()
        .environment(stack.environment())
        .dynamoDb(clients.dynamoDb())
        .kms(clients.kms())
        .lambda(clients.configure(LambdaClient.builder(), "LAMBDA").build())
        .eventBridge(clients.eventBridge())
        .nearTtl(nearTtl)
        .deadline(DEADLINE)
        .build();
  }

  /** Waits until so many credentials are warm; says how many are. */
  int awaitWarm(Audit audit, int wanted, Checks checks) {
    Progress progress = progress("Warming", wanted);
    int[] ready = {0};
    boolean all =
        Await.until(() -> {
          ready[0] = audit.count(EntryState.READY.name());
          progress.at(Math.min(ready[0], wanted));
          return ready[0] >= wanted;
        });
    checks.add("the warmer made every enrolled credential warm", all, ready[0] + " warm");
    return ready[0];
  }
}
