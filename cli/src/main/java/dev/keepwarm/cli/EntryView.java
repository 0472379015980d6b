package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The printed form of an entry: everything except the sealed value.
 *
 * @param entry the entry
 * @param now the current time, in milliseconds since the epoch
 * @param freshUntil until when readers may use it because a freshness record vouches for it, in
 *     milliseconds since the epoch; null if none does
 */
record EntryView(Entry entry, long now, @Nullable Long freshUntil) {
  private static final String MALFORMED = "malformed";

  /** The printed form of an entry at the time of the records. */
  static EntryView of(Entry entry, FreshRecords records) {
    return new EntryView(entry, records.now(), records.freshUntil(entry));
  }

  /** The heading for {@link #addTo}. */
  static Table table() {
    return new Table("NAME", "CONDITION", "VERSION", "AGE", "EXPIRES IN", "");
  }

  /** Adds a row for a malformed item. */
  static void addMalformed(Table table, CredentialId id) {
    table.add(id.name(), MALFORMED, "-", "-", "-", "keepwarm invalidate repairs it");
  }

  /** The JSON of a malformed item: nothing in it can be trusted. */
  static Map<String, @Nullable Object> jsonOfMalformed(CredentialId id) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("tenant", id.tenant());
    json.put("name", id.name());
    json.put("condition", MALFORMED);
    return json;
  }

  Condition condition() {
    return Condition.of(entry, now, freshUntil);
  }

  /** Adds a row. */
  void addTo(Table table) {
    SealedCredential sealed = entry.sealed();
    table.add(
        entry.id().name(),
        condition().text(),
        entry.version() == null ? "-" : entry.version().toString(),
        entry.writtenAt() == null ? "-" : Ages.text(now - entry.writtenAt()),
        sealed == null ? "-" : expiresIn(sealed),
        remark());
  }

  /** Adds one row per attribute. */
  void addAttributesTo(Table table) {
    SealedCredential sealed = entry.sealed();
    table.add("condition", condition().text(), remark());
    table.add("state", entry.state().name(), "");
    table.add("fence", Long.toString(entry.fence()), "");
    addIfPresent(
        table, entry.state() == EntryState.INVALID ? "seen version" : "version", entry.version());
    if (entry.evidence().announced() != null && entry.evidence().announcedAt() != null) {
      table.add(
          "awaited version", entry.evidence().announced().toString(), "not seen at the source");
      addTime(table, "awaited until", awaitedUntil(entry.evidence().announcedAt()));
    }
    if (sealed != null) {
      addTime(table, "sealed", sealed.sealedAt());
      addTime(table, "soft expiry", sealed.softExpiresAt());
      addTime(table, "hard expiry", sealed.hardExpiresAt());
      if (freshUntil != null) {
        addTime(table, "fresh until", freshUntil);
      }
      if (sealed.vouching() != null) {
        addTime(table, "sealed until", sealed.vouching().sealedUntil());
      }
      addTime(table, "data key made", sealed.dataKeyCreatedAt());
    }
    if (entry.failure() != null) {
      table.add("failure", entry.failure().code(), "");
      addTime(table, "retry", entry.failure().retryAt());
    }
    Revocation revocation = entry.revocation();
    if (revocation != null && !revocation.isLifted()) {
      table.add(
          "revoked up to",
          revocation.isPending() ? "every version" : Long.toString(revocation.version()),
          revocation.isPending() ? "the source has not been read yet" : "version");
      addTime(table, "revoked", revocation.at());
    }
    if (revocation != null && revocation.unrevokedFor() != null) {
      addTime(table, "unrevoked", revocation.unrevokedFor());
    }
    addIfPresent(table, "siblings", entry.siblings());
    if (entry.filling() != null) {
      addTime(table, "resolve until", entry.filling().until());
    }
  }

  /** The JSON of an entry; times are milliseconds since the epoch, as in the table. */
  Map<String, @Nullable Object> json() {
    CredentialId id = entry.id();
    SealedCredential sealed = entry.sealed();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("tenant", id.tenant());
    json.put("name", id.name());
    json.put("condition", condition().text());
    json.put("state", entry.state().name());
    json.put("fence", entry.fence());
    json.put("version", entry.version());
    json.put("ageMillis", entry.writtenAt() == null ? null : now - entry.writtenAt());
    json.put("sealedAt", sealed == null ? null : sealed.sealedAt());
    json.put("softExpiresAt", sealed == null ? null : sealed.softExpiresAt());
    json.put("hardExpiresAt", sealed == null ? null : sealed.hardExpiresAt());
    if (sealed != null && sealed.vouching() != null) {
      json.put("freshUntil", freshUntil);
      json.put("sealedUntil", sealed.vouching().sealedUntil());
    }
    json.put("dataKeyCreatedAt", sealed == null ? null : sealed.dataKeyCreatedAt());
    json.put("failure", entry.failure() == null ? null : entry.failure().code());
    json.put("retryAt", retryAt());
    json.put("awaitedVersion", entry.evidence().announced());
    json.put(
        "awaitedUntil",
        entry.evidence().announcedAt() == null
            ? null
            : awaitedUntil(entry.evidence().announcedAt()));
    Revocation revocation = entry.revocation();
    Revocation live = revocation == null || revocation.isLifted() ? null : revocation;
    json.put("revokedVersion", live == null ? null : live.version());
    json.put("revokedAt", live == null ? null : live.at());
    json.put("unrevokedAt", revocation == null ? null : revocation.unrevokedFor());
    json.put("siblings", entry.siblings());
    return json;
  }

  private @Nullable Long retryAt() {
    if (entry.failure() != null) {
      return entry.failure().retryAt();
    }
    Revocation revocation = entry.revocation();
    return revocation == null || revocation.isLifted() ? null : revocation.retryAt();
  }

  private static long awaitedUntil(long announcedAt) {
    return announcedAt + Evidence.UNREACHED_AFTER;
  }

  private String remark() {
    if (entry.failure() != null) {
      return entry.failure().code();
    }
    if (entry.filling() != null && entry.filling().until() > now) {
      return "resolve in progress";
    }
    if (entry.evidence().announced() != null) {
      return "awaits version " + entry.evidence().announced();
    }
    return freshUntil == null ? "" : "fresh until " + Instant.ofEpochMilli(freshUntil);
  }

  private String expiresIn(SealedCredential sealed) {
    long until = sealed.hardExpiresAt();
    long left = (freshUntil == null ? until : Math.max(until, freshUntil)) - now;
    return left > 0 ? Ages.text(left) : "expired";
  }

  private void addTime(Table table, String label, long at) {
    String relative = at > now ? "in " + Ages.text(at - now) : Ages.text(now - at) + " ago";
    table.add(label, Instant.ofEpochMilli(at).toString(), relative);
  }

  private static void addIfPresent(Table table, String label, @Nullable Number value) {
    if (value != null) {
      table.add(label, value.toString(), "");
    }
  }
}
