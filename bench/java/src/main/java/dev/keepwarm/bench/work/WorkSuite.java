package dev.keepwarm.bench.work;

import dev.keepwarm.bench.JmhRounds;
import dev.keepwarm.bench.Originals;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Suite;
import dev.keepwarm.bench.Table;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.local.LocalDeployment;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.runner.RunnerException;

/** A warm decryptor's work, compared with its floors. */
public final class WorkSuite implements Suite {
  private static final int SLOW_ITERATIONS = 100_000;

  @Override
  public Result measure(Run run) throws Exception {
    Result result = new Result("Warm work of the decryptor");
    try (LocalDeployment stack =
        LocalDeployment.start(EmbeddedStack.Options.of(run.home()), Duration.ofSeconds(30))) {
      Refreshes.measure(result, run, stack, new Originals(Originals.DEFAULT_ITERATIONS));
      Resolving.measure(result, run, stack, new Originals(SLOW_ITERATIONS));
    }
    inMemory(result, run);
    result.note(
        "CPU time is that of the whole process, including its compiler and garbage collector."
            + " DynamoDB runs in another process. The embedded KMS and SQS run in this one but are"
            + " idle: no measured refresh calls them.");
    result.note(
        "A tenant's entries show which of its credentials are due, and its originals are what is"
            + " sealed. So there are 40 Queries to 100 puts. The loop with two bare Queries makes"
            + " just these requests. The difference between it and the decryptor is Keepwarm's own"
            + " work.");
    result.note(
        "Allocation over HTTP is that of all threads, including the SDK's client. On ports in"
            + " memory, JMH's gc profiler measures it. It then includes the conversion to items and"
            + " back, but no client.");
    return result;
  }

  private static void inMemory(Result result, Run run) throws RunnerException {
    Map<String, JmhRounds.Measured> measured =
        new JmhRounds(run).run(Batch.class, 1, "decryptor", "decodeAndSeal");
    Table table =
        result.table("memory", "A refresh on ports in memory", "ns").floor("decodeAndSeal");
    row(table, measured, "decryptor", "the decryptor, items read and made");
    row(table, measured, "decodeAndSeal", "decode, seal, make the item");
  }

  private static void row(
      Table table, Map<String, JmhRounds.Measured> measured, String method, String label) {
    JmhRounds.Measured of = Objects.requireNonNull(measured.get(method));
    table.row(method, label, of.samples()).with("allocated, B", of.bytes());
  }
}
