package dev.keepwarm.bench.peers;

/** The result of building a peer. */
public sealed interface Build {
  /**
   * The peer is built.
   *
   * @param peer ready to start
   */
  record Built(Peer peer) implements Build {}

  /**
   * This machine cannot build it.
   *
   * @param reason for the result's notes
   */
  record Missing(String reason) implements Build {}
}
