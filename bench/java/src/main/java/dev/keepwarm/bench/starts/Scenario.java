package dev.keepwarm.bench.starts;

/**
 * The conditions under which functions are started.
 *
 * @param tls whether they reach AWS over TLS
 * @param oneCpu whether they have one processor, or what the machine has
 * @param rounds how often each is started
 */
record Scenario(boolean tls, boolean oneCpu, int rounds) {

  /** The id of its table, for example {@code tls-1}. */
  String id() {
    return (tls ? "tls" : "http") + (oneCpu ? "-1" : "-2");
  }

  /** The label in titles. */
  String label() {
    return (tls ? "over TLS" : "over HTTP") + (oneCpu ? ", one CPU" : ", two CPUs");
  }
}
