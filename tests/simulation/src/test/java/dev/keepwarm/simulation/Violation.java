package dev.keepwarm.simulation;

/** An invariant that did not hold. Not an exception that any code of ours catches. */
final class Violation extends Error {
  private static final long serialVersionUID = 1;

  Violation(String message) {
    super(message);
  }
}
