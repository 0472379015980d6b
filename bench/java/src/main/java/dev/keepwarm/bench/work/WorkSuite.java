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
        "CPU time is the whole process's, its compiler and garbage collector included; DynamoDB is another"
            + " process. The embedded KMS and SQS are in this one and idle: no refresh that is measured"
            + " asks them anything.");
    result.note(
        "Without its entries nobody knows what of a tenant is due, and without its originals what to"
            + " seal: 40 Queries to 100 puts. The loop with two bare Queries has just these and nothing"
            + " of Keepwarm's own; what is between it and the decryptor is Keepwarm's.");
    result.note(
        "Allocation over HTTP is that of all threads, the SDK's client included; on ports in memory it is"
            + " by JMH's gc profiler and has the way to items and back, but no client.");
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
