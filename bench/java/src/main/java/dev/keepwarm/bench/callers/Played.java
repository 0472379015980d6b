package dev.keepwarm.bench.callers;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** How a day's reads got their credentials, one way. Not thread-safe. */
final class Played {
  private static final Kind[] KINDS = Kind.values();

  private final Traffic traffic;
  private final byte[] kinds;
  private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
  private int old;
  private int refused;

  Played(Traffic traffic) {
    this.traffic = traffic;
    this.kinds = new byte[traffic.reads()];
    for (Kind kind : KINDS) {
      counts.put(kind, 0);
    }
  }

  /** Notes how a read got its credential. */
  void note(int read, Kind kind) {
    kinds[read] = (byte) kind.ordinal();
    counts.merge(kind, 1, Integer::sum);
  }

  /** Notes that the last read got an older version than the source had at that time. */
  void noteOld() {
    old++;
  }

  /** Notes that the last read was refused because the credential is revoked. */
  void noteRefused() {
    refused++;
  }

  Traffic traffic() {
    return traffic;
  }

  /** The number of reads of a kind. */
  int count(Kind kind) {
    return counts.getOrDefault(kind, 0);
  }

  /** The share of all reads that waited for a decryptor. */
  double awaited() {
    return (double) (count(Kind.WARM) + count(Kind.COLD)) / kinds.length;
  }

  /** The share of all reads that waited for a decryptor to start. */
  double metCold() {
    return (double) count(Kind.COLD) / kinds.length;
  }

  /**
   * The share of the reads that waited for a decryptor to start among those that waited for one; 0
   * if there are none.
   */
  double coldOfAwaited() {
    int awaited = count(Kind.WARM) + count(Kind.COLD);
    return awaited == 0 ? 0 : (double) count(Kind.COLD) / awaited;
  }

  int old() {
    return old;
  }

  int refused() {
    return refused;
  }

  /**
   * The wait of each read: one of the measured waits of its kind.
   *
   * @param measured the measured waits, at least of the kinds that occurred
   * @return by read
   */
  double[] waits(Map<Kind, double[]> measured, long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    double[] waits = new double[kinds.length];
    for (int i = 0; i < waits.length; i++) {
      double[] of = measured.getOrDefault(KINDS[kinds[i]], new double[0]);
      waits[i] = of[random.nextInt(of.length)];
    }
    return waits;
  }

  /** The means of each hour's waits. */
  double[] hourlyMeans(double[] waits) {
    int hours = traffic.shape().hours();
    double[] sums = new double[hours];
    int[] reads = new int[hours];
    for (int i = 0; i < waits.length; i++) {
      sums[traffic.hour(i)] += waits[i];
      reads[traffic.hour(i)]++;
    }
    Arrays.setAll(sums, hour -> sums[hour] / reads[hour]);
    return sums;
  }
}
