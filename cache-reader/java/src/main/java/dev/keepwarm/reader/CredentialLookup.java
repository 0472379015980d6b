package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.SealedCredential;
import org.jspecify.annotations.Nullable;

/**
 * Looks one credential up in the cache table and, on a miss, further on.
 *
 * <p>If nobody answers, the near entry is served on, until its hard expiry. Once the table has
 * answered that holds only for the very version it named: anything else it said (a tombstone,
 * another version, nothing) is newer than what is near. And if there was no answer because this
 * process was frozen, that says nothing about the table, and nothing is served on.
 */
final class CredentialLookup implements Work<NearEntry> {
  private final Lookups lookups;
  private final CredentialId id;
  private final boolean refresh;
  private final Lookups.Begun begun;
  private final Progress progress = new Progress();

  /** What may be served if nobody answers, as long as it is near; null if nothing. */
  private final @Nullable NearEntry spare;

  /** Whether the table has answered and the answer was a miss. */
  private volatile boolean missed;

  /**
   * What the table has under a KMS key that is not ours; null if nothing. The decryptor has to be
   * told to seal it anew, because as far as the table says it is good. Of the lookup's thread
   * alone.
   */
  private @Nullable SealedCredential unopened;

  /**
   * What the table has past its hard expiry; null if nothing. The decryptor most probably seals
   * under the same data key. Of the lookup's thread alone.
   */
  private @Nullable SealedCredential expired;

  /**
   * A lookup that begins now.
   *
   * @param near what the near cache keeps of the credential
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
      // Another lookup may have ended between this caller's look at the near cache and now.
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

  /** Asks the table once; null on a miss, which an entry under another KMS key is, too. */
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
