package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.core.internal.ResourceNames;
import java.time.Duration;
import java.util.Map;

/** The settings of a reader. Immutable. See {@link ReaderBuilder} for what each one means. */
record ReaderSettings(
    String cacheTable,
    String kmsKey,
    String resolver,
    String bus,
    Duration nearTtl,
    int nearSize,
    Duration dataKeyTtl,
    Duration deadline,
    OnMiss onMiss) {

  private static final Duration LONGEST_NEAR_TTL = Duration.ofHours(1);
  private static final int GREATEST_NEAR_SIZE = 10_000_000;
  private static final Duration LONGEST_DATA_KEY_TTL = Duration.ofDays(1);
  private static final Duration SHORTEST_DEADLINE = Duration.ofMillis(1);
  private static final Duration LONGEST_DEADLINE = Duration.ofMinutes(15);

  // After the constants of the bounds, because the constructor checks against them.
  static final ReaderSettings DEFAULTS =
      new ReaderSettings(
          ResourceNames.DEFAULT.cacheTable(),
          ResourceNames.DEFAULT.keyAlias(),
          ResourceNames.DEFAULT.resolver(),
          ResourceNames.DEFAULT.bus(),
          Duration.ofSeconds(30),
          10_000,
          Duration.ofMinutes(15),
          Duration.ofSeconds(2),
          OnMiss.RESOLVE);

  /** Checks the bounds, for settings that do not come from the environment. */
  ReaderSettings {
    check("nearTtl", nearTtl, Duration.ZERO, LONGEST_NEAR_TTL);
    check("dataKeyTtl", dataKeyTtl, Duration.ZERO, LONGEST_DATA_KEY_TTL);
    check("deadline", deadline, SHORTEST_DEADLINE, LONGEST_DEADLINE);
    if (nearSize < 1 || nearSize > GREATEST_NEAR_SIZE) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION, "nearSize: must be from 1 to " + GREATEST_NEAR_SIZE);
    }
  }

  /** These settings, overridden by those of the environment. */
  ReaderSettings with(Map<String, String> environment) {
    Environment env = new Environment(environment);
    return new ReaderSettings(
        env.text("KEEPWARM_CACHE_TABLE", cacheTable),
        env.text("KEEPWARM_KMS_KEY", kmsKey),
        env.text("KEEPWARM_RESOLVER", resolver),
        env.text("KEEPWARM_BUS", bus),
        env.duration("KEEPWARM_NEAR_TTL", nearTtl, Duration.ZERO, LONGEST_NEAR_TTL),
        env.integer("KEEPWARM_NEAR_SIZE", nearSize, 1, GREATEST_NEAR_SIZE),
        env.duration("KEEPWARM_DATA_KEY_TTL", dataKeyTtl, Duration.ZERO, LONGEST_DATA_KEY_TTL),
        env.duration("KEEPWARM_DEADLINE", deadline, SHORTEST_DEADLINE, LONGEST_DEADLINE),
        env.choice("KEEPWARM_ON_MISS", onMiss));
  }

  private static void check(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION, name + ": must be from " + least + " to " + most);
    }
  }
}
