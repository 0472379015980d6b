package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/** Entries for tests. */
final class Entries {
  static final CredentialId ID = new CredentialId("acme", "db/main");
  static final long NOW = 1_767_225_600_000L;

  private static final Revocation REVOCATION =
      new Revocation(4, NOW - 5, NOW - 4, NOW - 7, NOW - 8, "event-1", 3L, NOW - 9);

  private static final Evidence EVIDENCE =
      new Evidence(NOW - 10, "event-2", NOW - 11, 6L, NOW - 12, NOW - 13);

  private Entries() {}

  /** A sealed entry with every attribute that one can have. */
  static Entry ready() {
    return new Entry(
        ID,
        3,
        new Entry.Ready(
            new SealedCredential(
                5,
                SdkBytes.fromByteArray(new byte[40]),
                SdkBytes.fromByteArray(new byte[] {1, 2, 3}),
                NOW - 1,
                NOW,
                NOW + 2,
                NOW + 3),
            7,
            null),
        REVOCATION,
        new Lease("attempt-1", NOW + 6),
        1_767_230_000L,
        EVIDENCE);
  }

  /** A failed entry with every attribute that one can have. */
  static Entry failed() {
    return new Entry(
        ID,
        3,
        new Entry.Failed(5L, new Failure("BAD_PADDING", NOW + 1), 7, NOW),
        REVOCATION.withRetryAt(NOW + 1),
        new Lease("attempt-1", NOW + 6),
        1_767_230_000L,
        EVIDENCE);
  }

  /** A tombstone with every attribute that one can have. */
  static Entry tombstone() {
    return new Entry(
        ID,
        3,
        new Entry.Tombstone(5L),
        REVOCATION,
        new Lease("attempt-1", NOW + 6),
        1_767_230_000L,
        EVIDENCE);
  }

  /** Any entry that can be stored. */
  static Entry any(Property.Gen gen) {
    long retryAt = gen.number();
    Entry.Content content =
        switch (gen.oneOf(List.of(EntryState.values()))) {
          case READY -> anyReady(gen);
          case FAILED ->
              new Entry.Failed(
                  maybe(gen),
                  new Failure("CODE_" + gen.integer(0, 9), retryAt),
                  gen.integer(0, 99),
                  gen.number());
          case INVALID -> new Entry.Tombstone(maybe(gen));
        };
    return new Entry(
        gen.id(),
        gen.number(),
        content,
        gen.oneIn(3) ? revocation(gen, retryAt) : null,
        gen.oneIn(3) ? new Lease(gen.idPart(), gen.number()) : null,
        maybe(gen),
        evidence(gen));
  }

  private static Entry.Ready anyReady(Property.Gen gen) {
    SealedCredential sealed =
        new SealedCredential(
            gen.number(),
            SdkBytes.fromByteArray(gen.bytes(gen.integer(29, 300))),
            SdkBytes.fromByteArray(gen.bytes(gen.integer(1, 300))),
            gen.number(),
            gen.number(),
            gen.number(),
            gen.number());
    return new Entry.Ready(
        sealed, gen.integer(0, 99), gen.oneIn(3) ? Long.valueOf(gen.number()) : null);
  }

  private static Revocation revocation(Property.Gen gen, long retryAt) {
    return new Revocation(
        gen.number(),
        gen.number(),
        retryAt,
        maybe(gen),
        maybe(gen),
        gen.oneIn(2) ? gen.idPart() : null,
        maybe(gen),
        maybe(gen));
  }

  private static Evidence evidence(Property.Gen gen) {
    boolean awaits = gen.oneIn(2);
    return new Evidence(
        maybe(gen),
        gen.oneIn(2) ? gen.idPart() : null,
        maybe(gen),
        awaits ? Long.valueOf(gen.number()) : null,
        awaits ? Long.valueOf(gen.number()) : null,
        maybe(gen));
  }

  private static @Nullable Long maybe(Property.Gen gen) {
    return gen.oneIn(2) ? Long.valueOf(gen.number()) : null;
  }
}
