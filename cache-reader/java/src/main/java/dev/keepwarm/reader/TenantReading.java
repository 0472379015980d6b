package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.SealedCredential;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a tenant's entries mean to a reader at one moment.
 *
 * @param live entries that may be used
 * @param refusals names of what cannot be had, and why; {@code NOT_FOUND} among them
 * @param gone tombstones, which say nothing about the source
 * @param lapsed entries past their hard expiry
 * @param failures names of what has no entry that can be used, and why
 * @param siblings how many credentials the tenant had when the newest entry was written, revoked
 *     ones among them; 0 if no entry knows
 * @param agreed whether all entries say that there are as many. Of two writes side by side the last
 *     one may have read the source first, so the newest alone need not know best
 * @param vouched whether an entry is so young that its {@code siblings} can be relied on
 */
record TenantReading(
    List<Entry> live,
    Map<String, Refusal> refusals,
    List<Entry> gone,
    List<Entry> lapsed,
    Map<String, ErrorCode> failures,
    int siblings,
    boolean agreed,
    boolean vouched) {

  /**
   * Reads what the table or the decryptor says.
   *
   * @param isVouched whether a freshness record vouches for an entry past its hard expiry
   * @param others failures that are known besides, of names that need not be among the members
   */
  static TenantReading of(
      TenantMembers members,
      Map<String, ErrorCode> others,
      Predicate<SealedCredential> isVouched,
      long nowMillis) {
    List<Entry> live = new ArrayList<>();
    Map<String, Refusal> refusals = new HashMap<>();
    List<Entry> gone = new ArrayList<>();
    List<Entry> lapsed = new ArrayList<>();
    Map<String, ErrorCode> failures = new HashMap<>(others);
    failures.putAll(members.failures());
    Set<Integer> counts = new HashSet<>();
    int siblings = 0;
    long newest = Long.MIN_VALUE;
    boolean vouched = false;
    for (Entry entry : members.entries()) {
      failures.remove(entry.id().name());
      if (entry.siblings() != null && entry.writtenAt() != null && entry.writtenAt() > newest) {
        newest = entry.writtenAt();
        siblings = entry.siblings();
      }
      if (entry.siblings() != null && isWrittenAnew(entry, nowMillis)) {
        counts.add(entry.siblings());
      }
      switch (Reading.ofAnswer(entry, nowMillis)) {
        case Reading.Live usable -> {
          live.add(entry);
          vouched = true;
        }
        case Refusal refusal -> {
          refusals.put(entry.id().name(), refusal);
          vouched |= entry.state() == EntryState.FAILED && nowMillis < refusal.retryAt();
        }
        case Reading.Vouchable vouchable when isVouched.test(vouchable.sealed()) -> {
          live.add(entry);
          vouched = true;
        }
        case Reading.Vouchable vouchable -> lapsed.add(entry);
        case Reading.Missing missing -> {
          if (entry.state() == EntryState.READY) {
            lapsed.add(entry);
          } else {
            gone.add(entry);
          }
        }
      }
    }
    return new TenantReading(
        live, refusals, gone, lapsed, failures, siblings, counts.size() <= 1, vouched);
  }

  /** Whether these are, for certain, all of the tenant's credentials. */
  boolean isComplete() {
    return vouched && agreed && gone.isEmpty() && lapsed.isEmpty() && answered() >= siblings;
  }

  /**
   * Of the decryptor's answer, which is as good as it gets: the names that the source has and for
   * which there is nothing usable.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} if some of them are not even named
   */
  List<String> unavailable() {
    Stream<Entry> unavailable = lapsed.stream();
    int missing = siblings - answered() - lapsed.size();
    if (missing > gone.size()) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE, "the decryptor's response does not have all credentials");
    }
    if (missing > 0) {
      // Some of the tombstones are of credentials that exist, and it does not say which.
      unavailable = Stream.concat(unavailable, gone.stream());
    }
    return unavailable.map(entry -> entry.id().name()).toList();
  }

  /**
   * Whether the decryptor writes the entry anew when the number of credentials has changed, or soon
   * enough: a negative entry of what the source does not have stays as it is, until it is deleted.
   */
  private static boolean isWrittenAnew(Entry entry, long nowMillis) {
    return entry.failure() == null
        || entry.failure().errorCode() != ErrorCode.NOT_FOUND
        || nowMillis < entry.failure().retryAt();
  }

  /** How many of the source's credentials there is an answer for: the value, or why not. */
  private int answered() {
    return live.size()
        + failures.size()
        + (int)
            refusals.values().stream()
                .filter(refusal -> refusal.code() != ErrorCode.NOT_FOUND)
                .count();
  }
}
