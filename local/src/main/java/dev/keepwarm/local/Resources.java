package dev.keepwarm.local;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a stack has of Keepwarm's resources. Immutable.
 *
 * @param kmsKeyArn the key
 * @param dueQueueUrl takes "Tenants Due"
 * @param changesQueueUrl takes the change events
 * @param dueDeadLettersUrl takes what the due queue gave up
 * @param changesDeadLettersUrl takes what the changes queue gave up
 */
public record Resources(
    String kmsKeyArn,
    String dueQueueUrl,
    String changesQueueUrl,
    String dueDeadLettersUrl,
    String changesDeadLettersUrl) {
  /** Name of the cache table. */
  public static final String CACHE_TABLE = "keepwarm-cache";

  /** Name of the wheel table. */
  public static final String WHEEL_TABLE = "keepwarm-wheel";

  /** Name of the built-in source table. */
  public static final String SOURCE_TABLE = "keepwarm-credentials";

  /** Name of the event bus. */
  public static final String BUS = "keepwarm";

  /** Name of the function that readers invoke. */
  public static final String RESOLVER = "keepwarm-resolver";

  /**
   * What decryptor, warmer, readers and command line need in their environment to find all this.
   */
  public Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("KEEPWARM_CACHE_TABLE", CACHE_TABLE);
    environment.put("KEEPWARM_WHEEL_TABLE", WHEEL_TABLE);
    environment.put("KEEPWARM_SOURCE_TABLE", SOURCE_TABLE);
    environment.put("KEEPWARM_BUS", BUS);
    environment.put("KEEPWARM_KMS_KEY", kmsKeyArn);
    environment.put("KEEPWARM_RESOLVER", RESOLVER);
    return environment;
  }
}
