package dev.keepwarm.reader;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Vouching;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The freshness records that a reader holds, and how long they let it use entries. Thread-safe.
 *
 * <p>An entry says which slot's record may vouch for it, so a deployment without records has no
 * extra cost. A record is held until it ends, by both clocks. The reader requests a record when an
 * entry needs it, while KMS unwraps the entry's data key. It also requests the record ahead, while
 * it reads an entry, if it knows the tenant's slot and holds no record or one that is a turn old.
 */
final class Records {
  /** How soon a slot's record is requested again if the last answer did not help. */
  private static final Duration AGAIN_AFTER = Duration.ofMinutes(1);

  /** How many bytes the held records take at most. */
  private static final int MAX_BYTES = 4 << 20;

  /** How many slots one tenant's entries may name: two while the number of slots is changed. */
  private static final int MAX_SLOTS = 2;

  /** No clock is so far ahead, so a record from further ahead must not keep others out. */
  private static final Duration MAX_AHEAD = Duration.ofMinutes(1);

  /** Longer than any record lives. */
  private static final Duration LONGEST_HELD = Duration.ofDays(30);

  /**
   * The last result for a slot.
   *
   * @param record the record; null if there was none that can be used
   * @param askedAt the moment just before the request
   * @param goneFrom the tick at which the record ends, if the wall clock is not changed
   */
  private record Held(@Nullable FreshnessRecord record, Moment askedAt, long goneFrom) {
    int weight() {
      return 100 + (record == null ? 0 : record.size());
    }
  }

  private final EntryTable table;
  private final UseReports uses;
  private final Clocks clocks;
  private final Counters counters;
  private final Jobs<Integer, Held> jobs;
  private final Cache<Integer, Held> held;

  /** By tenant, the slot that its entries named last. */
  private final Cache<String, Integer> slots;

  /**
   * Records of a table.
   *
   * @param uses receives the tenants whose use readers are to report
   * @param size the number of tenants whose slots are remembered
   */
  Records(EntryTable table, UseReports uses, int size, Jobs.Runner runner, Counters counters) {
    this.table = table;
    this.uses = uses;
    this.clocks = runner.clocks();
    this.counters = counters;
    this.jobs = new Jobs<>(runner);
    this.held =
        Caffeine.newBuilder()
            .maximumWeight(MAX_BYTES)
            .weigher((Integer slot, Held one) -> one.weight())
            .executor(Runnable::run)
            .build();
    this.slots = Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
  }

  /**
   * Requests the record for a tenant that is about to be read, if the slot is known and the record
   * is not held or is a turn old. Does not wait for it.
   */
  void ahead(String tenant) {
    Integer slot = slots.getIfPresent(tenant);
    if (slot != null) {
      Held last = held.getIfPresent(slot);
      if (last == null || (isLongAgo(last) && isOld(last))) {
        Job<Held> unused = ask(slot);
      }
    }
  }

  /** Remembers which slot's record may vouch for an entry. */
  void seen(Entry entry) {
    SealedCredential sealed = entry.sealed();
    if (sealed != null && sealed.vouching() != null) {
      slots.put(entry.id().tenant(), sealed.vouching().slot());
    }
  }

  /** How long an entry may be used, with the records held. */
  Life life(String tenant, SealedCredential sealed) {
    Vouching vouching = sealed.vouching();
    if (vouching == null) {
      return new Life(sealed.softExpiresAt(), sealed.hardExpiresAt());
    }
    long vouched = Math.min(vouching.sealedUntil(), vouchedUntil(tenant, vouching));
    long hard = Math.max(sealed.hardExpiresAt(), vouched);
    // Refreshed ahead by half of the life without a record: a record that was renewed in time
    // leaves more time than that.
    return new Life(hard - (sealed.hardExpiresAt() - sealed.sealedAt()) / 2, hard);
  }

  /**
   * Requests the records that entries need, and waits for them.
   *
   * @param since a record that was requested before this moment and does not help is requested
   *     again
   * @param meanwhile runs before the wait, if a record is requested
   * @throws KeepwarmException if the table does not answer
   */
  void await(String tenant, List<SealedCredential> needy, Moment since, Runnable meanwhile) {
    Set<Integer> wanted = new LinkedHashSet<>();
    for (SealedCredential sealed : needy) {
      Vouching vouching = sealed.vouching();
      if (vouching != null && wanted.size() < MAX_SLOTS && mayHelp(tenant, vouching, since)) {
        wanted.add(vouching.slot());
      }
    }
    Map<Integer, Job<Held>> asked = new LinkedHashMap<>();
    wanted.forEach(slot -> asked.put(slot, ask(slot)));
    if (!asked.isEmpty()) {
      meanwhile.run();
      asked.forEach(this::await);
    }
  }

