package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a newer credential than a rejected one, bypassing all caches. A reader that does not
 * resolve on a miss bypasses only its near cache.
 */
final class NewerLookup implements Work<NearEntry> {
  /** The rejected version: all callers with the same rejected version share one lookup. */
  record Rejected(CredentialId id, long version) {}

  private final Lookups lookups;
  private final Rejections rejections;
  private final Credential rejected;
  private final Supplier<@Nullable NearEntry> known;
  private final Lookups.Begun begun;
  private final Progress progress = new Progress();

  /** Set while it checks known results: a failure then repeats that of an earlier lookup. */
  private volatile boolean repeats;

  /**
   * A lookup that does not run yet.
   *
   * @param known returns the known successor; null if a lookup is necessary. The caller has checked
   *     this before, but another lookup may have ended since
   */
  NewerLookup(
      Lookups lookups,
      Rejections rejections,
      Credential rejected,
      Supplier<@Nullable NearEntry> known) {
    this.lookups = lookups;
    this.rejections = rejections;
    this.rejected = rejected;
    this.known = known;
    this.begun = lookups.begin(lookups.near().epochs().of(rejected.id()));
  }

  @Override
  public String what() {
    return rejected.id().toString();
  }

  @Override
  public String asked() {
    return progress.asked();
  }

  @Override
  public boolean isShared() {
    return rejections.isShared(begun);
  }

  @Override
  public NearEntry run() {
    repeats = true;
    NearEntry there = known.get();
    repeats = false;
    if (there != null) {
      return there;
    }
    CredentialId id = rejected.id();
    NearEntry found;
    if (lookups.onMiss() == OnMiss.RESOLVE) {
      found = lookups.resolve(id, rejected.version(), progress);
    } else {
      found = lookups.answered(id, lookups.remote().read(id), begun.at(), progress);
    }
    lookups.near().keep(id, found, begun.in());
    rejections.answered(rejected, found, begun);
    lookups.ended(begun);
    return found;
  }

  @Override
  public NearEntry failed(KeepwarmException failure, boolean frozen) {
    if (!repeats) {
      lookups.counters().count(failure);
      rejections.unanswered(rejected, failure, begun);
    }
    throw failure;
  }
}
