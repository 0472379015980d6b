package dev.keepwarm.local.cli;

import dev.keepwarm.core.Entry;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Wheel;
import java.io.PrintStream;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What {@code keepwarm status} gathers and shows. Not thread-safe. */
final class Status {
  private static final String ENABLED = "Enabled";

  private final long now;
  private final Map<Condition, Long> conditions = new EnumMap<>(Condition.class);
  private final Map<String, Long> failures = new TreeMap<>();
  private long malformed;
  private @Nullable Long oldestAge;
  private long enrolled;
  private @Nullable Long withoutEntries;
  private boolean complete;
  private Wheel.@Nullable Cursor cursor;
  private @Nullable Long lagSlots;
  private long slotMillis;
  private int slots;
  private String keyId = "";
  private @Nullable String keyState;

  Status(long now) {
    this.now = now;
  }

  void count(Entry entry) {
    Condition condition = Condition.of(entry, now);
    conditions.merge(condition, 1L, Long::sum);
    if (entry.failure() != null) {
      failures.merge(entry.failure().code(), 1L, Long::sum);
    }
    if (entry.writtenAt() != null && (condition == Condition.WARM || condition == Condition.DUE)) {
      long age = now - entry.writtenAt();
      oldestAge = oldestAge == null ? age : Math.max(oldestAge, age);
    }
  }

  void countMalformed(int items) {
    malformed += items;
  }

  /**
   * Who is on the wheel.
   *
   * @param withoutEntries how many of them have no entry; null if not all entries were counted
   * @param complete whether everything there is was counted
   */
  void tenants(long enrolled, @Nullable Long withoutEntries, boolean complete) {
    this.enrolled = enrolled;
    this.withoutEntries = withoutEntries;
    this.complete = complete;
  }

  /** How far the warmer is. A cursor counted in other slots than today's has no lag. */
  void cursor(Wheel.@Nullable Cursor cursor, long slotMillis, int slots) {
    this.cursor = cursor;
    this.slotMillis = slotMillis;
    this.slots = slots;
    if (cursor != null && cursor.slotMillis() == slotMillis) {
      lagSlots = Math.max(0, Math.floorDiv(now, slotMillis) - cursor.published());
    }
  }

  void key(String id, @Nullable String state) {
    this.keyId = id;
    this.keyState = state;
  }

  void requireEnabledKey() {
    if (!ENABLED.equals(keyState)) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE, "KMS key " + keyId + " is " + keyState + ", not " + ENABLED);
    }
  }

  void print(PrintStream out) {
    Table table = new Table("tenants", "", "");
    table.add("  enrolled", number(enrolled), "");
    if (withoutEntries != null) {
      table.add("  without entries", number(withoutEntries), "");
    }
    table.add("entries", "", "");
    table.add("  warm", number(warm()), number(of(Condition.DUE)) + " of them due");
    table.add("  cold", number(of(Condition.COLD)), "");
    table.add("  failed", number(of(Condition.FAILED)), failures.isEmpty() ? "" : codes());
    table.add("  revoked", number(of(Condition.REVOKED)), "");
    if (malformed > 0) {
      table.add("  malformed", number(malformed), "");
    }
    table.add("  oldest warm", oldestAge == null ? "-" : Ages.text(oldestAge), "");
    table.add("warmer", lag(), lagRemark());
    table.add("KMS key", keyState == null ? "unknown" : keyState, keyId);
    table.print(out);
    if (!complete) {
      out.println("There are more than were counted: see --limit.");
    }
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> tenants = new LinkedHashMap<>();
    tenants.put("enrolled", enrolled);
    tenants.put("withoutEntries", withoutEntries);
    Map<String, @Nullable Object> entries = new LinkedHashMap<>();
    entries.put("total", conditions.values().stream().mapToLong(Long::longValue).sum());
    entries.put("warm", warm());
    entries.put("due", of(Condition.DUE));
    entries.put("cold", of(Condition.COLD));
    entries.put("failed", of(Condition.FAILED));
    entries.put("revoked", of(Condition.REVOKED));
    entries.put("malformed", malformed);
    entries.put("oldestAgeMillis", oldestAge);
    entries.put("failures", failures);
    Map<String, @Nullable Object> warmer = new LinkedHashMap<>();
    warmer.put("published", cursor == null ? null : cursor.published());
    warmer.put("lagSlots", lagSlots);
    warmer.put("lagMillis", lagSlots == null ? null : lagSlots * slotMillis);
    Map<String, @Nullable Object> key = new LinkedHashMap<>();
    key.put("id", keyId);
    key.put("state", keyState);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("tenants", tenants);
    json.put("entries", entries);
    json.put("complete", complete);
    json.put("cursor", warmer);
    json.put("key", key);
    return json;
  }

  private long of(Condition condition) {
    return conditions.getOrDefault(condition, 0L);
  }

  private long warm() {
    return of(Condition.WARM) + of(Condition.DUE);
  }

  private String codes() {
    StringBuilder codes = new StringBuilder();
    failures.forEach((code, count) ->
        codes.append(codes.isEmpty() ? "" : ", ").append(count).append(' ').append(code));
    return codes.toString();
  }

  private String lag() {
    if (cursor == null) {
      return "never ran";
    }
    return lagSlots == null ? "?" : Ages.text(lagSlots * slotMillis) + " behind";
  }

  private String lagRemark() {
    if (cursor == null) {
      return "";
    }
    if (lagSlots == null) {
      return "it counts slots of " + cursor.slotMillis() + " ms, these settings " + slotMillis;
    }
    String remark = number(lagSlots) + " of " + number(slots) + " slots";
    return lagSlots > slots ? remark + ": more than a turn" : remark;
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
