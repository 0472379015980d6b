package dev.keepwarm.cli;

import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.Wheel;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The counts of {@code keepwarm status} for the wheel table. Immutable.
 *
 * @param tenants the enrolled tenants, as far as they were counted
 * @param complete whether all were counted
 * @param cursor how far the warmer is; null before its first tick
 */
record WheelCount(Set<String> tenants, boolean complete, Wheel.@Nullable Cursor cursor) {
  /**
   * Counts all tenants.
   *
   * @param limit the most tenants to count
   */
  static WheelCount of(Wheel wheel, int limit, int page, Progress progress) {
    Wheel.Cursor cursor = wheel.cursor();
    Set<String> tenants = new HashSet<>();
    String next = null;
    do {
      Source.TenantPage found = wheel.tenants(next, page);
      tenants.addAll(found.tenants());
      progress.advance(found.tenants().size());
      next = found.next();
    } while (next != null && tenants.size() < limit);
    return new WheelCount(tenants, next == null, cursor);
  }
}
