package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.SigningKey;
import dev.keepwarm.core.internal.Vouching;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private final Map<String, SigningKey> signers = new HashMap<>();

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
            spec.has("vouching") ? vouchable(id, sealed, spec) : sealed,
            (int) spec.number("siblings", 1),
            revocation,
            ReaderWorld.LIFETIMES.deletableAt(now))
        .withProbe(spec.has("probe") ? Long.valueOf(spec.number("probe")) : null);
  }

  private SealedCredential vouchable(CredentialId id, SealedCredential sealed, Fields entry) {
    Fields spec = entry.object("vouching");
    SealedCredential vouchable =
        envelope.vouchable(
            dataKey(id.tenant(), entry),
            id,
            sealed,
            sealed.sealedAt() + spec.number("sealLife", 86_400_000),
            (int) spec.number("slot"),
            vouchId(spec.text("id")),
            signer(spec.text("signer", "ours")).publicKey());
    spec.end();
    return vouchable;
  }

  /** The item of a freshness record, which may be tampered with. */
  Map<String, AttributeValue> record(Fields spec) {
    int slot = (int) spec.number("slot");
    long checkedAt = clock.millis() - spec.number("age", 0);
    Map<SdkBytes, Long> named = new HashMap<>();
    texts(spec, "ids").forEach(id -> named.put(vouchId(id), FreshnessRecord.NO_PROBE));
    for (int i = 0; i < spec.number("others", 0); i++) {
      named.put(vouchId("other " + i), FreshnessRecord.NO_PROBE);
    }
    if (spec.has("probes")) {
      Fields probes = spec.object("probes");
      probes.all().forEach((id, since) -> named.put(vouchId(id), (Long) since));
    }
    List<SigningKey> signers =
        (spec.has("signers") ? texts(spec, "signers") : List.of("ours"))
            .stream().map(this::signer).toList();
    byte[] bytes =
        FreshnessRecord.sign(
                slot,
                checkedAt,
                checkedAt + spec.number("life", ReaderWorld.LIFETIMES.hard()),
                named,
                signers)
            .asByteArray();
    if (spec.has("change")) {
      Fields change = spec.object("change");
      int at = (int) change.number("byte");
      bytes[at < 0 ? bytes.length + at : at] ^= (byte) change.number("bits");
      change.end();
    }
    if (spec.has("length")) {
      bytes = Arrays.copyOf(bytes, (int) spec.number("length"));
    }
    Map<String, AttributeValue> item =
        new HashMap<>(FreshnessRecord.key((int) spec.number("at", slot)));
    item.put(FreshnessRecord.RECORD, AttributeValue.fromB(SdkBytes.fromByteArray(bytes)));
    spec.end();
    return item;
  }

  private static List<String> texts(Fields spec, String name) {
    return ((List<?>) Objects.requireNonNull(spec.value(name)))
        .stream().map(String.class::cast).toList();
  }

  private SigningKey signer(String name) {
    return signers.computeIfAbsent(
        name,
        key -> {
          byte[] seed = new byte[SigningKey.SEED_LENGTH];
          new SecureRandom().nextBytes(seed);
          return SigningKey.of(seed);
        });
  }

  /** An id that is the same for the same label. */
  private static SdkBytes vouchId(String label) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(label.getBytes(StandardCharsets.UTF_8));
      return SdkBytes.fromByteArray(Arrays.copyOf(hash, Vouching.ID_LENGTH));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
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
