package dev.keepwarm.bench.callers;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A day on which callers wait for a decryptor, with or without a cache in each caller process. Not
 * thread-safe.
 */
final class AwaitedDay {
  private final Traffic traffic;
  private final double[] warm;
  private final double[] cold;
  private final long ownTtl;
  private final RandomGenerator random;
  private final Sandboxes decryptors;
  private final Map<Integer, Own> own = new HashMap<>();

  /** The cache of one caller process: by credential, its expiry and its version. */
  private record Own(long[] until, long[] versions) {
    Own(int credentials) {
      this(new long[credentials], new long[credentials]);
    }
  }

  /**
   * A day.
   *
   * @param warm the times of invocations of the warm decryptor, in milliseconds
   * @param cold the same for cold starts
   * @param ownTtl how long a caller process keeps a credential, in milliseconds; 0 if it does not
   */
  AwaitedDay(Traffic traffic, double[] warm, double[] cold, long ownTtl, long seed) {
    this.traffic = traffic;
    this.warm = warm;
    this.cold = cold;
    this.ownTtl = ownTtl;
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    this.decryptors = new Sandboxes(random);
  }

  /** Plays the day. */
  Played play() {
    Played played = new Played(traffic);
    for (int read = 0; read < traffic.reads(); read++) {
      long now = traffic.time(read);
      int credential = traffic.credential(read);
      Own kept =
          own.computeIfAbsent(traffic.caller(read), caller -> new Own(traffic.credentials()));
      if (now < kept.until[credential]) {
        played.note(read, Kind.NEAR);
        if (kept.versions[credential] < traffic.version(credential, now)) {
          played.noteOld();
        }
      } else {
        played.note(read, await(now));
        if (ownTtl > 0) {
          kept.until[credential] = now + ownTtl;
          kept.versions[credential] = traffic.version(credential, now);
        }
      }
      if (traffic.isLastOfCaller(read)) {
        own.remove(traffic.caller(read));
      }
    }
    return played;
  }

  private Kind await(long now) {
    Sandboxes.Sandbox sandbox = decryptors.take(now);
    boolean starts = sandbox.isCold();
    double[] took = starts ? cold : warm;
    sandbox.busyUntil(now + (long) Math.ceil(took[random.nextInt(took.length)]));
    return starts ? Kind.COLD : Kind.WARM;
  }
}
