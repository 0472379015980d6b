package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.engine.FreshnessStore;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.TenantState;
import dev.keepwarm.engine.Wheel;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Vouches for tenants whose entries match the source. Thread-safe.
 *
 * <p>A record names the id of the state that the source has <em>now</em>, and only entries that
 * were sealed from that state carry this id. The store also keeps the id of the state that was
 * sealed last. It only decides whether a tenant has to be sealed again: if it is wrong, entries
 * expire or are sealed without need, but nothing stale becomes readable.
 */
public final class Freshness {
  /**
   * The dependencies of this class.
   *
   * @param store keeps the sealed states and the records
   * @param cipher wraps the signing secret
   * @param context the encryption context under which it is wrapped
   * @param generations makes generations, each of them unique
   * @param random makes the signing secret
   */
  public record Ports(
      FreshnessStore store,
      SecretCipher cipher,
      Map<String, String> context,
      Supplier<String> generations,
      SecureRandom random) {
    /** Copies the map. */
    public Ports {
      context = Map.copyOf(context);
    }
  }

  private final FreshnessStore store;
  private final Source source;
  private final SigningKeys keys;
  private final Supplier<String> generations;
  private final InstantSource clock;
  private final Lifetimes lifetimes;
  private final Duration sealLife;
  private final int slots;

  /**
   * Vouches for the credentials of a source.
   *
   * @param sealLife how long an unchanged entry stays usable after it was sealed; it is sealed
   *     again after half of this time
   * @param slots how many slots the wheel has
   */
  public Freshness(
      Ports ports,
      Source source,
      InstantSource clock,
      Lifetimes lifetimes,
      Duration sealLife,
      int slots) {
    this.store = ports.store;
    this.source = source;
    this.keys =
        new SigningKeys(
            ports.store,
            ports.cipher,
            ports.context,
            clock,
            ports.random,
            lifetimes.turn(),
            sealLife);
    this.generations = ports.generations;
    this.clock = clock;
    this.lifetimes = lifetimes;
    this.sealLife = sealLife;
    this.slots = slots;
  }

  /** The slot of a tenant. */
  public int slotOf(String tenant) {
    return Wheel.slotOf(tenant, slots);
  }

  /**
   * Begins to check tenants of one slot.
   *
   * @throws KeepwarmException if the tables or KMS do not answer
   */
  public Round round(int slot) {
    long checkedAt = clock.millis();
    List<Signing> signings = keys.get();
    return new Round(this, slot, checkedAt, signings, store.slot(slot));
  }

  /**
   * Begins another generation of a tenant, if it is on the wheel. Later checks then do not vouch
   * for entries that were sealed before, and have the tenant sealed again. To be called before a
   * change has any effect and again after it, and before entries are replaced without a check.
   *
   * @throws KeepwarmException if the table does not answer
   */
  public void renew(String tenant) {
    store.renew(tenant, generations.get());
  }

  /** Forgets every secret. */
  public void clear() {
    keys.clear();
  }

  FreshnessStore store() {
    return store;
  }

  Source source() {
    return source;
  }

  String newGeneration() {
    return generations.get();
  }

  long now() {
    return clock.millis();
  }

  Lifetimes lifetimes() {
    return lifetimes;
  }

  Duration sealLife() {
    return sealLife;
  }

  /**
   * The number of the period in which a tenant is sealed once. Periods of different tenants begin
   * at different times.
   */
  long period(String tenant) {
    long length = Math.max(1, sealLife.toMillis() / 2);
    long offset = Wheel.slotOf(tenant, Integer.MAX_VALUE) % length;
    return (clock.millis() + offset) / length;
  }

  /** The digest of a state as the source compares it. */
  SdkBytes digest(List<SourceRow> rows) {
    return TenantState.of(rows, source.depth()).digest();
  }
}
