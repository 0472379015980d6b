package dev.keepwarm.decryptor.dotnet;

import java.util.List;
import java.util.SplittableRandom;

/** Random test data from a seed, which is printed; {@code -Dseed=} repeats a run. */
final class Seed {

  private final SplittableRandom random;

  private Seed(long seed) {
    random = new SplittableRandom(seed);
  }

  static Seed printed() {
    return printed(System.nanoTime());
  }

  /**
   * The same data in every run, for tests of likelihoods: with some data, the right answer is that
   * the result is uncertain.
   */
  static Seed constant() {
    return printed(1);
  }

  private static Seed printed(long otherwise) {
    long seed = Long.getLong("seed", otherwise);
    System.out.println("-Dseed=" + seed);
    return new Seed(seed);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  boolean flip() {
    return random.nextBoolean();
  }

  <T> T oneOf(List<T> values) {
    return values.get(below(values.size()));
  }

  byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** A text of code points that are each from one of the given ranges, ends included. */
  String text(int maxCodePoints, int[]... ranges) {
    StringBuilder text = new StringBuilder();
    for (int left = below(maxCodePoints + 1); left > 0; left--) {
      int[] range = ranges[below(ranges.length)];
      text.appendCodePoint(range[0] + below(range[1] - range[0] + 1));
    }
    return text.toString();
  }
}
