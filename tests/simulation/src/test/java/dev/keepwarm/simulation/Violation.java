package dev.keepwarm.simulation;

/** An invariant that did not hold. None of our code catches it. */
final class Violation extends Error {
  private static final long serialVersionUID = 1;

  Violation(String message) {
    super(message);
  }
}
