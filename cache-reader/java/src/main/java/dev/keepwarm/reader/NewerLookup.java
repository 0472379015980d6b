package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.KeepwarmException;

/**
 * Looks past all caches for something newer than a credential that was rejected. A reader that does
 * not resolve on a miss looks past its near cache only.
 */
final class NewerLookup implements Work<NearEntry> {
  /** What was rejected: callers that were rejected alike share one lookup. */
  record Rejected(CredentialId id, long version) {}

  private final Lookups lookups;
  private final Rejected rejected;
  private final long begunIn;

  NewerLookup(Lookups lookups, Rejected rejected) {
    this.lookups = lookups;
    this.rejected = rejected;
    this.begunIn = lookups.near().epoch();
  }

  @Override
  public NearEntry run() {
    CredentialId id = rejected.id();
    long readAt = lookups.ticker().getAsLong();
    Entry entry =
        lookups.onMiss() == OnMiss.RESOLVE
            ? lookups.remote().resolve(id, rejected.version())
            : lookups.remote().read(id);
    NearEntry found = lookups.answered(id, entry, readAt);
    lookups.near().keep(id, found, begunIn);
    return found;
  }

  @Override
  public NearEntry failed(KeepwarmException failure) {
    lookups.counters().count(failure);
    throw failure;
  }
}
