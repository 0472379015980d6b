package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.Originals;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.emulator.lambda.InProcessFunction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The effect of a miss on callers while a legacy decryptor takes five seconds to start. A profile
 * of the scheme {@code lambda} calls it. Not thread-safe.
 */
final class SlowDecryptor {
  static final String NOTE =
      """
      *Behind a decryptor that takes five seconds to start*: one caller asks again and again, with \
      the reader's default deadline, for a credential that is not in the cache. Another caller \
      reads one that is. The function's instances are imitated: a free one answers at once, and \
      any other takes five seconds.\
      """;

  private static final String FUNCTION = "slow-decryptor";
  private static final long START_MILLIS = 5_000;

  /** The time limit of one caller, even on a busy machine. */
  private static final int MOST_ATTEMPTS = 100;

  private static final double NANOS_PER_MILLI = 1e6;

  /** The free instances of the function. */
  private final AtomicInteger free = new AtomicInteger(1);

  private final AtomicInteger calls = new AtomicInteger();
  private final List<Double> firstErrors = new ArrayList<>();
  private final List<Double> there = new ArrayList<>();
  private final List<Double> meanwhile = new ArrayList<>();
  private final List<Double> errors = new ArrayList<>();
  private final List<Double> called = new ArrayList<>();

  private SlowDecryptor() {}

  /** Adds the table. */
  static void measure(Result result, Run run) throws Exception {
    SlowDecryptor slow = new SlowDecryptor();
    try (MissWorld world =
            MissWorld.start(run, (originals, stack) -> Originals.profilesBehind(FUNCTION), "2s");
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      world.register(FUNCTION, new InProcessFunction(payload -> slow.decode()));
      // Starts the resolver first, because its start is not measured here.
      world.add(-1);
      untilThere(world, -1, "first", new ArrayList<>());
      for (int round = 0; round < run.pick(6, 1); round++) {
        slow.round(world, round, other);
      }
    }
    Table table = result.table("slow", "Behind a decryptor that takes five seconds to start", "ms");
    table
        .row("error", "the first caller has an error: TIMEOUT", array(slow.firstErrors))
        .with("callers that failed", Figures.median(array(slow.errors)));
    table
        .row("there", "a caller has the credential", array(slow.there))
        .with("calls of the decryptor", Figures.median(array(slow.called)));
    table.row(
        "meanwhile", "a read of another credential of the tenant meanwhile", array(slow.meanwhile));
  }

  private void round(MissWorld world, int tenant, ExecutorService other) throws Exception {
    world.add(tenant);
    free.set(1);
    untilThere(world, tenant, "second", new ArrayList<>());
    free.set(0);
    calls.set(0);
    AtomicBoolean done = new AtomicBoolean();
    Future<Double> reads =
        other.submit(() -> {
          List<Double> waits = new ArrayList<>();
          while (!done.get() || waits.isEmpty()) {
            waits.add(untilThere(world, tenant, "second", new ArrayList<>()));
            Thread.sleep(10);
          }
          return Figures.median(array(waits));
        });
    List<Double> failed = new ArrayList<>();
    try {
      there.add(untilThere(world, tenant, "first", failed));
    } finally {
      done.set(true);
    }
    meanwhile.add(reads.get());
    firstErrors.add(failed.isEmpty() ? there.getLast() : failed.getFirst());
    errors.add((double) failed.size());
    called.add((double) calls.get());
  }

  /**
   * Tries to get a credential until it succeeds.
   *
   * @param failed receives the time of each failure, in milliseconds after the first call
   * @return the time of the success, likewise
   */
  private static double untilThere(MissWorld world, int tenant, String name, List<Double> failed) {
    long begun = System.nanoTime();
    while (true) {
      try {
        world.get(tenant, name);
        return millisSince(begun);
      } catch (KeepwarmException e) {
        // UNAVAILABLE, too: the resolver itself times out while it waits for the function.
        boolean isLate = e.code() == ErrorCode.TIMEOUT || e.code() == ErrorCode.UNAVAILABLE;
        if (!isLate || failed.size() == MOST_ATTEMPTS) {
          throw e;
        }
        failed.add(millisSince(begun));
      }
    }
  }

  private byte[] decode() throws InterruptedException {
    calls.incrementAndGet();
    boolean isCold = free.getAndUpdate(count -> Math.max(0, count - 1)) == 0;
    if (isCold) {
      Thread.sleep(START_MILLIS);
    }
    free.incrementAndGet();
    return Json.write(Map.of("value", MissWorld.VALUE)).getBytes(StandardCharsets.UTF_8);
  }

  private static double millisSince(long begun) {
    return (System.nanoTime() - begun) / NANOS_PER_MILLI;
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
