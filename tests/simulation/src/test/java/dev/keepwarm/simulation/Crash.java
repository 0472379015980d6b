package dev.keepwarm.simulation;

/** A process stopped. None of our code catches it. */
final class Crash extends Error {
  private static final long serialVersionUID = 1;

  Crash() {
    super(null, null, false, false);
  }
}
