package dev.keepwarm.bench.callers;

import dev.keepwarm.core.CredentialId;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The reads, rotations and revocations of a simulated day: always the same for one seed. Times are
 * milliseconds since the day began. Immutable.
 *
 * <p>Callers are Lambda functions: each read belongs to an invocation of 50 to 250 ms, in one of
 * the processes that {@link Sandboxes} keeps. The popularity of tenants follows Zipf's law; all
 * names are equally popular.
 */
final class Traffic {
  private static final int NAMES = 3;
  private static final long SHORTEST_INVOCATION = 50;
  private static final long LONGEST_INVOCATION = 250;
  private static final long SCALE_OUT_WITHIN = 1000;

  private final Shape shape;
  private final long[] times;
  private final int[] credentials;
  private final int[] callers;
  private final int[] lastReads;
  private final Change[] rotations;
  private final Change[] revocations;
  private final long[][] rotated;

  private Traffic(Shape shape, RandomGenerator random) {
    this.shape = shape;
    times = times(shape, random);
    credentials = new int[times.length];
    callers = new int[times.length];
    double[] popularity = popularity(shape.tenants());
    Sandboxes sandboxes = new Sandboxes(random);
    for (int i = 0; i < times.length; i++) {
      credentials[i] = tenant(popularity, random.nextDouble()) * NAMES + random.nextInt(NAMES);
      Sandboxes.Sandbox sandbox = sandboxes.take(times[i]);
      callers[i] = sandbox.id();
      sandbox.busyUntil(times[i] + random.nextLong(SHORTEST_INVOCATION, LONGEST_INVOCATION));
    }
    lastReads = new int[sandboxes.started()];
    for (int i = 0; i < times.length; i++) {
      lastReads[callers[i]] = i;
    }
    rotations = changes(shape.rotations(), shape, random);
    revocations = changes(shape.revocations(), shape, random);
    rotated = new long[credentials()][];
    Arrays.fill(rotated, new long[0]);
    for (Change rotation : rotations) {
      long[] before = rotated[rotation.credential()];
      long[] after = Arrays.copyOf(before, before.length + 1);
      after[before.length] = rotation.at();
      rotated[rotation.credential()] = after;
    }
  }

  /**
   * The shape of a day.
   *
   * @param hours its length
   * @param tenants the number of tenants, each with 3 credentials
   * @param least reads per second with the least traffic, at its beginning and end
   * @param most reads per second in its middle
   * @param scaleOuts how often many callers start at once
   * @param atOnce how many start then, within a second
   * @param rotations how many credentials get a new version
   * @param revocations how many are revoked, and get a new version two minutes later
   */
  record Shape(
      int hours,
      int tenants,
      double least,
      double most,
      int scaleOuts,
      int atOnce,
      int rotations,
      int revocations) {
    /** The same day without revocations. */
    Shape withRevocations(int count) {
      return new Shape(hours, tenants, least, most, scaleOuts, atOnce, rotations, count);
    }

    long millis() {
      return hours * 3_600_000L;
    }

    /** The reads per second at a time. */
    private double rate(long at) {
      return least + (most - least) * (1 - Math.cos(2 * Math.PI * at / millis())) / 2;
    }
  }

  /** A change of a credential. */
  record Change(long at, int credential) {}

  /** The day of that shape and seed. */
  static Traffic of(Shape shape, long seed) {
    return new Traffic(shape, RandomGeneratorFactory.of("L64X128MixRandom").create(seed));
  }

  Shape shape() {
    return shape;
  }

  /** How many credentials there are. */
  int credentials() {
    return shape.tenants() * NAMES;
  }

  /** The number of reads. The methods below take a read's number, in the order of time. */
  int reads() {
    return times.length;
  }

  long time(int read) {
    return times[read];
  }

  int hour(int read) {
    return (int) (times[read] / 3_600_000);
  }

  int credential(int read) {
    return credentials[read];
  }

  /** The caller process of a read. */
  int caller(int read) {
    return callers[read];
  }

  /** How many caller processes were started. */
  int callers() {
    return lastReads.length;
  }

  /** Whether this is the last read of its caller process. */
  boolean isLastOfCaller(int read) {
    return lastReads[callers[read]] == read;
  }

  /** In the order of time. */
  Change[] rotations() {
    return rotations.clone();
  }

  /** In the order of time. */
  Change[] revocations() {
    return revocations.clone();
  }

  /** The source's version at that time without revocations: 1, plus 1 per rotation. */
  long version(int credential, long at) {
    long version = 1;
    for (long time : rotated[credential]) {
      version += time <= at ? 1 : 0;
    }
    return version;
  }

  /** The id of the credential of that number. */
  static CredentialId id(int credential) {
    return new CredentialId("tenant-" + credential / NAMES, "name-" + credential % NAMES);
  }

  private static long[] times(Shape shape, RandomGenerator random) {
    long[] times = new long[(int) (shape.most() * shape.millis() / 1000)];
    int count = 0;
    // Generates the traffic of the busiest time, and drops reads in proportion at other times.
    for (double at = 0; ; ) {
      at += random.nextExponential() * 1000 / shape.most();
      if (at >= shape.millis()) {
        break;
      }
      if (random.nextDouble() * shape.most() < shape.rate((long) at)) {
        times = count == times.length ? Arrays.copyOf(times, 2 * count) : times;
        times[count++] = (long) at;
      }
    }
    times = Arrays.copyOf(times, count + shape.scaleOuts() * shape.atOnce());
    for (int i = 0; i < shape.scaleOuts(); i++) {
      long begun = random.nextLong(shape.millis() - SCALE_OUT_WITHIN);
      for (int j = 0; j < shape.atOnce(); j++) {
        times[count++] = begun + random.nextLong(SCALE_OUT_WITHIN);
      }
    }
    Arrays.sort(times);
    return times;
  }

  private static Change[] changes(int count, Shape shape, RandomGenerator random) {
    long[] times = random.longs(count, 0, shape.millis()).sorted().toArray();
    return Arrays.stream(times)
        .mapToObj(at -> new Change(at, random.nextInt(shape.tenants() * NAMES)))
        .toArray(Change[]::new);
  }

  /** By tenant, the share of the reads of this tenant and all before it. */
  private static double[] popularity(int tenants) {
    double[] sums = new double[tenants];
    double sum = 0;
    for (int i = 0; i < tenants; i++) {
      sum += 1.0 / (i + 1);
      sums[i] = sum;
    }
    for (int i = 0; i < tenants; i++) {
      sums[i] /= sum;
    }
    return sums;
  }

  private static int tenant(double[] popularity, double share) {
    int found = Arrays.binarySearch(popularity, share);
    return Math.min(found < 0 ? -found - 1 : found, popularity.length - 1);
  }
}
