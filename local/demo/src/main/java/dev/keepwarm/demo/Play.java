package dev.keepwarm.demo;

import java.io.PrintStream;
import java.util.Map;

/** A demo. Not thread-safe. */
interface Play {
  /**
   * Runs the demo. The functions continue until the stack is closed. A failure becomes a failed
   * check, so that there is always a report.
   *
   * @param metrics where its readers print their metrics
   */
  DemoReport run(PrintStream metrics) throws InterruptedException;

  /** Keepwarm's settings that differ from the default, for the console to show. */
  Map<String, String> settings();
}
