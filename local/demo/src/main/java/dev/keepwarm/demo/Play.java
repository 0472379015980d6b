package dev.keepwarm.demo;

import java.io.PrintStream;
import java.util.Map;

/** A demo. Not thread-safe. */
interface Play {
  /**
   * Runs it all; the functions go on until the stack is closed. What fails is a check that does not
   * hold, so that there always is a report.
   *
   * @param metrics where its readers print their metrics
   */
  DemoReport run(PrintStream metrics) throws InterruptedException;

  /** Those of Keepwarm's settings that are not the default, for whoever looks at it. */
  Map<String, String> settings();
}
