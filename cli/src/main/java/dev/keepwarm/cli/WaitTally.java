package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts the results of waiting. Not thread-safe. */
final class WaitTally {
  /** The most credentials that are named. */
  private static final int NAMED = 100;

  /** How many pending credentials are named in one line. */
  private static final int NAMED_IN_LINE = 10;

  private final List<Map<String, @Nullable Object>> failures = new ArrayList<>();
  private final List<Map<String, @Nullable Object>> pendingFirst = new ArrayList<>();
  private long warm;
  private long revoked;
  private long failed;
  private long malformed;
  private long pending;

  /** Counts a target that is settled; returns false if it is not. */
  boolean settle(Target target, @Nullable Entry entry, FreshRecords records) {
    switch (target.standing(entry, records.now(), records.freshUntil(entry))) {
      case PENDING -> {
        return false;
      }
      case WARM -> warm++;
      case REVOKED -> revoked++;
      case FAILED -> {
        failed(target, entry == null || entry.failure() == null ? null : entry.failure().code());
      }
    }
    return true;
  }

  /** Counts a target whose item is malformed and not going to be repaired. */
  void malformed(Target target) {
    malformed++;
    failed(target, ErrorCode.TAMPERED.name());
  }

  private void failed(Target target, @Nullable String code) {
    failed++;
    if (failures.size() < NAMED) {
      Map<String, @Nullable Object> failure = new LinkedHashMap<>();
      failure.put("tenant", target.id().tenant());
      failure.put("name", target.id().name());
      failure.put("failure", code);
      failures.add(failure);
    }
  }

  /**
   * Counts targets that were not reached in time.
   *
   * @param targets null if the tenant's credentials are not known; then it counts as one
   */
  void pending(String tenant, @Nullable List<Target> targets) {
    if (targets == null) {
      pending(tenant, (String) null);
    } else {
      targets.forEach(target -> pending(tenant, target.id().name()));
    }
  }

  private void pending(String tenant, @Nullable String name) {
    pending++;
    if (pendingFirst.size() < NAMED) {
      Map<String, @Nullable Object> each = new LinkedHashMap<>();
      each.put("tenant", tenant);
      each.put("name", name);
      pendingFirst.add(each);
    }
  }

  /** The first pending credentials, and how many more there are. */
  private String pendingNames() {
    List<String> names = new ArrayList<>();
    for (Map<String, @Nullable Object> each :
        pendingFirst.subList(0, Math.min(NAMED_IN_LINE, pendingFirst.size()))) {
      names.add(each.get("tenant") + (each.get("name") == null ? "" : " " + each.get("name")));
    }
    long more = pending - names.size();
    return String.join(", ", names) + (more > 0 ? " and " + more + " more" : "");
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("warm", warm);
    json.put("revoked", revoked);
    json.put("failed", failed);
    json.put("pending", pending);
    json.put("pendingFirst", pendingFirst);
    json.put("failures", failures);
    return json;
  }

  /** One line, such as {@code 5 warm, 1 failed}. */
  String text() {
    List<String> parts = new ArrayList<>();
    add(parts, warm, "warm");
    add(parts, revoked, "revoked");
    add(parts, failed, "failed");
    add(parts, pending, "not ready yet");
    return parts.isEmpty() ? "nothing to wait for" : String.join(", ", parts);
  }

  /** One line per named failure. */
  List<String> failureLines() {
    return failures.stream()
        .map(each -> each.get("tenant") + " " + each.get("name") + ": " + each.get("failure"))
        .toList();
  }

  /**
   * Throws if not all targets were reached.
   *
   * @param revocation whether the targets were revocations instead of values
   */
  void require(boolean revocation) {
    if (pending > 0) {
      throw new KeepwarmException(
          ErrorCode.TIMEOUT,
          pending
              + " credentials are not ready yet: "
              + pendingNames()
              + "; the events were published");
    }
    if (malformed > 0) {
      throw new KeepwarmException(
          ErrorCode.TAMPERED,
          malformed + " credentials have malformed items; keepwarm invalidate repairs them");
    }
    if (failed > 0) {
      throw new KeepwarmException(
          ErrorCode.UNDECODABLE, failed + " credentials cannot be decoded or do not exist");
    }
    if (!revocation && revoked > 0) {
      throw new KeepwarmException(ErrorCode.REVOKED, revoked + " credentials are revoked");
    }
  }

  private static void add(List<String> parts, long count, String what) {
    if (count > 0) {
      parts.add(count + " " + what);
    }
  }
}
