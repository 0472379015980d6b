package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A monitor with the data of a test, like CloudWatch. Only its failure is thread-safe. */
final class FakeMonitor implements Monitor {
  final List<Point> points = new ArrayList<>();
  final Map<Queues.Name, Oldest> oldest = new LinkedHashMap<>();
  final List<Alarm> alarms = new ArrayList<>();
  volatile @Nullable KeepwarmException failure;
  int asked;

  @Override
  public Duration every() {
    return Duration.ofMinutes(1);
  }

  @Override
  public Figures figures() {
    asked++;
    check();
    return new Figures(
        Duration.ofMinutes(1), Duration.ofHours(1), List.copyOf(points), Map.copyOf(oldest));
  }

  @Override
  public List<Alarm> alarms() {
    check();
    return List.copyOf(alarms);
  }

  private void check() {
    KeepwarmException thrown = failure;
    if (thrown != null) {
      throw thrown;
    }
  }

  /** An hour of readers, with a quiet quarter. */
  FakeMonitor busy(ManualClock clock) {
    for (int minute = 60; minute > 1; minute--) {
      if (minute < 20 || minute > 35) {
        points.add(
            new Point(
                clock.millis() - minute * 60_000L,
                Map.of(
                    "nearHits",
                    900 + Math.round(200 * Math.sin(minute / 7.0)),
                    "cacheReads",
                    120L,
                    "misses",
                    minute == 36 ? 9L : 0L,
                    "resolves",
                    minute == 36 ? 9L : 0L),
                4.0 + Math.sin(minute / 5.0),
                minute == 36 ? 310.0 : 18.0));
      }
    }
    oldest.put(Queues.Name.URGENT, new Oldest(null, null));
    oldest.put(Queues.Name.CHANGES, new Oldest(4_000L, 7_500_000L));
    oldest.put(Queues.Name.DUE, new Oldest(61_000L, null));
    alarms.add(new Alarm("changes-given-up", "ALARM", clock.millis() - 7_200_000L));
    Runbook.SECTIONS.keySet().stream()
        .sorted()
        .filter(name -> !name.equals("changes-given-up"))
        .forEach(name -> alarms.add(new Alarm(name, "OK", clock.millis() - 86_400_000L)));
    return this;
  }
}
