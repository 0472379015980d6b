package dev.keepwarm.bench.work;

import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.engine.SourceRow;
import java.util.Arrays;

/**
 * The unavoidable work of a refresh: decode and seal. It already has the original and the data key.
 * Thread-safe.
 */
record Floor(Decoder decoder, Envelope envelope, DataKey key, Lifetimes lifetimes) {

  /** The entry to put. */
  Entry refresh(SourceRow.Original row, long now) {
    if (!(decoder.decode(row) instanceof Decoder.Decoded decoded)) {
      throw new IllegalStateException("an original of the benchmark does not decode");
    }
    byte[] plaintext = decoded.plaintext();
    SealedCredential sealed =
        envelope.seal(key, row.id(), row.version(), now, lifetimes, plaintext);
    Arrays.fill(plaintext, (byte) 0);
    return Entry.ready(row.id(), 0, sealed, Tenants.CREDENTIALS, null, lifetimes.deletableAt(now));
  }
}
