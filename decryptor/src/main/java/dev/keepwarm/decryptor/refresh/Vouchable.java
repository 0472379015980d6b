package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Vouching;
import dev.keepwarm.engine.SourceRow;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * How a tenant's entries are sealed so that a freshness record can vouch for them.
 *
 * @param slot the slot of the record
 * @param signer the public key of the record's signature
 * @param sealLife how long unchanged entries need not be sealed again
 * @param ids returns the id of the tenant's state, given all its rows
 */
public record Vouchable(
    int slot, SdkBytes signer, Duration sealLife, Function<List<SourceRow>, SdkBytes> ids) {
  /** The same for one state of the tenant. */
  Sealing of(List<SourceRow> rows) {
    return new Sealing(this, ids.apply(rows));
  }

  /**
   * How entries of one state are sealed.
   *
   * @param how applies to every state
   * @param id the id of the state
   */
  record Sealing(Vouchable how, SdkBytes id) {
    /** Whether an entry is already sealed like this. */
    boolean isDone(@Nullable SealedCredential sealed, long now) {
      Vouching vouching = sealed == null ? null : sealed.vouching();
      return vouching != null
          && vouching.slot() == how.slot
          && vouching.signer().equals(how.signer)
          && vouching.id().equals(id)
          && now < vouching.sealedUntil();
    }

    /** A copy of a new sealed credential that a record can vouch for. */
    SealedCredential vouchable(
        Envelope envelope, DataKey key, CredentialId credential, SealedCredential sealed) {
      return envelope.vouchable(
          key,
          credential,
          sealed,
          sealed.sealedAt() + how.sealLife.toMillis(),
          how.slot,
          id,
          how.signer);
    }

    /** The table's {@code ttl} attribute of an entry that is sealed now, in seconds. */
    long deletableAt(long now) {
      return Math.ceilDiv(now + how.sealLife.toMillis() + Lifetimes.FENCE_KEPT, 1000L);
    }
  }
}
