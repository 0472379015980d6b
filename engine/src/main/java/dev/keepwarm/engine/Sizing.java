package dev.keepwarm.engine;

/**
 * Sizes on which several parts must agree: the defaults of the CDK construct, the functions
 * themselves, and the estimate of {@code keepwarm cost}.
 */
public final class Sizing {
  /** The decryptor's memory, in MB. */
  public static final int DECRYPTOR_MEMORY = 1024;

  /** The resolver's memory, in MB: one CPU. */
  public static final int RESOLVER_MEMORY = 1769;

  /** The warmer's memory, in MB. */
  public static final int WARMER_MEMORY = 512;

  /** How many slots the warmer reads and publishes before it moves its cursor. */
  public static final int CHUNK = 32;

  /** How many data keys a decryptor remembers, one per tenant. */
  public static final int REMEMBERED_KEYS = 10_000;

  private Sizing() {}
}
