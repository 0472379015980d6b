package dev.keepwarm.core.internal;

/**
 * The names of Keepwarm's resources: those that a stack gives them, and the defaults of all
 * settings that name them. Immutable.
 *
 * @param suffix ends every name, so that several stacks can exist side by side: at most 32 letters,
 *     digits and hyphens, or a CDK token that resolves to them
 */
public record ResourceNames(String suffix) {
  /** The default of every setting that names a resource. */
  public static final ResourceNames DEFAULT = new ResourceNames("");

  /** The cache table. */
  public String cacheTable() {
    return "keepwarm-cache" + suffix;
  }

  /** The wheel table. */
  public String wheelTable() {
    return "keepwarm-wheel" + suffix;
  }

  /** The built-in source table. */
  public String sourceTable() {
    return "keepwarm-credentials" + suffix;
  }

  /** The event bus. */
  public String bus() {
    return "keepwarm" + suffix;
  }

  /** The function that readers invoke. */
  public String resolver() {
    return "keepwarm-resolver" + suffix;
  }

  /** The function behind the queues. */
  public String decryptor() {
    return "keepwarm-decryptor" + suffix;
  }

  /** The function that the schedule invokes. */
  public String warmer() {
    return "keepwarm-warmer" + suffix;
  }

  /** The key's alias. */
  public String keyAlias() {
    return "alias/keepwarm" + suffix;
  }

  /** The schedule that invokes the warmer. */
  public String schedule() {
    return warmer();
  }

  /** The queue of "Tenants Due", and the rule that fills it. */
  public String due() {
    return "keepwarm-due" + suffix;
  }

  /** The queue of rotations and invalidations, and the rule that fills it. */
  public String changes() {
    return "keepwarm-changes" + suffix;
  }

  /** The queue of revocations, and the rule that fills it. */
  public String urgent() {
    return "keepwarm-urgent" + suffix;
  }

  /** The dead-letter queue of the due queue. */
  public String dueDeadLetters() {
    return "keepwarm-due-dlq" + suffix;
  }

  /** The dead-letter queue of the changes queue. */
  public String changesDeadLetters() {
    return "keepwarm-changes-dlq" + suffix;
  }

  /** The dead-letter queue of the urgent queue. */
  public String urgentDeadLetters() {
    return "keepwarm-urgent-dlq" + suffix;
  }
}
