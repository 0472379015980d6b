package dev.keepwarm.demo;

/** A demo. Not thread-safe. */
interface Play {
  /**
   * Runs it all; the functions go on until the stack is closed. What fails is a check that does not
   * hold, so that there always is a report.
   */
  DemoReport run() throws InterruptedException;
}
