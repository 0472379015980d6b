package dev.keepwarm.simulation;

import dev.keepwarm.simulation.PatchedCode.Edit;
import java.util.List;

/**
 * Deliberate bugs of the protocol in production code, each as an edit of its sources. Who adds a
 * rule to the protocol adds the bug of leaving it out.
 */
enum Bug {
  /** A put does not look at the fence. */
  PUT_IGNORES_FENCE(
      in(
          Place.TABLE,
          "request.conditionExpression( fence + \" AND (",
          "request.conditionExpression( \"(#fence = :fence OR #fence <> :fence)\" + \" AND (")),
  /** A put does not look at whether there is an entry. */
  PUT_IGNORES_ABSENCE(
      in(
          Place.TABLE,
          ".conditionExpression(\"attribute_not_exists(#tenant)\") .expressionAttributeNames(Map.of(\"#tenant\", EntrySchema.TENANT)); } else { Expression condition = new Expression(); String fence",
          ".conditionExpression(\"attribute_not_exists(#tenant) OR attribute_exists(#tenant)\") .expressionAttributeNames(Map.of(\"#tenant\", EntrySchema.TENANT)); } else { Expression condition = new Expression(); String fence")),
  /** A put does not look at the version that is there. */
  PUT_IGNORES_VERSION(
      in(Place.TABLE, "OR #version <= \"", "OR attribute_exists(#version) OR #version <= \"")),
  /** A put forgets the revocation that is there. */
  PUT_FORGETS_REVOCATION(
      in(
          Place.STEPS,
          "siblings, before == null ? null : before.revocation(), deletableAt(before, now))",
          "siblings, null, lifetimes.deletableAt(now))")),
  /** The source is read first, the fences only then. */
  SOURCE_READ_BEFORE_CACHE(
      in(
          Place.REFRESH,
          "CachedTenant cached = CachedTenant.read(",
          "List<SourceRow> early = source.readTenant(tenant); CachedTenant cached = CachedTenant.read("),
      in(
          Place.REFRESH,
          "cached.entries(), cached.tampered(), source.readTenant(tenant))",
          "cached.entries(), cached.tampered(), early)")),
  /** A fence is not raised: neither by a rotation nor by a burial. */
  FENCE_IS_NOT_RAISED(in(Place.TABLE, "value(\"one\", number(1))", "value(\"one\", number(0))")),
  /** A burial leaves the value in the item. */
  BURIAL_KEEPS_VALUE(
      in(
          Place.TABLE,
          "List.of( EntrySchema.SEALED, EntrySchema.DATA_KEY,",
          "List.of( EntrySchema.DATA_KEY,")),
  /** Tombstones and negative entries are deleted while refreshes that began before run on. */
  TOMBSTONE_TOO_SHORT(
      in(
          Place.LIFETIMES,
          "Math.ceilDiv(nowMillis + hard + FENCE_KEPT, 1000L)",
          "Math.ceilDiv(nowMillis, 1000L) + 2")),
  /** The marker of a revocation is deleted like any tombstone. */
  REVOCATION_EXPIRES(
      in(
          Place.TABLE,
          "remove = e.name(EntrySchema.TTL); condition",
          "remove = e.name(EntrySchema.PROBE + \"s\"); set = set + \", \" + e.set(EntrySchema.TTL, number(revocation.at() / 1000)); condition")),
  /** A lease never lapses. */
  LEASE_NEVER_LAPSES(
      in(
          Place.TABLE,
          "+ \" <= \" + value(\"now\", number(nowMillis)) + \")\"",
          "+ \" = \" + value(\"now\", number(-1)) + \")\""),
      in(Place.RESOLVES, "&& entry.filling().until() > now", "&& entry.filling().until() > 0")),
  /** A resolve enrols nobody. */
  RESOLVE_ENROLS_NOBODY(
      in(
          Place.DECRYPTOR,
          "ports.wheel.enrol(tenant)) { tally.event(",
          "!ports.wheel.isEnrolled(tenant)) { tally.event(")),
  /** The tenant's entries are read eventually consistent. */
  REFRESH_READS_LAG(
      in(
          Place.TABLE,
          ".consistentRead(true) .keyConditionExpression(",
          ".consistentRead(false) .keyConditionExpression(")),
  /** A reader's entry is read eventually consistent. */
  READS_LAG(in(Place.TABLE, ".key(key(id)).consistentRead(true)", ".key(key(id))")),
  /** A change that failed is acknowledged. */
  FAILURE_ACKNOWLEDGED(in(Place.DECRYPTOR, "if (!done.get(i)) {", "if (false) {")),
  /** A failed rotation leaves the old value, and is acknowledged. */
  FAILED_ROTATION_KEEPS_VALUE(
      in(Place.CHANGES, "return outcome == null || !outcome.isSettled();", "return false;"),
      in(Place.DECRYPTOR, "if (!done.get(i)) {", "if (false) {")),
  /** A reader's near cache does not notice that an entry expires. */
  NEAR_IGNORES_HARD_EXPIRY(
      in(
          Place.NEAR_ENTRY,
          "return nowMillis < found.hardExpiresAt() && tick - goneFrom < 0;",
          "return true;")),
  /** A reader keeps near entries longer than it promises. */
  NEAR_TTL_TOO_LONG(
      in(
          Place.NEAR_CACHE,
          "this.freshNanos = nearTtl.toNanos();",
          "this.freshNanos = nearTtl.toNanos() * 10;")),
  /** A reader uses whatever the table has not deleted yet. */
  READER_IGNORES_HARD_EXPIRY(
      in(Place.READING, "entry.isWarm(nowMillis)", "true"),
      in(Place.LOOKUPS, "return sealed.isLive(clock.millis()) ?", "return true ?"),
      in(
          Place.NEAR_ENTRY,
          "return nowMillis < found.hardExpiresAt() && tick - goneFrom < 0;",
          "return true;")),
  /** The warmer moves the cursor first and publishes then. */
  PUBLISH_AFTER_ADVANCE(
      in(
          Place.WARMER,
          "publish(next, end, millisLeft, tally); Wheel.Cursor passed = turn.cursor(end); if (!wheel.advance(cursor, passed)) { return true; }",
          "Wheel.Cursor passed = turn.cursor(end); if (!wheel.advance(cursor, passed)) { return true; } publish(next, end, millisLeft, tally);")),
  /** The warmer takes a partly failed publication for a good one. */
  REFUSED_EVENTS_IGNORED(
      in(
          Place.WARMER,
          "List<Event> left = send(events);",
          "List<Event> left = send(events).subList(0, 0);"));

