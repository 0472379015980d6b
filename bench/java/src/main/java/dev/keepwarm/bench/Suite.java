package dev.keepwarm.bench;

/** Benchmarks that belong together, run in one go. */
public interface Suite {

  /**
   * Measures.
   *
   * @param run the way to run
   * @return the result
   * @throws Exception if a measurement fails; then there is no result
   */
  Result measure(Run run) throws Exception;
}
