package dev.keepwarm.infra;

/** In which form a function's code is deployed. */
public enum CodeForm {
  /** The managed Java 25 runtime on arm64, started from a snapshot (SnapStart). */
  MANAGED,
  /** {@code provided.al2023} with a JRE and an AOT cache of its own, both in the zip. */
  PINNED
}
