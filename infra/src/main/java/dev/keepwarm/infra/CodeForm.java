package dev.keepwarm.infra;

/** The form in which a function's code is deployed. */
public enum CodeForm {
  /** The managed Java 25 runtime on arm64, which starts from a snapshot (SnapStart). */
  MANAGED,
  /** {@code provided.al2023}; the zip contains a JRE and an AOT cache. */
  PINNED
}
