package dev.keepwarm.demo;

import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.reader.KeepwarmReader;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.IntSupplier;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * The clients and the output that all demos share.
 *
 * @param terminal whether {@code out} is a terminal
 */
record Stage(LocalDeployment stack, PrintWriter out, boolean terminal) {
  /**
   * The deadline of a reader's call. It is long, because the demo measures how long callers wait on
   * this machine.
   */
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  /** A progress bar. */
  Progress progress(String title, int total) {
    return new Progress(out, terminal, title, total);
  }

  /** Prints what comes next. */
  void say(String line) {
    out.println(line);
    out.flush();
  }

  /**
   * Begins an act.
   *
   * @param number from 1 on
   * @param title the act's title
   * @param lines an introduction, printed before the act
   */
  void act(int number, String title, String... lines) {
    out.println();
    out.println("Act " + number + ": " + title);
    for (String line : lines) {
      out.println("  " + line);
    }
    out.flush();
  }

  /** A reader with this {@code nearTtl}. */
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

  /** A Lambda client whose callers wait for as long as a decryptor takes to start. */
  LambdaClient patientLambda() {
    return stack
        .clients()
        .configure(LambdaClient.builder(), "LAMBDA")
        .overrideConfiguration(
            c -> c.apiCallTimeout(Await.PATIENCE).apiCallAttemptTimeout(Await.PATIENCE))
        .build();
  }

  /**
   * Waits until so many credentials are warm, and shows how many are.
   *
   * @param besides how many warm credentials do not count; it is called after the count
   */
  int awaitWarm(Audit audit, int wanted, IntSupplier besides, Checks checks) {
    Progress progress = progress("Warming", wanted);
    int warm =
        Await.atLeast(
            wanted,
            () -> {
              int ready = audit.count(EntryState.READY.name()) - besides.getAsInt();
              progress.at(Math.min(ready, wanted));
              return ready;
            });
    checks.add(
        "the warmer made every enrolled credential warm",
        warm >= wanted,
        warm + " warm",
        LookAt.STATUS);
    return warm;
  }
}
