package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Vouching;
import dev.keepwarm.engine.SourceRow;
import java.time.Duration;
import java.util.Collection;
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
 * @param ids returns the ids of the tenant's state, given all its rows
 */
public record Vouchable(
    int slot, SdkBytes signer, Duration sealLife, Function<List<SourceRow>, Ids> ids) {
  /**
   * The ids of one state of a tenant.
   *
   * @param current its id in this period
   * @param next its id in the next period, which a decryptor whose clock is ahead uses already
   */
  public record Ids(SdkBytes current, SdkBytes next) {}

  /**
   * The same for one state of the tenant. If an entry carries the id of the next period, that id is
   * used: the decryptor that sealed it is about to note that id.
   *
   * @param rows all rows of the tenant
   * @param sealed what its entries hold
   */
  Sealing of(List<SourceRow> rows, Collection<SealedCredential> sealed) {
    Ids state = ids.apply(rows);
    boolean isOfNext =
        sealed.stream()
            .map(SealedCredential::vouching)
            .anyMatch(vouching -> vouching != null && vouching.id().equals(state.next));
    return new Sealing(this, isOfNext ? state.next : state.current);
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