  private void await(int slot, Job<Held> asked) {
    try {
      Held unused = asked.await();
    } catch (KeepwarmException e) {
      // If it were our own deadline, this thread would be interrupted. So it was the deadline of
      // the caller that made the request first.
      if (e.code() != ErrorCode.TIMEOUT || Thread.currentThread().isInterrupted()) {
        throw e;
      }
      Held unused = ask(slot).await();
    }
  }

  /** Drops all records and known slots. */
  void clear() {
    held.invalidateAll();
    slots.invalidateAll();
  }

  /** Whether requesting the record may help: the held one does not vouch, and may be outdated. */
  private boolean mayHelp(String tenant, Vouching vouching, Moment since) {
    Held last = held.getIfPresent(vouching.slot());
    return vouchedUntil(tenant, vouching) <= clocks.millis()
        && (last == null
            || isLongAgo(last)
            || (!isLive(last) && last.askedAt().tick() - since.tick() < 0));
  }

  /** Until when the held record vouches; {@link Long#MIN_VALUE} if it does not. */
  private long vouchedUntil(String tenant, Vouching vouching) {
    Held last = held.getIfPresent(vouching.slot());
    if (last == null || !isLive(last)) {
      return Long.MIN_VALUE;
    }
    FreshnessRecord record = last.record();
    if (record == null || !record.names(vouching.id())) {
      return Long.MIN_VALUE;
    }
    SdkBytes signer = vouching.signer();
    if (!record.isSignedBy(signer)) {
      if (record.namesSigner(signer)
          && held.asMap()
              .replace(vouching.slot(), last, new Held(null, last.askedAt(), last.goneFrom()))) {
        counters.tampered.increment();
      }
      return Long.MIN_VALUE;
    }
    Long probe = record.probe(vouching.id());
    if (probe != null) {
      uses.read(tenant, probe);
    }
    // A wall clock that was set back in the meantime must not make the record live longer.
    long left = Duration.ofNanos(last.goneFrom() - clocks.now().tick()).toMillis();
    return Math.min(record.freshUntil(), clocks.millis() + left);
  }

  private boolean isLive(Held last) {
    Moment now = clocks.now();
    return last.record() != null
        && now.millis() < last.record().freshUntil()
        && now.tick() - last.goneFrom() < 0;
  }

  /** Whether the table should already have a newer record. */
  private boolean isOld(Held last) {
    FreshnessRecord record = last.record();
    return record == null
        || !isLive(last)
        || clocks.millis() - record.checkedAt() >= (record.freshUntil() - record.checkedAt()) / 3;
  }

  private boolean isLongAgo(Held last) {
    return clocks.nanosSince(last.askedAt()) >= AGAIN_AFTER.toNanos();
  }

  private Job<Held> ask(int slot) {
    Moment begun = clocks.now();
    return jobs.join(
        slot,
        new Work<>() {
          @Override
          public Held run() {
            return read(slot, begun);
          }

          @Override
          public String what() {
            return "the freshness record of slot " + slot;
          }

          @Override
          public String asked() {
            return Progress.TABLE;
          }

          @Override
          public boolean isShared() {
            return clocks.nanosSince(begun) < jobs.deadlineNanos();
          }
        });
  }

  private Held read(int slot, Moment begun) {
    FreshnessRecord record = request(slot);
    Moment now = clocks.now();
    return held.asMap()
        .compute(
            slot,
            (key, last) -> {
              if (last != null && staysInsteadOf(record, last)) {
                return new Held(last.record(), begun, last.goneFrom());
              }
              long left = record == null ? 0 : record.freshUntil() - now.millis();
              long bounded = Math.clamp(left, 0, LONGEST_HELD.toMillis());
              return new Held(record, begun, now.tick() + Duration.ofMillis(bounded).toNanos());
            });
  }

  /**
   * Whether to keep the held record: an eventually consistent read may return the record of the
   * previous turn. Of several records of one turn, the last one written counts, whenever each was
   * checked.
   */
  private boolean staysInsteadOf(@Nullable FreshnessRecord read, Held last) {
    FreshnessRecord before = last.record();
    if (before == null || before.checkedAt() - clocks.millis() > MAX_AHEAD.toMillis()) {
      return false;
    }
    return read == null
        ? isLive(last)
        : read.isSameAs(before)
            || read.checkedAt()
                < before.checkedAt() - (before.freshUntil() - before.checkedAt()) / 6;
  }

  private @Nullable FreshnessRecord request(int slot) {
    counters.cacheReads.increment();
    try {
      SdkBytes bytes = table.readRecord(slot);
      return bytes == null ? null : FreshnessRecord.parse(bytes, slot);
    } catch (KeepwarmException e) {
      switch (e.code()) {
        case TAMPERED -> counters.tampered.increment();
        case DENIED -> {
          // A role that may not read records works without them.
        }
        default -> throw e;
      }
      return null;
    }
  }
}
