package dev.keepwarm.bench.starts;

/**
 * Under what circumstances functions are started.
 *
 * @param tls whether they reach AWS by TLS
 * @param oneCpu whether they have one processor, or what the machine has
 * @param rounds how often each is started
 */
record Scenario(boolean tls, boolean oneCpu, int rounds) {

  /** Of the tables, {@code tls-1} for example. */
  String id() {
    return (tls ? "tls" : "http") + (oneCpu ? "-1" : "-2");
  }

  /** For titles. */
  String label() {
    return (tls ? "over TLS" : "over HTTP") + (oneCpu ? ", one CPU" : ", two CPUs");
  }
}
