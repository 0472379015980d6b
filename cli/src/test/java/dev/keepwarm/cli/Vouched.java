package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.SigningKey;
import dev.keepwarm.core.internal.Vouching;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** An entry of a world that is past its hard expiry, and a freshness record for it. */
final class Vouched {
  static final SigningKey SIGNER = SigningKey.of(new byte[32]);

  private static final CredentialId ID = new CredentialId("acme", "bank");
  private static final int SLOT = 3;
  private static final SdkBytes VOUCH_ID = SdkBytes.fromByteArray(new byte[Vouching.ID_LENGTH]);

  private Vouched() {}

  /** Stores the entry, for which nothing vouches yet, and lets it expire. */
  static void seal(CommandWorld world) {
    world.warm("acme", "bank", "enc:x", 7);
    Entry entry = Objects.requireNonNull(world.cache.read(ID));
    SealedCredential sealed = Objects.requireNonNull(entry.sealed());
    SealedCredential vouchable =
        Envelope.of(new SecureRandom())
            .vouchable(
                world.keys.unwrap("acme", sealed.dataKey(), sealed.dataKeyCreatedAt()),
                ID,
                sealed,
                sealed.sealedAt() + Duration.ofHours(24).toMillis(),
                SLOT,
                VOUCH_ID,
                SIGNER.publicKey());
    world.cache.plant(Entry.ready(ID, entry.fence(), vouchable, 1, null, null));
    world.clock.advance(Duration.ofMinutes(16));
  }

  /** Writes the slot's record as a decryptor does, one life before the record ends. */
  static long vouch(CommandWorld world, SigningKey signer, Duration left) {
    long freshUntil = world.clock.millis() + left.toMillis();
    Map<String, AttributeValue> item = new HashMap<>(FreshnessRecord.key(SLOT));
    item.put(
        FreshnessRecord.RECORD,
        AttributeValue.fromB(
            FreshnessRecord.sign(
                SLOT,
                freshUntil - Duration.ofMinutes(15).toMillis(),
                freshUntil,
                Map.of(VOUCH_ID, FreshnessRecord.NO_PROBE),
                List.of(signer))));
    world.cache.plant(item);
    return freshUntil;
  }
}
