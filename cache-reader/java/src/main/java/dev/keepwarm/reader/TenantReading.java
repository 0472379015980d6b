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
 * The meaning of a tenant's entries to a reader at one moment.
 *
 * @param live entries that may be used
 * @param refusals by name, why a credential is refused, {@code NOT_FOUND} included
 * @param gone tombstones, which say nothing about the source
 * @param lapsed entries past their hard expiry
 * @param failures by name, why a credential has no usable entry
 * @param siblings how many credentials the tenant had when the newest entry was written, revoked
 *     ones included; 0 if no entry has the number
 * @param agreed whether all entries have the same number. Of two concurrent writes the later one
 *     may have read the source earlier, so the number of the newest entry may not be the newest
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
   * Reads an answer of the table or the decryptor.
   *
   * @param isVouched whether a freshness record vouches for an entry past its hard expiry
   * @param others additional known failures, of names that need not be among the members
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
   * For the decryptor's answer, which is final: the names of credentials that the source has but
   * that have no usable entry.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} if the answer does not name all of them
   */
  List<String> unavailable() {
    Stream<Entry> unavailable = lapsed.stream();
    int missing = siblings - answered() - lapsed.size();
    if (missing > gone.size()) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE, "the decryptor's response does not have all credentials");
    }
    if (missing > 0) {
      // Some of the tombstones belong to credentials that exist. The answer does not say which.
      unavailable = Stream.concat(unavailable, gone.stream());
    }
    return unavailable.map(entry -> entry.id().name()).toList();
  }

  /**
   * Whether the decryptor writes the entry again when the number of credentials has changed, or
   * soon enough. It does not do so for a negative entry of a credential that the source does not
   * have: that stays unchanged until it is deleted.
   */
  private static boolean isWrittenAnew(Entry entry, long nowMillis) {
    return entry.failure() == null
        || entry.failure().errorCode() != ErrorCode.NOT_FOUND
        || nowMillis < entry.failure().retryAt();
  }

  /** How many of the source's credentials have an answer: a value or a failure. */
  private int answered() {
    return live.size()
        + failures.size()
        + (int)
            refusals.values().stream()
                .filter(refusal -> refusal.code() != ErrorCode.NOT_FOUND)
                .count();
  }
}
