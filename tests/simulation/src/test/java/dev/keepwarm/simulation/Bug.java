package dev.keepwarm.simulation;

import dev.keepwarm.simulation.PatchedCode.Edit;
import java.util.List;

/**
 * Deliberate bugs of the protocol in production code, each as an edit of its sources. If you add a
 * rule to the protocol, also add the bug of leaving it out.
 */
enum Bug {
  /** A put does not check the fence. */
  PUT_IGNORES_FENCE(
      in(
          Place.TABLE,
          "requireFence(e, before.fence()); if (entry.version() == null) {",
          "e.requireExists(EntrySchema.TENANT); if (entry.version() == null) {")),
  /** A put does not check that there is no entry. */
  PUT_IGNORES_ABSENCE(
      in(
          Place.TABLE,
          "e.requireAbsent(EntrySchema.TENANT); } else { requireFence(e, before.fence()); if"
              + " (entry.version() == null) {",
          "e.require(\"attribute_exists(#tenant) OR \" + e.isAbsent(EntrySchema.TENANT)); } else {"
              + " requireFence(e, before.fence()); if (entry.version() == null) {")),
  /** A put does not check the stored version. */
  PUT_IGNORES_VERSION(
      in(
          Place.TABLE,
          "+ \" <= \" + e.value(EntrySchema.VERSION, entry.version()))",
          "+ \" >= \" + e.value(\"least\", 0))")),
  /** A put drops the stored revocation. */
  PUT_FORGETS_REVOCATION(
      in(
          Place.WRITER,
          "siblings, before == null ? null : before.revocation(), sealedDeletableAt(before, now))",
          "siblings, null, lifetimes.deletableAt(now))")),
  /** The source is read before the fences. */
  SOURCE_READ_BEFORE_CACHE(
      in(
          Place.REFRESH,
          "CachedTenant cached = CachedTenant.read(",
          "List<SourceRow> early = source.readTenant(tenant); CachedTenant cached ="
              + " CachedTenant.read("),
      in(Place.REFRESH, "readAt, source.readTenant(tenant));", "readAt, early);")),
  /** A fill uses a later fence than that of its lease. */
  FILL_READS_FENCE_AFTER_SOURCE(
      in(
          Place.REFRESH,
          "Snapshot.of(leased, siblings.get(), revoked, readAt, rows),",
          "Snapshot.of(java.util.Objects.requireNonNullElse(cache.read(id), leased), siblings.get(), revoked, readAt, rows),")),
  /** A fence is not raised: neither by a rotation nor by a burial. */
  FENCE_IS_NOT_RAISED(in(Place.EXPRESSION, "value(\"one\", 1)", "value(\"one\", 0)")),
  /** A burial leaves the value in the item. */
  BURIAL_KEEPS_VALUE(
      in(
          Place.TABLE,
          "List.of( EntrySchema.SEALED, EntrySchema.DATA_KEY,",
          "List.of( EntrySchema.DATA_KEY,")),
  /** Tombstones and negative entries are deleted while older refreshes are still running. */
  TOMBSTONE_TOO_SHORT(
      in(
          Place.LIFETIMES,
          "Math.ceilDiv(nowMillis + hard + FENCE_KEPT, 1000L)",
          "Math.ceilDiv(nowMillis, 1000L) + 2")),
  /** The marker of a revocation is deleted like any tombstone. */
  REVOCATION_EXPIRES(
      in(
          Place.ENTRY,
          "revocation == null ? deletableAt : null,",
          "revocation == null ? deletableAt : revocation.at() / 1000,")),
  /** A lease never lapses. */
  LEASE_NEVER_LAPSES(
      in(
          Place.TABLE,
          "+ \" <= \" + e.value(\"now\", nowMillis)",
          "+ \" <= \" + e.value(\"now\", 0)"),
      in(Place.RESOLVES, "&& entry.filling().isHeld(now)", "&& entry.filling().until() > 0")),
  /** A resolve does not enrol its tenant. */
  RESOLVE_ENROLS_NOBODY(
      in(
          Place.INVOCATION,
          "if (wheel.enrol(tenant)) {",
          "if (tenant.isEmpty() && wheel.enrol(tenant)) {")),
  /** A change does not enrol its tenant. */
  CHANGE_ENROLS_NOBODY(
      in(
          Place.INVOCATION,
          "boolean unused = wheel.keep(tenant);",
          "boolean unused = tenant.isEmpty();")),
  /** The tenant's entries are read eventually consistent. */
  REFRESH_READS_LAG(
      in(
          Place.ENTRY_TABLE,
          ".consistentRead(true) .keyConditionExpression(",
          ".consistentRead(false) .keyConditionExpression(")),
  /** A reader's entry is read eventually consistent. */
  READS_LAG(in(Place.REQUESTS, ".key(key).consistentRead(true)", ".key(key)")),
  /** A failed change is acknowledged. */
  FAILURE_ACKNOWLEDGED(
      in(Place.DECRYPTOR, "if (isDone == null || !isDone) {", "if (isDone == null) {")),
  /** A failed rotation leaves the old value, and is acknowledged. */
  FAILED_ROTATION_KEEPS_VALUE(
      in(
          Place.CHANGES,
          "return demand.forces(entry.id().name()) && (outcome == null || !outcome.isSettled());",
          "return false;"),
      in(Place.DECRYPTOR, "if (isDone == null || !isDone) {", "if (isDone == null) {")),
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
  /** A reader believes a monotonic clock that stood still while the process was frozen. */
  NEAR_TTL_STANDS_STILL(
      in(
          Place.MOMENT,
          "return Math.max(laterTick - tick, TimeUnit.MILLISECONDS.toNanos(laterMillis - millis));",
          "return Math.max(laterTick - tick, TimeUnit.MILLISECONDS.toNanos(0));")),
  /** A deadline that a freeze has made overdue counts as an outage of the table. */
  FREEZE_COUNTS_AS_OUTAGE(in(Place.CREDENTIAL_LOOKUP, "if (!frozen) {", "if (true) {")),
  /** A reader uses expired entries that the table has not deleted yet. */
  READER_IGNORES_HARD_EXPIRY(
      in(
          Place.READING,
          "case Entry.Ready ready when ready.sealed().isLive(nowMillis) ->",
          "case Entry.Ready ready when nowMillis > 0 ->"),
      in(Place.LOOKUPS, "return clocks.millis() < life.hardExpiresAt() ?", "return true ?"),
      in(
          Place.NEAR_ENTRY,
          "return nowMillis < found.hardExpiresAt() && tick - goneFrom < 0;",
          "return true;")),
  /** The newest entry alone decides how many entries there are. */
  NEWEST_ENTRY_COUNTS(in(Place.TENANT_READING, "return vouched && agreed &&", "return vouched &&")),
  /** A reader does not check how many entries there are. */
  NOBODY_COUNTS(
      in(Place.TENANT_READING, "&& answered() >= siblings;", "&& answered() > 0;"),
      in(Place.TENANT_READING, "return vouched && agreed &&", "return vouched &&")),
  /** The warmer moves the cursor before it publishes. */
  PUBLISH_AFTER_ADVANCE(
      in(
          Place.WARMER,
          "publish(next, end, millisLeft, tally); Wheel.Cursor passed",
          "Wheel.Cursor passed"),
      in(
          Place.WARMER,
          "tally.slots += end - next + 1;",
          "publish(next, end, millisLeft, tally); tally.slots += end - next + 1;")),
  /** The warmer treats a partly failed publication as a success. */
  REFUSED_EVENTS_IGNORED(
      in(
          Place.WARMER,
          "List<Event> left = send(events, millisLeft);",
          "List<Event> left = send(events, millisLeft).subList(0, 0);")),
  /** A tenant is vouched for without a comparison. */
  VOUCH_COMPARES_NOTHING(
      in(
          Place.ROUND,
          "if (id.equals( signing.ids().of(tenant, sealing.generation(), slot, period + other,"
              + " digest))) {",
          "if (true) {")),
  /** A change does not renew the generation, so checks still vouch for older entries. */
  CHANGE_RENEWS_NOTHING(
      in(Place.INVOCATION, "renew(change.tenant()); try {", "try {"),
      in(
          Place.INVOCATION,
          "finally { renew(change.tenant()); }",
          "finally { freshness.clear(); }")),
  /** A reader trusts a record after it has ended. */
  READER_BELIEVES_AN_ENDED_RECORD(
      in(
          Place.RECORDS,
          "return last.record() != null && now.millis() < last.record().freshUntil() && now.tick() -"
              + " last.goneFrom() < 0;",
          "return last.record() != null;"),
      in(
          Place.RECORDS,
          "return Math.min(record.freshUntil(), clocks.millis() + left);",
          "return clocks.millis() + Math.max(left, 60_000);")),
  /** A reader accepts a record that does not name its entry. */
  READER_IGNORES_WHO_IS_NAMED(
      in(
          Place.RECORDS,
          "if (record == null || !record.names(vouching.id())) {",
          "if (record == null) {"));

