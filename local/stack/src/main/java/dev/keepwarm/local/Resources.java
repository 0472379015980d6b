package dev.keepwarm.local;

import dev.keepwarm.core.internal.ResourceNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keepwarm's resources in a stack. Immutable.
 *
 * @param names the names of the resources
 * @param kmsKeyArn the key
 * @param dueQueueUrl takes "Tenants Due"
 * @param changesQueueUrl takes rotations and invalidations
 * @param urgentQueueUrl takes revocations
 * @param dueDeadLettersUrl the dead-letter queue of the due queue
 * @param changesDeadLettersUrl the dead-letter queue of the changes queue
 * @param urgentDeadLettersUrl the dead-letter queue of the urgent queue
 */
public record Resources(
    ResourceNames names,
    String kmsKeyArn,
    String dueQueueUrl,
    String changesQueueUrl,
    String urgentQueueUrl,
    String dueDeadLettersUrl,
    String changesDeadLettersUrl,
    String urgentDeadLettersUrl) {
  /** The three queues. */
  public List<String> queueUrls() {
    return List.of(dueQueueUrl, changesQueueUrl, urgentQueueUrl);
  }

  /** The dead-letter queues of the three queues, in the same order. */
  public List<String> deadLetterUrls() {
    return List.of(dueDeadLettersUrl, changesDeadLettersUrl, urgentDeadLettersUrl);
  }

  /**
   * The environment variables with which decryptor, warmer, readers and command line find the
   * resources.
   */
  public Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("KEEPWARM_CACHE_TABLE", names.cacheTable());
    environment.put("KEEPWARM_WHEEL_TABLE", names.wheelTable());
    environment.put("KEEPWARM_SOURCE_TABLE", names.sourceTable());
    environment.put("KEEPWARM_BUS", names.bus());
    environment.put("KEEPWARM_URGENT_QUEUE", names.urgent());
    environment.put("KEEPWARM_CHANGES_QUEUE", names.changes());
    environment.put("KEEPWARM_DUE_QUEUE", names.due());
    environment.put("KEEPWARM_KMS_KEY", kmsKeyArn);
    environment.put("KEEPWARM_RESOLVER", names.resolver());
    return environment;
  }
}
