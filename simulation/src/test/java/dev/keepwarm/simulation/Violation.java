package dev.keepwarm.simulation;

/** An invariant that did not hold. */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1;

  Violation(String message) {
    super(message);
  }
}
