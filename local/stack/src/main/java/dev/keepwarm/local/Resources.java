package dev.keepwarm.local;

import dev.keepwarm.core.internal.ResourceNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a stack has of Keepwarm's resources. Immutable.
 *
 * @param names what they are called
 * @param kmsKeyArn the key
 * @param dueQueueUrl takes "Tenants Due"
 * @param changesQueueUrl takes rotations and invalidations
 * @param urgentQueueUrl takes revocations
 * @param dueDeadLettersUrl takes what the due queue gave up
 * @param changesDeadLettersUrl takes what the changes queue gave up
 * @param urgentDeadLettersUrl takes what the urgent queue gave up
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

  /** The dead letters of the three queues, in the same order. */
  public List<String> deadLetterUrls() {
    return List.of(dueDeadLettersUrl, changesDeadLettersUrl, urgentDeadLettersUrl);
  }

  /**
   * What decryptor, warmer, readers and command line need in their environment to find all this.
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
