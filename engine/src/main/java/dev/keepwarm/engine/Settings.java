package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.ResourceNames;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of decryptor, warmer and command line, read once from the environment. Immutable.
 *
 * @param cacheTable {@code KEEPWARM_CACHE_TABLE}
 * @param wheelTable {@code KEEPWARM_WHEEL_TABLE}
 * @param source {@code KEEPWARM_SOURCE}: where the originals are; {@code docs/sources.md} lists the
 *     settings of each source
 * @param sourceTable {@code KEEPWARM_SOURCE_TABLE}: the built-in source
 * @param bus {@code KEEPWARM_BUS}: name or ARN of the event bus
 * @param kmsKey {@code KEEPWARM_KMS_KEY}: id, ARN or alias, or several separated by commas, the
 *     current one first
 * @param ttl {@code KEEPWARM_TTL}: the hard lifetime, 3 s to 24 h
 * @param checkEvery {@code KEEPWARM_CHECK_EVERY}: how often every tenant is compared with the
 *     source, a third of {@code ttl} at most, which is the default
 * @param freshness {@code KEEPWARM_FRESHNESS}: whether the decryptor writes freshness records
 *     instead of sealing unchanged entries again
 * @param sealLife {@code KEEPWARM_SEAL_LIFE}: how long an entry may be vouched for, at least twice
 *     {@code ttl}
 * @param slots {@code KEEPWARM_SLOTS}: how many slots the wheel has
 * @param discoverEvery {@code KEEPWARM_DISCOVER_EVERY}: how often the warmer pages through the
 *     source's tenants; zero if never, which is the default if {@code idleAfter} is set
 * @param idleAfter {@code KEEPWARM_IDLE_AFTER}: how long after it was last reported as used a
 *     tenant leaves the wheel; zero if never
 * @param retryFailed {@code KEEPWARM_RETRY_FAILED}: after how long a failed entry is retried
 * @param parallel {@code KEEPWARM_PARALLEL}: the maximum number of calls that one process has in
 *     flight
 * @param keepResolversWarm {@code KEEPWARM_KEEP_RESOLVERS_WARM}: how many instances of the resolver
 *     the warmer keeps initialised; 0 if none
 * @param resolver {@code KEEPWARM_RESOLVER}: name or ARN of the resolver, for the warmer; null if
 *     none is configured
 * @param profiles {@code KEEPWARM_PROFILES}: the profiles as JSON, or the path of a JSON file; null
 *     if there are none
 */
public record Settings(
    String cacheTable,
    String wheelTable,
    SourceKind source,
    String sourceTable,
    String bus,
    String kmsKey,
    Duration ttl,
    Duration checkEvery,
    boolean freshness,
    Duration sealLife,
    int slots,
    Duration discoverEvery,
    Duration idleAfter,
    Duration retryFailed,
    int parallel,
    int keepResolversWarm,
    @Nullable String resolver,
    @Nullable String profiles) {
  /**
   * Readers are asked to report use during half of {@code idleAfter}. All entries must be sealed
   * several times in that half, even if one or two turns fail.
   */
  private static final int IDLE_TTLS = 4;

  private static final Duration SEAL_LIFE = Duration.ofHours(24);

  /** The settings of an empty environment. All defaults come from here. */
  public static final Settings DEFAULTS = of(Map.of());

  /**
   * Reads and checks the settings.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}; names the variable and says
   *     what is allowed
   */
  public static Settings of(Map<String, String> environment) {
    Environment env = new Environment(environment);
    ResourceNames names = ResourceNames.DEFAULT;
    Duration idleAfter =
        env.duration("KEEPWARM_IDLE_AFTER", Duration.ZERO, Duration.ZERO, Duration.ofDays(365));
    Duration ttl =
        env.duration(
            "KEEPWARM_TTL", Duration.ofMinutes(15), Duration.ofSeconds(3), Duration.ofHours(24));
    Duration turn = Duration.ofMillis(Lifetimes.of(ttl).turn());
    Duration shortest = ttl.multipliedBy(2);
    Settings settings =
        new Settings(
            env.text("KEEPWARM_CACHE_TABLE", names.cacheTable()),
            env.text("KEEPWARM_WHEEL_TABLE", names.wheelTable()),
            env.choice("KEEPWARM_SOURCE", SourceKind.DYNAMODB),
            env.text("KEEPWARM_SOURCE_TABLE", names.sourceTable()),
            env.text("KEEPWARM_BUS", names.bus()),
            env.text("KEEPWARM_KMS_KEY", names.keyAlias()),
            ttl,
            env.duration("KEEPWARM_CHECK_EVERY", turn, Duration.ofSeconds(1), turn),
            env.flag("KEEPWARM_FRESHNESS", false),
            env.duration(
                "KEEPWARM_SEAL_LIFE",
                shortest.compareTo(SEAL_LIFE) < 0 ? SEAL_LIFE : shortest,
                shortest,
                Duration.ofDays(7)),
            env.integer("KEEPWARM_SLOTS", 1024, 1, 1_000_000),
            env.duration(
                "KEEPWARM_DISCOVER_EVERY",
                discoverEveryByDefault(idleAfter),
                Duration.ZERO,
                Duration.ofDays(30)),
            idleAfter,
            env.duration(
                "KEEPWARM_RETRY_FAILED",
                Duration.ofSeconds(30),
                Duration.ofSeconds(1),
                Duration.ofHours(1)),
            env.integer("KEEPWARM_PARALLEL", 64, 1, 1000),
            env.integer("KEEPWARM_KEEP_RESOLVERS_WARM", 1, 0, 100),
            env.optional("KEEPWARM_RESOLVER"),
            env.optional("KEEPWARM_PROFILES"));
    if (settings.slotMillis() < 1) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "KEEPWARM_SLOTS: "
              + settings.slots
              + " slots in a turn of "
              + settings.lifetimes().turn()
              + " ms; must be at most one slot per millisecond");
    }
    settings.checkIdleAfter();
    return settings;
  }

  private void checkIdleAfter() {
    if (idleAfter.isZero()) {
      return;
    }
    if (idleAfter.compareTo(ttl.multipliedBy(IDLE_TTLS)) < 0) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "KEEPWARM_IDLE_AFTER: must be 0, or " + IDLE_TTLS + " times KEEPWARM_TTL or more");
    }
    if (!discoverEvery.isZero()) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "KEEPWARM_DISCOVER_EVERY: must be 0 if KEEPWARM_IDLE_AFTER is set; a"
              + " discovery would enrol the idle tenants again");
    }
  }

  /** The default of {@code discoverEvery}: a discovery would enrol the removed tenants again. */
  public static Duration discoverEveryByDefault(Duration idleAfter) {
    return idleAfter.isZero() ? Duration.ofHours(1) : Duration.ZERO;
  }

  /** The lifetimes that follow from {@code ttl} and {@code checkEvery}. */
  public Lifetimes lifetimes() {
    return Lifetimes.of(ttl).withTurn(checkEvery);
  }

  /**
   * The length of a slot, in milliseconds: the turn divided by the number of slots, rounded down.
   */
  public long slotMillis() {
    return lifetimes().turn() / slots;
  }
}
