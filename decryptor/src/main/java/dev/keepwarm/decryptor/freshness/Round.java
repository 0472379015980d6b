package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SigningKey;
import dev.keepwarm.decryptor.refresh.Generation;
import dev.keepwarm.decryptor.refresh.Vouchable;
import dev.keepwarm.engine.FreshnessStore;
import dev.keepwarm.engine.FreshnessStore.Sealing;
import dev.keepwarm.engine.SourceRow;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.stream.Gatherers;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/** The check of some or all tenants of one slot. Thread-safe. */
public final class Round {
  /** More than the number of processes that check parts of a slot and write its record at once. */
  private static final int ATTEMPTS = 10;

  /**
   * The periods in which a tenant may have been sealed, relative to this one, the likeliest first.
   * A decryptor whose clock is ahead seals in the next period. If one whose clock is behind did not
   * know that id, it would seal the tenant again in the period before; and if it stopped halfway,
   * no record would name the entries that it leaves.
   */
  private static final List<Integer> PERIODS = List.of(0, -1, 1);

  private final Freshness freshness;
  private final FreshnessStore store;
  private final int slot;
  private final long checkedAt;
  private final List<Signing> signings;
  private final Map<String, Sealing> sealings;
  private final Set<String> enrolled;
  private final Set<String> checked = ConcurrentHashMap.newKeySet();
  private final Map<String, SdkBytes> digests = new ConcurrentHashMap<>();
  private final Map<String, KeepwarmException> failures = new ConcurrentHashMap<>();
  private final Map<SdkBytes, Long> named = new ConcurrentHashMap<>();

  /**
   * Begins a round.
   *
   * @param checkedAt a time before anything was read
   * @param signings the keys that sign; new entries name the first one
   * @param of the slot's tenants, and the states that were sealed last
   */
  Round(
      Freshness freshness,
      int slot,
      long checkedAt,
      List<Signing> signings,
      FreshnessStore.Slot of) {
    this.freshness = freshness;
    this.store = freshness.store();
    this.slot = slot;
    this.checkedAt = checkedAt;
    this.signings = signings;
    this.sealings = new ConcurrentHashMap<>(of.sealings());
    this.enrolled = of.tenants();
  }

  /**
   * Tasks that compare tenants of this slot with the source, as many at a time as the source
   * allows. They are to be run before the tenants are checked, and may run concurrently. They never
   * throw: if a tenant cannot be compared, its check throws.
   */
  public List<Runnable> comparisons(Collection<String> tenants) {
    int most = Math.max(1, freshness.source().comparedAtOnce());
    return tenants.stream()
        .filter(tenant -> {
          Sealing sealing = sealings.get(tenant);
          return sealing != null && sealing.id() != null;
        })
        .gather(Gatherers.windowFixed(most))
        .map(part -> (Runnable) () -> compare(new LinkedHashSet<>(part)))
        .toList();
  }

  private void compare(Set<String> tenants) {
    try {
      freshness
          .source()
          .compare(tenants)
          .forEach((tenant, state) -> digests.put(tenant, state.digest()));
    } catch (KeepwarmException e) {
      // One of several tenants may be the cause, and the others must not lose their place on the
      // record for it. So each is compared alone when it is checked.
      if (tenants.size() == 1) {
        tenants.forEach(tenant -> failures.put(tenant, e));
      }
    }
  }

  /**
   * Adds a tenant to the record if its entries still match the source.
   *
   * @param probe the time since which no reader has reported the tenant, if readers are to report
   *     it
   * @return false if the tenant has to be sealed again
   * @throws KeepwarmException if the source did not answer
   */
  public boolean check(String tenant, @Nullable Long probe) {
    Sealing sealing = sealings.get(tenant);
    SdkBytes id = sealing == null ? null : sealing.id();
    if (sealing == null || id == null) {
      checked.add(tenant);
      return false;
    }
    if (!digests.containsKey(tenant) && !failures.containsKey(tenant)) {
      compare(Set.of(tenant));
    }
    KeepwarmException failure = failures.get(tenant);
    if (failure != null) {
      // It stays on the record for one more turn, with the time of the earlier comparison.
      throw failure;
    }
    checked.add(tenant);
    SdkBytes digest = digests.get(tenant);
    if (digest == null) {
      return false;
    }
    long period = freshness.period(tenant);
    for (Signing signing : signings) {
      for (int other : PERIODS) {
        if (id.equals(
            signing.ids().of(tenant, sealing.generation(), slot, period + other, digest))) {
          // The entries match the source, so they are named even if they are due to be sealed
          // again. Entries for the former key are not due early: a key rotation causes no extra
          // work.
          name(id, probe);
          return other >= 0;
        }
      }
    }
    return false;
  }

  /**
   * The generation in which to seal a tenant so that this round and later ones can vouch for it;
   * null if it is not on the wheel.
   *
   * @throws KeepwarmException if the table does not answer
   */
  public @Nullable Generation generation(String tenant) {
    Sealing known = sealings.get(tenant);
    Sealing sealing = known == null ? begun(tenant) : known;
    return sealing == null ? null : new OfTenant(tenant, sealing);
  }

  private @Nullable Sealing begun(String tenant) {
    Sealing begun = store.begin(tenant, freshness.newGeneration());
    if (begun == null) {
      sealings.remove(tenant);
    } else {
      sealings.put(tenant, begun);
    }
    return begun;
  }

