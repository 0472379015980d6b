package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Result;

/** Notes for the readers of the figures. */
final class Notes {
  private static final String ONE_MACHINE =
      """
      Callers, decryptors, endpoints and DynamoDB Local share the processors of one machine. With \
      8 and 32 calls at a time the processors are never idle, and most of the wait is queueing for \
      them. On AWS each process has a machine of its own, so waits would be about as long as with \
      one call at a time. The order of the rows still holds.\
      """;

  private static final String NO_NETWORK =
      """
      Everything uses plain HTTP on loopback. On AWS each request takes milliseconds longer. A \
      call of a decryptor makes one request to Lambda and, from there, one to the table. A cache \
      read makes one request to the table. A miss makes several of both kinds.\
      """;

  private static final String COLD =
      """
      A cold call finds no process of the decryptor and starts one. Cold calls are measured with 1 \
      and with 8 calls at a time, all cold. With 32 Java processes starting at once on two \
      processors, the figures would show only contention. Before warm calls are measured, all the \
      processes that they need have been started. The functions are stopped between invocations \
      and have the heap of a function with 1 GB. They may use all of the machine's processors, \
      whereas Lambda would give them a part of one.\
      """;

  private static final String MISS =
      """
      The naive and the Rust decryptor return the credential in plaintext. A miss of Keepwarm does \
      more than a call of theirs. First its reader reads the table. The resolver takes a lease, \
      reads the tenant in the cache and the source, has KMS make a data key, seals and stores. \
      Then the reader has KMS unwrap the key. So a warm miss takes longer than a call of a warm \
      decryptor. This is how long the first reader waits for a credential that nobody has \
      enrolled.\
      """;

  private static final String FIGURES =
      """
      *ms* is the median of the rounds' medians (least–most). Percentiles are of all calls: p99 of \
      at least 100 calls, p99.9 of at least 1,000. With `nearTtl` 0 the readers read the table, \
      and with `dataKeyTtl` 0 they also call KMS. Each near hit includes one reading of the clock, \
      which takes 20 to 50 ns.\
      """;

  private static final String DAYS =
      """
      The days are simulated: the real warmer, decryptor and Java readers run with their default \
      settings (but 60 slots) on tables in memory. There, each read takes as long as a measured \
      call of its kind, with one call at a time. The busy day has %,d reads by %,d caller \
      processes. The rate of reads follows a sinusoid from %s to %s a second. %d times in the day, \
      %d callers start at once. The source rotates %d of %,d credentials. The quiet day has a \
      hundredth of the reads, and a tenth of the callers that start at once.\
      """;

  private static final String ASSUMED =
      """
      The days make these assumptions. The popularity of tenants follows Zipf's law. An invocation \
      of a caller takes 50 to 250 ms and reads once. The callers and decryptors are processes that \
      end after 7 to 10 idle minutes or after 2 to 4 hours. Events reach the decryptor within 2 \
      seconds. Nothing fails. No row includes the time that a caller itself takes to start. The \
      decryptors serve nobody else: the fewer calls they get, the larger is the share of calls \
      that meet a cold one.\
      """;

  private static final String REVOCATIONS =
      """
      With %d revocations in the busy day, each followed by a new version after two minutes, %d \
      reads met a cold resolver and %d were told that the credential is revoked. While somebody \
      reads a revoked credential, the reader asks for it again every 30 seconds. The warmer keeps \
      one process of the resolver initialised.\
      """;

  private Notes() {}

  /** Adds the notes on the measured calls. */
  static void onCalls(Result result, Deployment deployment) {
    deployment.missing().forEach(reason -> result.note("Not measured: " + reason + "."));
    for (String note : new String[] {FIGURES, COLD, MISS, ONE_MACHINE, NO_NETWORK}) {
      result.note(note);
    }
    result.note("The resolver ran from " + deployment.resolverCode() + ".");
  }

  /** Adds the notes on the simulated days. */
  static void onDays(Result result, Traffic busy, Played revoking) {
    Traffic.Shape shape = busy.shape();
    result.note(
        DAYS.formatted(
            busy.reads(),
            busy.callers(),
            shape.least(),
            shape.most(),
            shape.scaleOuts(),
            shape.atOnce(),
            shape.rotations(),
            busy.credentials()));
    result.note(ASSUMED);
    result.note(
        REVOCATIONS.formatted(
            revoking.traffic().revocations().length,
            revoking.count(Kind.COLD),
            revoking.refused()));
  }
}
