package dev.keepwarm.simulation;

/** A process stopped. Not an exception that any code of ours catches. */
final class Crash extends Error {
  private static final long serialVersionUID = 1;

  Crash() {
    super(null, null, false, false);
  }
}
