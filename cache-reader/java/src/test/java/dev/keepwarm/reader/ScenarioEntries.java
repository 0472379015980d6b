package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Makes a scenario's entries, sealed with real data keys. */
final class ScenarioEntries {
  private final InstantSource clock;
  private final MemoryKeys keys;
  private final MemoryKeys otherKeys = new MemoryKeys();
  private final Envelope envelope = Envelope.of(new SecureRandom());
  private final Map<String, DataKey> dataKeys = new HashMap<>();

  ScenarioEntries(InstantSource clock, MemoryKeys keys) {
    this.clock = clock;
    this.keys = keys;
  }

  /** The item of an entry, which may be tampered with. */
  Map<String, AttributeValue> item(Fields spec) {
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(entry(spec)));
    if (spec.has("tamper")) {
      item.compute(spec.text("tamper"), (name, value) -> tampered(value));
    }
    if (spec.has("format")) {
      byte[] sealed = item.get("sealed").b().asByteArray();
      sealed[0] = (byte) spec.number("format");
      item.put("sealed", AttributeValue.fromB(SdkBytes.fromByteArray(sealed)));
    }
    if (spec.has("movedTo")) {
      Fields to = spec.object("movedTo");
      item.put("tenant", AttributeValue.fromS(to.text("tenant")));
      item.put("name", AttributeValue.fromS(to.text("name")));
      to.end();
    }
    spec.end();
    return item;
  }

  private Entry entry(Fields spec) {
    String tenant = spec.text("tenant", "acme");
    long now = clock.millis();
    if (spec.has("ready")) {
      return ready(new CredentialId(tenant, spec.text("ready")), spec, now);
    }
    if (spec.has("failed")) {
      return Entry.failed(
          new CredentialId(tenant, spec.text("failed")),
          0,
          null,
          new Failure(spec.text("failure"), now + spec.number("retryAfter")),
          (int) spec.number("siblings", 1),
          null,
          now,
          null);
    }
    return Entry.bareTombstone(
        new CredentialId(tenant, spec.text("tombstone")),
        1,
        spec.has("revoked")
            ? new Revocation(spec.number("revoked"), now, now + spec.number("retryAfter"))
            : null);
  }

  private Entry ready(CredentialId id, Fields spec, long now) {
    SealedCredential sealed =
        envelope.seal(
            dataKey(id.tenant(), spec),
            id,
            spec.number("version"),
            now - spec.number("age", 0),
            ReaderWorld.LIFETIMES,
            spec.text("value").getBytes(StandardCharsets.UTF_8));
    Revocation revocation =
        spec.has("revoked") ? new Revocation(spec.number("revoked"), now, now) : null;
    return Entry.ready(
            id,
            0,
            sealed,
            (int) spec.number("siblings", 1),
            revocation,
            ReaderWorld.LIFETIMES.deletableAt(now))
        .withProbe(spec.has("probe") ? Long.valueOf(spec.number("probe")) : null);
  }

  private DataKey dataKey(String tenant, Fields spec) {
    String kms = spec.text("kms", "ours");
    String name = spec.text("dataKey", "first");
    return dataKeys.computeIfAbsent(
        kms + " " + tenant + " " + name,
        key -> (kms.equals("ours") ? keys : otherKeys).generate(tenant, clock.millis()));
  }

  private static AttributeValue tampered(@Nullable AttributeValue value) {
    if (value != null && value.n() != null) {
      return AttributeValue.fromN(Long.toString(Long.parseLong(value.n()) + 1));
    }
    if (value != null && value.b() != null) {
      byte[] bytes = value.b().asByteArray();
      bytes[bytes.length - 1] ^= 1;
      return AttributeValue.fromB(SdkBytes.fromByteArray(bytes));
    }
    throw new AssertionError("tamper: takes an attribute that is a number or bytes");
  }
}
