package dev.keepwarm.bench;

/** Benchmarks that belong together, run in one go. */
public interface Suite {

  /**
   * Measures.
   *
   * @param run how
   * @return what was measured
   * @throws Exception if something could not be measured; then there is no result
   */
  Result measure(Run run) throws Exception;
}
