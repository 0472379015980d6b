package dev.keepwarm.bench.scale;

import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.Wheel;
import dev.keepwarm.warmer.Resolvers;
import dev.keepwarm.warmer.Warmer;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A warmer whose clock advances by a number of slots from tick to tick. Not thread-safe. */
final class Ticking {
  private static final long SLOT_MILLIS = 1;

  private final AtomicLong millis = new AtomicLong(1L << 40);
  private final Warmer warmer;

  Ticking(Wheel wheel, EventBus bus, Population population) {
    InstantSource clock = () -> Instant.ofEpochMilli(millis.get());
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    warmer =
        new Warmer(
            new Warmer.Ports(
                wheel,
                NoSource.INSTANCE,
                bus,
                Resolvers.NONE,
                Fanout.bounded(Clients.PARALLEL),
                clock,
                new Log(nowhere, clock, "warmer")),
            Warmer.Plan.turning(population.slots(), SLOT_MILLIS));
    // Sets a cursor, because without one everything would be due.
    boolean unused =
        wheel.advance(wheel.cursor(), new Wheel.Cursor(clock.millis() / SLOT_MILLIS, SLOT_MILLIS));
  }

  /** Runs a tick for which so many slots have begun since the last one. */
  void tick(int slots) {
    millis.addAndGet(slots * SLOT_MILLIS);
    Warmer.Tick tick = warmer.tick(() -> Long.MAX_VALUE);
    if (tick.tenants() != (long) slots * Population.PER_SLOT) {
      throw new IllegalStateException(tick + " of " + slots + " slots");
    }
  }

  /** A source that is never read, because there is no discovery. */
  private enum NoSource implements Source {
    INSTANCE;

    @Override
    public List<SourceRow> readTenant(String tenant) {
      throw new UnsupportedOperationException();
    }

    @Override
    public TenantPage tenants(@Nullable String from, int limit) {
      throw new UnsupportedOperationException();
    }
  }
}
