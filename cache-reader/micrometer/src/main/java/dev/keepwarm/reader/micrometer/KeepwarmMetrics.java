package dev.keepwarm.reader.micrometer;

import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.ReaderStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Registers a counter for each component of {@link ReaderStats}: {@code keepwarm.reader.near.hits}
 * for {@code nearHits}, and so on. Immutable. The counters have no tags for tenants or names,
 * because there are many of them.
 */
public final class KeepwarmMetrics implements MeterBinder {
  private final KeepwarmReader reader;
  private final List<Tag> tags;

  /** The metrics of a reader. The registry does not keep the reader alive. */
  public KeepwarmMetrics(KeepwarmReader reader) {
    this(reader, List.of());
  }

  /** The metrics of a reader, with tags that distinguish it from other readers of the process. */
  public KeepwarmMetrics(KeepwarmReader reader, Iterable<Tag> tags) {
    this.reader = reader;
    List<Tag> copy = new ArrayList<>();
    tags.forEach(copy::add);
    this.tags = List.copyOf(copy);
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (String name : reader.stats().counts().keySet()) {
      FunctionCounter.builder(meterName(name), reader, counted -> count(counted, name))
          .tags(tags)
          .register(registry);
    }
  }

  private static double count(KeepwarmReader reader, String name) {
    return reader.stats().counts().getOrDefault(name, 0L);
  }

  private static String meterName(String name) {
    return "keepwarm.reader." + name.replaceAll("([A-Z])", ".$1").toLowerCase(Locale.ROOT);
  }
}
