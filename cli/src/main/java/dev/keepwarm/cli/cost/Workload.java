package dev.keepwarm.cli.cost;

import dev.keepwarm.engine.Settings;
import java.time.Duration;
import java.util.Map;

/**
 * What there is to do in a month. Immutable.
 *
 * @param credentials how many are kept warm
 * @param perTenant how many a tenant has on average, at least 1
 * @param ttl the hard lifetime of an entry
 * @param slots how many slots the wheel has
 * @param reads how often all readers together ask the table, which near hits do not
 * @param missShare which share of these reads finds nothing warm
 * @param unwrapShare which share of these reads asks KMS, since the reader does not have the
 *     tenant's data key any more
 * @param changes how many rotations, invalidations and revocations there are
 * @param sealedPerSecond how many credentials one decryptor refreshes in a second
 * @param checkEvery how often what the source has is compared, if freshness records are written
 * @param sealLife how long an entry is sealed then
 * @param checkedPerSecond how many credentials one decryptor compares in a second then
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

  /** How large an original is, with its item. */
  static final double ORIGINAL_BYTES = 600;

  /** A month, in seconds: 30 days. */
  static final double MONTH = Duration.ofDays(30).toSeconds();

  /**
   * Assumed, for tenants of ten credentials: half of what {@code bench/run work} prints for a
   * second of CPU time. A function of {@link dev.keepwarm.engine.Sizing#DECRYPTOR_MEMORY} has a
   * little more than half a CPU.
   */
  public static final int CHECKED_PER_SECOND = 4_000;

  /** With the times between checks and between seals that the stack has by default. */
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
   * As many credentials, ten a tenant, each read a hundred times and changed once a month; the rest
   * as the stack has it by default.
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

  /** How often the wheel turns if every turn seals anew. */
  double turns() {
    return MONTH / (ttl.toMillis() / 3 / 1000.0);
  }

  /** How often the wheel turns if freshness records are written. */
  double checks() {
    return MONTH / (checkEvery.toMillis() / 1000.0);
  }

  /** How often a tenant that does not change is sealed then: every half of what a seal lasts. */
  double seals() {
    return MONTH / (sealLife.toMillis() / 2000.0);
  }

  /** How many slots have a tenant, if tenants are spread by chance. */
  double usedSlots() {
    return slots * -Math.expm1(tenants() * Math.log1p(-1.0 / slots));
  }
}
