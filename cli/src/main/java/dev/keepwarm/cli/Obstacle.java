package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import org.jspecify.annotations.Nullable;

/**
 * The reason why a dead letter cannot be carried out now, according to the source and the cache.
 *
 * @param code a stable code
 * @param what a text for people
 */
record Obstacle(String code, String what) {
  private static final Obstacle NOTHING =
      new Obstacle("NOTHING", "it can be handled now: redrive it");

  /** Compares a dead letter with the source and the cache. */
  static Obstacle of(DeadLetter letter, Ports ports) {
    if (letter.problem() != null) {
      return new Obstacle(
          letter.problem().code().name(), Errors.describe(letter.problem()) + ": delete it");
    }
    if (!(letter.event() instanceof Event.Change change)) {
      return letter.event() instanceof Event.TenantsDue || letter.event() instanceof Event.Used
          ? due(letter, ports)
          : new Obstacle(
              ErrorCode.INVALID_EVENT.name(),
              "the decryptor does not handle this event: delete it");
    }
    Known known;
    try {
      known = Known.read(ports, change.tenant(), change.name());
    } catch (KeepwarmException e) {
      return new Obstacle("CACHE_UNAVAILABLE", Errors.describe(e));
    }
    if (known.sourceError() != null) {
      return new Obstacle("SOURCE_UNAVAILABLE", Errors.describe(known.sourceError()));
    }
    return change instanceof Event.Revoked
        ? revoked(letter.id(), change.version(), known)
        : changed(
            letter.id(),
            change.version(),
            known,
            new FreshRecords(ports.cache(), ports.clock().millis()));
  }

  private static Obstacle due(DeadLetter letter, Ports ports) {
    try {
      for (String tenant : letter.tenants()) {
        var unused = ports.source().readTenant(tenant);
      }
      return NOTHING;
    } catch (KeepwarmException e) {
      return new Obstacle("SOURCE_UNAVAILABLE", Errors.describe(e));
    }
  }

  private static Obstacle changed(
      @Nullable CredentialId id, @Nullable Long version, Known known, FreshRecords records) {
    if (known.rows().isEmpty()) {
      return new Obstacle(ErrorCode.NOT_FOUND.name(), "the source has no such credential");
    }
    Long newest =
        known.rows().values().stream()
            .map(Rows::version)
            .filter(v -> v != null)
            .max(Long::compare)
            .orElse(null);
    if (version != null && newest != null && newest < version) {
      return new Obstacle(
          "SOURCE_BEHIND", "the event says version " + version + ", the source has " + newest);
    }
    Entry entry = id == null ? null : known.entries().get(id);
    if (entry != null && entry.failure() != null) {
      return new Obstacle(entry.failure().code(), "the original cannot be decoded");
    }
    if (entry != null
        && (entry.isWarm(records.now()) || records.freshUntil(entry) != null)
        && entry.version() != null
        && (version == null
            ? newest != null && entry.version() >= newest
            : entry.version() >= version)) {
      return new Obstacle("DONE", "the entry is warm with version " + entry.version());
    }
    return NOTHING;
  }

  private static Obstacle revoked(@Nullable CredentialId id, @Nullable Long version, Known known) {
    Entry entry = id == null ? null : known.entries().get(id);
    if (entry != null
        && entry.revocation() != null
        && (version == null || entry.revocation().version() >= version)) {
      return new Obstacle("DONE", "it is revoked up to version " + entry.revocation().version());
    }
    return NOTHING;
  }
}
