package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.SealedCredential;
import org.jspecify.annotations.Nullable;

/**
 * Looks one credential up in the cache table and, on a miss, does what {@link OnMiss} says.
 *
 * <p>In an outage, the near entry is served until its hard expiry. Once the table has answered,
 * this applies only if the answer has the same version: any other answer (a tombstone, another
 * version, no item) is newer than the near entry. If there was no answer because this process was
 * frozen, that is not an outage, and the near entry is not served.
 */
final class CredentialLookup implements Work<NearEntry> {
  private final Lookups lookups;
  private final CredentialId id;
  private final boolean refresh;
  private final Lookups.Begun begun;
  private final Progress progress = new Progress();

  /** The near entry that may be served in an outage, while it is still near; null if none. */
  private final @Nullable NearEntry spare;

  /** Whether the table has answered and the answer was a miss. */
  private volatile boolean missed;

  /**
   * The table's entry if it is sealed under a KMS key that is not configured here; otherwise null.
   * The decryptor would return it again, so it must be told to seal it again. Only the lookup's
   * thread uses this field.
   */
  private @Nullable SealedCredential unopened;

  /**
   * The credential in the table, which has expired if this lookup misses; null if there is none.
   * The decryptor most probably seals under the same data key. Only the lookup's thread uses this
   * field.
   */
  private @Nullable SealedCredential expired;

  /**
   * A lookup that begins now.
   *
   * @param near the near cache's entry of the credential; null if it has none
   * @param refresh whether to ask the table although the near entry is fresh
   */
  CredentialLookup(Lookups lookups, CredentialId id, @Nullable NearEntry near, boolean refresh) {
    this.lookups = lookups;
    this.id = id;
    this.refresh = refresh;
    this.begun = lookups.begin(lookups.near().epochs().of(id));
    this.spare = near != null && near.found() instanceof Found.Usable ? near : null;
  }

  @Override
  public String what() {
    return id.toString();
  }

  @Override
  public String asked() {
    return progress.asked();
  }

  @Override
  public boolean isShared() {
    return lookups.isShared(begun);
  }

  @Override
  public NearEntry run() {
    if (!refresh) {
      // Another lookup may have ended since this caller read the near cache.
      NearEntry meanwhile = lookups.near().find(id);
      if (meanwhile != null && lookups.isFresh(meanwhile)) {
        return meanwhile;
      }
    }
    NearEntry found = readTable();
    if (found == null) {
      found = miss();
    }
    lookups.near().keep(id, found, begun.in());
    lookups.ended(begun);
    return found;
  }

  @Override
  public NearEntry failed(KeepwarmException failure, boolean frozen) {
    lookups.counters().count(failure);
    if (Failures.isOutage(failure) && !missed) {
      if (!frozen) {
        lookups.counters().outages.increment();
        NearEntry prolonged = spare == null ? null : lookups.near().prolong(id);
        if (prolonged != null) {
          return prolonged;
        }
      }
    } else if (spare != null) {
      lookups.near().drop(id, spare);
    }
    throw failure;
  }

  /** Asks the table once; null on a miss. An entry under another KMS key counts as a miss. */
  private @Nullable NearEntry readTable() {
    Moment readAt = lookups.clocks().now();
    progress.asks(Progress.TABLE);
    Entry entry = lookups.remote().read(id);
    expired = entry != null && entry.content() instanceof Entry.Ready ready ? ready.sealed() : null;
    Reading reading = Reading.ofTable(entry, lookups.clocks().millis());
    if (spare != null && !confirms(reading, spare)) {
      lookups.near().drop(id, spare);
    }
    Reading.Settled settled = lookups.settled(id, reading, readAt);
    if (spare != null && settled instanceof Reading.Missing) {
      lookups.near().drop(id, spare);
    }
    return switch (settled) {
      case Reading.Live live -> open(live.sealed(), readAt);
      case Refusal refusal -> lookups.near().entry(refusal, readAt);
      case Reading.Missing missing -> null;
    };
  }

  private @Nullable NearEntry open(SealedCredential sealed, Moment readAt) {
    if (unopened != null && unopened.dataKey().equals(sealed.dataKey())) {
      return null;
    }
    try {
      return lookups.open(id, sealed, readAt, progress);
    } catch (WrongKeyException e) {
      lookups.counters().wrongKeys.increment();
      unopened = sealed;
      return null;
    }
  }

  private NearEntry miss() {
    missed = true;
    lookups.counters().misses.increment();
    return switch (lookups.onMiss()) {
      case RESOLVE -> {
        if (unopened == null && expired != null) {
          lookups.remote().unwrapBeside(id.tenant(), expired);
        }
        yield lookups.resolve(id, unopened == null ? null : unopened.version(), progress);
      }
      case WAIT -> lookups.poll(this::readTable);
      case FAIL ->
          throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the cache has no usable entry");
    };
  }

  private static boolean confirms(Reading reading, NearEntry near) {
    SealedCredential sealed =
        switch (reading) {
          case Reading.Live live -> live.sealed();
          case Reading.Vouchable vouchable -> vouchable.sealed();
          case Refusal refusal -> null;
          case Reading.Missing missing -> null;
        };
    return sealed != null
        && near.found() instanceof Found.Usable usable
        && sealed.version() == usable.credential().version();
  }
}
