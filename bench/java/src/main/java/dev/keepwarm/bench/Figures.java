package dev.keepwarm.bench;

import java.util.Arrays;

/** Summaries of measured values. */
public final class Figures {

  private Figures() {}

  /**
   * The median.
   *
   * @param values at least one, in any order
   * @return the middle one, or the mean of the two in the middle
   */
  public static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /**
   * A percentile by the nearest-rank method.
   *
   * @param sorted at least one value, in ascending order
   * @param percent above 0, at most 100
   * @return the smallest value that at least so many percent of the values do not exceed
   */
  public static double percentile(double[] sorted, double percent) {
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(0, rank - 1)];
  }

  /**
   * How many times as much time or space one variant took as another.
   *
   * @param values of the one
   * @param base of the other; if there are as many, the n-th ones were measured in the same round
   * @return the median of the rounds' ratios, or, if they were not measured by rounds, the ratio of
   *     the medians
   */
  public static double ratio(double[] values, double[] base) {
    if (values.length != base.length) {
      return median(values) / median(base);
    }
    double[] ratios = new double[values.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = values[i] / base[i];
    }
    return median(ratios);
  }
}
