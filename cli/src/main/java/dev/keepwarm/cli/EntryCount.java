package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.engine.CacheTable;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The counts of {@code keepwarm status} for the cache table. Not thread-safe. */
final class EntryCount {
  /** By which part of its life an entry may exceed the half that the wheel needs: a sixth. */
  private static final int SLACK = 6;

  /** The least tolerance: the warmer ticks once a minute, and messages take some time. */
  private static final long LEAST_SLACK = Duration.ofSeconds(90).toMillis();

  /** Into how many parts a life is divided to count ages. */
  static final int AGES = 12;

  /** The conditions of a tenant that are reported. */
  enum Trait {
    /** The next reader of a credential waits for a resolve. */
    COLD,
    /** Readers of a credential get an error. */
    FAILING,
    /** A credential should have been refreshed by now. */
    OVERDUE
  }

  private final long now;
  private final Map<Condition, Long> conditions = new EnumMap<>(Condition.class);
  private final Map<String, Long> failures = new TreeMap<>();
  private final Map<String, Set<Trait>> tenants = new HashMap<>();
  private final long[] ages = new long[AGES];
  private long malformed;
  private @Nullable Long oldestAge;
  private boolean complete;
  private long vouchedFor;
  private @Nullable Long freshUntil;

  EntryCount(long now) {
    this.now = now;
  }

  /**
   * Counts all entries.
   *
   * @param limit the most entries to count
   */
  static EntryCount of(CacheTable cache, long now, int limit, int page, Progress progress) {
    EntryCount count = new EntryCount(now);
    FreshRecords records = new FreshRecords(cache, now);
    long seen = 0;
    String from = null;
    do {
      CacheTable.EntryPage entries = cache.entries(from, (int) Math.min(page, limit - seen));
      entries.entries().forEach(entry -> count.add(entry, records.freshUntil(entry)));
      count.malformed += entries.malformed();
      seen += entries.entries().size() + entries.malformed();
      progress.advance((long) entries.entries().size() + entries.malformed());
      from = entries.next();
    } while (from != null && seen < limit);
    count.complete = from == null;
    return count;
  }

  /** Counts all entries of one tenant. */
  static EntryCount of(EntryTable.TenantItems items, FreshRecords records) {
    EntryCount count = new EntryCount(records.now());
    items.entries().forEach(entry -> count.add(entry, records.freshUntil(entry)));
    count.malformed = items.malformed().size() + items.unnameable();
    count.complete = true;
    return count;
  }

  /** Adds the counts of other tenants. */
  void add(EntryCount other) {
    other.conditions.forEach((condition, count) -> conditions.merge(condition, count, Long::sum));
    other.failures.forEach((code, count) -> failures.merge(code, count, Long::sum));
    tenants.putAll(other.tenants);
    for (int i = 0; i < AGES; i++) {
      ages[i] += other.ages[i];
    }
    malformed += other.malformed;
    vouchedFor += other.vouchedFor;
    freshUntil = earlier(freshUntil, other.freshUntil);
    if (other.oldestAge != null) {
      oldestAge = oldestAge == null ? other.oldestAge : Math.max(oldestAge, other.oldestAge);
    }
  }

  /** Sets whether all entries were counted. */
  EntryCount withComplete(boolean all) {
    complete = all;
    return this;
  }

  private void add(Entry entry, @Nullable Long fresh) {
    Condition condition = Condition.of(entry, now, fresh);
    if (fresh != null) {
      vouchedFor++;
      freshUntil = earlier(freshUntil, fresh);
    }
    conditions.merge(condition, 1L, Long::sum);
    if (entry.failure() != null) {
      failures.merge(entry.failure().code(), 1L, Long::sum);
    }
    Set<Trait> traits =
        tenants.computeIfAbsent(entry.id().tenant(), tenant -> EnumSet.noneOf(Trait.class));
    switch (condition) {
      case COLD -> traits.add(Trait.COLD);
      case FAILED -> traits.add(Trait.FAILING);
      case WARM, DUE -> {
        SealedCredential sealed = entry.sealed();
        if (entry.writtenAt() != null) {
          long checkedAt =
              sealed == null
                  ? entry.writtenAt()
                  : Math.max(entry.writtenAt(), comparedAt(sealed, fresh));
          long age = now - checkedAt;
          oldestAge = oldestAge == null ? age : Math.max(oldestAge, age);
        }
        if (sealed != null) {
          long life = Math.max(1, sealed.hardExpiresAt() - sealed.sealedAt());
          ages[(int) Math.clamp(AGES * (now - comparedAt(sealed, fresh)) / life, 0, AGES - 1)]++;
        }
        if (isOverdue(entry.sealed(), fresh)) {
          traits.add(Trait.OVERDUE);
        }
      }
      case REVOKED -> {
        // Intended, so not a trait.
      }
    }
  }

  /** Whether an entry should have been refreshed; see {@code docs/architecture.md}. */
  private boolean isOverdue(@Nullable SealedCredential sealed, @Nullable Long fresh) {
    if (sealed == null) {
      return false;
    }
    long life = sealed.hardExpiresAt() - sealed.sealedAt();
    return now - comparedAt(sealed, fresh) > life / 2 + Math.max(life / SLACK, LEAST_SLACK);
  }

  /** When an entry was sealed or last compared: a record vouches for one life from that time. */
  private static long comparedAt(SealedCredential sealed, @Nullable Long fresh) {
    long life = sealed.hardExpiresAt() - sealed.sealedAt();
    return fresh == null ? sealed.sealedAt() : Math.max(sealed.sealedAt(), fresh - life);
  }

  private static @Nullable Long earlier(@Nullable Long one, @Nullable Long other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return Math.min(one, other);
  }

  /** How many entries a freshness record vouches for. */
  long vouchedFor() {
    return vouchedFor;
  }

  /** When the first of these records ends; null if there is none. */
  @Nullable Long freshUntil() {
    return freshUntil;
  }

  long of(Condition condition) {
    return conditions.getOrDefault(condition, 0L);
  }

  long total() {
    return conditions.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Counts due entries as warm, too. */
  long warm() {
    return of(Condition.WARM) + of(Condition.DUE);
  }

  long malformed() {
    return malformed;
  }

  /**
   * The age of the oldest warm entry, in milliseconds since it was written or compared; null if
   * none is warm.
   */
  @Nullable Long oldestAge() {
    return oldestAge;
  }

  /** How many warm entries are in which twelfth of their lives, the youngest first. */
  List<Long> ages() {
    return Arrays.stream(ages).boxed().toList();
  }

  /** How often each failure code occurs. */
  Map<String, Long> failures() {
    return failures;
  }

  /** Whether all entries were counted. */
  boolean complete() {
    return complete;
  }

  /** The traits of a tenant; null if it has no entry among those that were counted. */
  @Nullable Set<Trait> traits(String tenant) {
    return tenants.get(tenant);
  }
}
