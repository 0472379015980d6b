package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Suite;
import dev.keepwarm.bench.Table;

/**
 * The cost of a miss, call by call: the times of the calls of a reader and of the resolver, which
 * run in separate processes. The embedded stack's function host stops the resolver's process
 * between invocations, as Lambda does.
 */
public final class MissSuite implements Suite {
  private static final String NOTE =
      """
      Every call goes through a proxy that records it, which costs about a millisecond a call. So \
      these tables show the order of the calls, which calls run at the same time, and each call's \
      share of the wait. The suite `callers` shows how long a miss takes without the proxy.\
      """;

  private static final String KINDS =
      """
      The reader is warm and keeps no credential (`nearTtl` 0). *A tenant's first*: the resolver \
      makes a data key, and the reader has KMS unwrap it. *A tenant's second*, read just \
      afterwards: both know the key. *Cold*: a tenant's first, and the resolver's process has to \
      start. Each time is the median of all misses, so a call can seem to begin a little before \
      another one has ended.\
      """;

  @Override
  public Result measure(Run run) throws Exception {
    Result result = new Result("What a miss costs");
    Timeline hit = new Timeline();
    Timeline second = new Timeline();
    Timeline first = new Timeline();
    Timeline cold = new Timeline();
    String code;
    try (MissWorld world =
        MissWorld.start(run, (originals, stack) -> originals.profiles(stack.kms()), "5m")) {
      code = world.resolverCode();
      int tenant = 0;
      for (int round = -run.pick(150, 1); round < run.pick(300, 3); round++, tenant++) {
        boolean counts = round >= 0;
        world.add(tenant);
        world.get(tenant, "first", counts ? first : new Timeline());
        world.get(tenant, "second", counts ? second : new Timeline());
        world.get(tenant, "second", counts ? hit : new Timeline());
      }
      for (int round = 0; round < run.pick(16, 1); round++, tenant++) {
        world.add(tenant);
        world.makeCold();
        world.get(tenant, "first", cold);
      }
    }
    Table whole = result.table("whole", "What the caller waits, with the proxy", "ms");
    whole.floor("hit").bars(true);
    row(whole, "hit", "a cache read", hit);
    row(whole, "second", "a miss: a tenant's second", second);
    row(whole, "first", "a miss: a tenant's first", first);
    row(whole, "cold", "a miss: cold", cold);
    second.addTo(result.table("second", "A warm miss of a tenant's second credential", "ms"));
    first.addTo(result.table("first", "A warm miss of a tenant's first credential", "ms"));
    cold.addTo(result.table("cold", "A cold miss", "ms"));
    SlowDecryptor.measure(result, run);
    result.note(NOTE);
    result.note(KINDS);
    result.note(SlowDecryptor.NOTE);
    result.note("The resolver ran from " + code + ".");
    return result;
  }

  private static void row(Table table, String id, String label, Timeline timeline) {
    table
        .row(id, label, timeline.waits())
        .with("calls", timeline.calls())
        .with("one after the other", timeline.rows());
  }
}