  /** The source files that are edited. */
  private enum Place {
    TABLE("engine/src/main/java/dev/keepwarm/engine/DynamoCacheTable.java"),
    ENTRY_TABLE("core/src/main/java/dev/keepwarm/core/internal/DynamoEntryTable.java"),
    ENTRY("core/src/main/java/dev/keepwarm/core/internal/Entry.java"),
    EXPRESSION("engine/src/main/java/dev/keepwarm/engine/Expression.java"),
    REQUESTS("core/src/main/java/dev/keepwarm/core/internal/ReadableTable.java"),
    LIFETIMES("core/src/main/java/dev/keepwarm/core/internal/Lifetimes.java"),
    DECRYPTOR("decryptor/src/main/java/dev/keepwarm/decryptor/Decryptor.java"),
    INVOCATION("decryptor/src/main/java/dev/keepwarm/decryptor/Invocation.java"),
    CHANGES("decryptor/src/main/java/dev/keepwarm/decryptor/change/Changes.java"),
    REFRESH("decryptor/src/main/java/dev/keepwarm/decryptor/refresh/TenantRefresh.java"),
    WRITER("decryptor/src/main/java/dev/keepwarm/decryptor/refresh/EntryWriter.java"),
    RESOLVES("decryptor/src/main/java/dev/keepwarm/decryptor/resolve/Resolves.java"),
    NEAR_CACHE("cache-reader/java/src/main/java/dev/keepwarm/reader/NearCache.java"),
    NEAR_ENTRY("cache-reader/java/src/main/java/dev/keepwarm/reader/NearEntry.java"),
    MOMENT("cache-reader/java/src/main/java/dev/keepwarm/reader/Moment.java"),
    CREDENTIAL_LOOKUP("cache-reader/java/src/main/java/dev/keepwarm/reader/CredentialLookup.java"),
    TENANT_READING("cache-reader/java/src/main/java/dev/keepwarm/reader/TenantReading.java"),
    READING("cache-reader/java/src/main/java/dev/keepwarm/reader/Reading.java"),
    LOOKUPS("cache-reader/java/src/main/java/dev/keepwarm/reader/Lookups.java"),
    ROUND("decryptor/src/main/java/dev/keepwarm/decryptor/freshness/Round.java"),
    RECORDS("cache-reader/java/src/main/java/dev/keepwarm/reader/Records.java"),
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

  /** Whether the bug only has an effect while the decryptor vouches. */
  boolean isOfVouching() {
    return compareTo(VOUCH_COMPARES_NOTHING) >= 0;
  }

  private static Edit in(Place place, String text, String by) {
    return new Edit(place.file, text, by);
  }

  /** All our code with this bug. */
  PatchedCode code() {
    return PatchedCode.of(edits);
  }
}
