package dev.keepwarm.cli.cost;

import dev.keepwarm.engine.Settings;
import java.time.Duration;
import java.util.Map;

/**
 * The workload of a month. Immutable.
 *
 * @param credentials how many credentials are kept warm
 * @param perTenant how many credentials a tenant has on average, at least 1
 * @param ttl the hard lifetime of an entry
 * @param slots how many slots the wheel has
 * @param reads how often all readers together read the table; near hits do not
 * @param missShare the share of these reads that are misses
 * @param unwrapShare the share of these reads that call KMS, because the reader does not have the
 *     tenant's data key any more
 * @param changes how many rotations, invalidations and revocations there are
 * @param sealedPerSecond how many credentials one decryptor refreshes in a second
 * @param checkEvery how often credentials are compared with the source, with freshness records
 * @param sealLife how long a seal lasts, with freshness records
 * @param checkedPerSecond how many credentials one decryptor compares in a second, with freshness
 *     records
 */
public record Workload(
    long credentials,
    int perTenant,
    Duration ttl,
    int slots,
    long reads,
    double missShare,
    double unwrapShare,
    long changes,
    int sealedPerSecond,
    Duration checkEvery,
    Duration sealLife,
    int checkedPerSecond) {

  /** The size of an original's item. */
  static final double ORIGINAL_BYTES = 600;

  /** A month, in seconds: 30 days. */
  static final double MONTH = Duration.ofDays(30).toSeconds();

  /**
   * An assumption, for tenants of ten credentials: half of the number that {@code bench/run work}
   * prints for a second of CPU time. A function of {@link
   * dev.keepwarm.engine.Sizing#DECRYPTOR_MEMORY} has a little more than half a CPU.
   */
  public static final int CHECKED_PER_SECOND = 4_000;

  /** A workload with the stack's default times between checks and between seals. */
  public Workload(
      long credentials,
      int perTenant,
      Duration ttl,
      int slots,
      long reads,
      double missShare,
      double unwrapShare,
      long changes,
      int sealedPerSecond) {
    Settings usual = Settings.of(Map.of("KEEPWARM_TTL", ttl.toString()));
    this(
        credentials,
        perTenant,
        ttl,
        slots,
        reads,
        missShare,
        unwrapShare,
        changes,
        sealedPerSecond,
        usual.checkEvery(),
        usual.sealLife(),
        CHECKED_PER_SECOND);
  }

  /**
   * This number of credentials, ten per tenant, each read a hundred times and changed once a month.
   * Everything else is the stack's default.
   */
  public static Workload of(long credentials, Duration ttl) {
    return new Workload(
        credentials,
        10,
        ttl,
        Settings.DEFAULTS.slots(),
        100 * credentials,
        0.001,
        0.1,
        credentials,
        300);
  }

  /** How many tenants there are. */
  long tenants() {
    return Math.ceilDiv(credentials, (long) perTenant);
  }

  /** How often the wheel turns if every turn seals all entries again. */
  double turns() {
    return MONTH / (ttl.toMillis() / 3 / 1000.0);
  }

  /** How often the wheel turns if freshness records are written. */
  double checks() {
    return MONTH / (checkEvery.toMillis() / 1000.0);
  }

  /** How often an unchanged tenant is sealed with freshness records: twice per life of a seal. */
  double seals() {
    return MONTH / (sealLife.toMillis() / 2000.0);
  }

  /** The expected number of slots with tenants, if tenants are spread at random. */
  double usedSlots() {
    return slots * -Math.expm1(tenants() * Math.log1p(-1.0 / slots));
  }
}