  /** Which source. */
  private enum Place {
    TABLE("core/src/main/java/dev/keepwarm/core/DynamoCacheTable.java"),
    LIFETIMES("core/src/main/java/dev/keepwarm/core/Lifetimes.java"),
    DECRYPTOR("decryptor/src/main/java/dev/keepwarm/decryptor/Decryptor.java"),
    CHANGES("decryptor/src/main/java/dev/keepwarm/decryptor/Changes.java"),
    REFRESH("decryptor/src/main/java/dev/keepwarm/decryptor/TenantRefresh.java"),
    STEPS("decryptor/src/main/java/dev/keepwarm/decryptor/Steps.java"),
    RESOLVES("decryptor/src/main/java/dev/keepwarm/decryptor/Resolves.java"),
    NEAR_CACHE("cache-reader/java/src/main/java/dev/keepwarm/reader/NearCache.java"),
    NEAR_ENTRY("cache-reader/java/src/main/java/dev/keepwarm/reader/NearEntry.java"),
    READING("cache-reader/java/src/main/java/dev/keepwarm/reader/Reading.java"),
    LOOKUPS("cache-reader/java/src/main/java/dev/keepwarm/reader/Lookups.java"),
    WARMER("warmer/src/main/java/dev/keepwarm/warmer/Warmer.java");

    private final String file;

    Place(String file) {
      this.file = file;
    }
  }

  private final List<Edit> edits;

  Bug(Edit... edits) {
    this.edits = List.of(edits);
  }

  private static Edit in(Place place, String text, String by) {
    return new Edit(place.file, text, by);
  }

  /** Everything of ours with this bug. */
  PatchedCode code() {
    return PatchedCode.of(edits);
  }
}
