package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Result;

/** Notes for the readers of the figures. */
final class Notes {
  private static final String ONE_MACHINE =
      """
      Callers, decryptors, endpoints and DynamoDB Local share the processors of one machine. With 8 \
      and 32 calls at a time these are never idle: what is measured then is mostly a queue for \
      them. On AWS, where each process has a machine of its own, waits would be about as with one \
      call; what holds is the order of the rows.\
      """;

  private static final String NO_NETWORK =
      """
      All is plain HTTP on loopback. On AWS each request takes milliseconds longer: awaiting a \
      decryptor is one to Lambda and one from there to the table, a cache read one to the table, a \
      miss some of both.\
      """;

  private static final String COLD =
      """
      A cold call finds no process of the decryptor and starts one. It is measured with 1 and with \
      8 calls at a time, all cold; 32 Java processes that start at once on two processors would \
      only tell of these. Before warm calls as many processes as they need have run. The functions \
      are stopped between invocations and have a heap as with 1 GB; all of the machine's \
      processors are theirs, where Lambda gives a part of one.\
      """;

  private static final String MISS =
      """
      The naive and the Rust decryptor answer with the credential in clear. A miss of Keepwarm does \
      more than a call of them: its reader asks the table first; the resolver takes a lease, reads \
      the tenant at cache and source, has KMS make a data key, seals and stores; the reader has KMS \
      unwrap the key. So warm it takes longer. It is what the first reader waits of a credential \
      that nobody has enrolled.\
      """;

  private static final String FIGURES =
      """
      *ms* is the median of the rounds' medians (least–most), the percentiles are of all calls: p99 \
      of 100 at least, p99.9 of 1,000. The readers are made to go to the table by `nearTtl` 0, and \
      to KMS by `dataKeyTtl` 0 besides. One reading of the clock, some 20 to 50 ns, is part of each \
      near hit.\
      """;

  private static final String DAYS =
      """
      The days are simulated: the real warmer, decryptor and Java readers with their default \
      settings (but 60 slots) on tables in memory, where each read waits what one of the calls \
      above with one call at a time waited that was of its kind. The busy day has %,d reads by %,d \
      caller processes: a sinusoid from %s to %s a second, %d times %d at once, and %d of %,d \
      credentials rotated. The quiet day has a hundredth of that, and a tenth at once.\
      """;

  private static final String ASSUMED =
      """
      Assumed in the days: tenants as popular as Zipf's law says; invocations of callers that take \
      50 to 250 ms and read once; processes that go after 7 to 10 idle minutes or 2 to 4 hours; \
      events that reach the decryptor within 2 seconds; no failures. What a caller's own start \
      costs is in no row. The decryptors serve nobody else; the fewer calls they get, the larger \
      the share of calls that meet a cold one.\
      """;

  private static final String REVOCATIONS =
      """
      With %d revocations in the busy day, each followed by a new version after two minutes, %d \
      reads met a cold resolver and %d were told that the credential is revoked. A revoked \
      credential is asked for anew every 30 seconds while somebody reads it. The warmer keeps one \
      process of the resolver initialised.\
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