  private Vouchable vouchable(String tenant, String generation) {
    Signing signing = signings.getFirst();
    return new Vouchable(
        slot,
        signing.publicKey(),
        freshness.sealLife(),
        rows -> {
          SdkBytes digest = freshness.digest(rows);
          long period = freshness.period(tenant);
          LongFunction<SdkBytes> ids = of -> signing.ids().of(tenant, generation, slot, of, digest);
          return new Vouchable.Ids(ids.apply(period), ids.apply(period + 1));
        });
  }

  /** The generation of a tenant that this round has sealed again. */
  private final class OfTenant implements Generation {
    private final String tenant;

    /** Null if the tenant is not on the wheel any more. */
    private @Nullable Sealing sealing;

    OfTenant(String tenant, Sealing sealing) {
      this.tenant = tenant;
      this.sealing = sealing;
    }

    @Override
    public @Nullable Vouchable vouchable() {
      return sealing == null ? null : Round.this.vouchable(tenant, sealing.generation());
    }

    @Override
    public boolean isOfAnother(List<SourceRow> rows) {
      return sealing != null
          && (sealing.id() != null || sealing.begun() != null)
          && !isOf(sealing, rows);
    }

    @Override
    public boolean renew(List<SourceRow> rows) {
      if (sealing == null) {
        freshness.renew(tenant);
        return true;
      }
      String next;
      Sealing current;
      if (isOf(sealing, rows)) {
        next = sealing.generation();
        current = store.sealing(tenant);
      } else {
        next = freshness.newGeneration();
        SdkBytes begun = Round.this.vouchable(tenant, next).ids().apply(rows).current();
        current = store.renewIf(tenant, sealing.generation(), next, begun);
      }
      sealing = current == null ? begun(tenant) : current;
      if (sealing == null) {
        return false;
      }
      sealings.put(tenant, sealing);
      return sealing.generation().equals(next) && isOf(sealing, rows);
    }

    /**
     * Whether a generation is of the state from which the tenant is going to be sealed, and of the
     * key that new entries name. Then it need only be read again, which costs less. All entries
     * that are sealed in it have the ids of this state, so it does not matter who notes it; and a
     * check that finds the id of the former period has the tenant sealed again.
     */
    private boolean isOf(Sealing of, List<SourceRow> rows) {
      SdkBytes digest = freshness.digest(rows);
      long period = freshness.period(tenant);
      VouchIds ids = signings.getFirst().ids();
      return PERIODS.stream()
          .map(other -> ids.of(tenant, of.generation(), slot, period + other, digest))
          .anyMatch(id -> id.equals(of.id()) || id.equals(of.begun()));
    }
  }

  /**
   * Records that all of a tenant's credentials are sealed from one state of the source, which was
   * read in this round, and adds that state to the record.
   *
   * @param id the id that the entries carry
   */
  public void sealed(String tenant, SdkBytes id, @Nullable Long probe) {
    Sealing sealing = sealings.get(tenant);
    if (sealing != null
        && (id.equals(sealing.id()) || store.sealed(tenant, sealing.generation(), id))) {
      name(id, probe);
    }
  }

  /** How many states are named. */
  public int size() {
    return named.size();
  }

  /**
   * Writes the slot's record, if anything is named.
   *
   * @return false if there was nothing to write
   * @throws KeepwarmException if the table does not answer, or if other writers kept changing the
   *     record
   */
  public boolean write() {
    Lifetimes lifetimes = freshness.lifetimes();
    Vouched part = new Vouched(checkedAt, named);
    if (named.isEmpty()) {
      return false;
    }
    boolean isWhole = checked.containsAll(enrolled);
    List<SigningKey> signers = signings.stream().map(Signing::key).toList();
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      SdkBytes before = store.record(slot);
      Vouched merged = Vouched.merged(part, stored(before), lifetimes.turn(), isWhole);
      if (merged == null) {
        return false;
      }
      if (merged.named().size() > FreshnessRecord.MAX_IDS) {
        merged = part;
      }
      long freshUntil = merged.freshUntil(lifetimes.hard());
      SdkBytes record =
          FreshnessRecord.sign(slot, merged.checkedAt(), freshUntil, merged.named(), signers);
      if (store.putRecord(
          slot, before, record, merged.checkedAt(), lifetimes.deletableAt(freshUntil))) {
        return true;
      }
    }
    throw new KeepwarmException(
        ErrorCode.UNAVAILABLE, "other writers kept changing the freshness record of slot " + slot);
  }

  /**
   * Parses a record. Null unless one of our keys signed it, because its ids are signed again. A
   * record from the future counts as one of now: the clock of its writer is ahead, and must not
   * keep others from writing the record.
   */
  private @Nullable Vouched stored(@Nullable SdkBytes bytes) {
    if (bytes == null) {
      return null;
    }
    long now = freshness.now();
    try {
      FreshnessRecord record = FreshnessRecord.parse(bytes, slot);
      return record != null
              && signings.stream().anyMatch(signing -> record.isSignedBy(signing.publicKey()))
          ? new Vouched(
              record.checkedAt() > now + Evidence.CLOCK_SKEW ? now : record.checkedAt(),
              record.named())
          : null;
    } catch (KeepwarmException e) {
      // A malformed record is overwritten.
      return null;
    }
  }

  private void name(SdkBytes id, @Nullable Long probe) {
    Long asked = probe == null ? FreshnessRecord.NO_PROBE : probe;
    named.merge(id, asked, Math::max);
  }
}
