package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.SigningKey;
import dev.keepwarm.core.internal.Vouching;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What commands say of an entry past its hard expiry for which a freshness record vouches. */
class FreshRecordsTest {
  private static final CredentialId ID = new CredentialId("acme", "bank");
  private static final int SLOT = 3;
  private static final SigningKey SIGNER = SigningKey.of(new byte[32]);
  private static final SdkBytes VOUCH_ID = SdkBytes.fromByteArray(new byte[Vouching.ID_LENGTH]);

  private final CommandWorld world = new CommandWorld();

  @BeforeEach
  void sealVouchable() {
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

  @Test
  void itIsWarmUntilTheRecordEnds() {
    long freshUntil = vouch(SIGNER, Duration.ofMinutes(10));
    String text = "fresh until " + Instant.ofEpochMilli(freshUntil);

    assertThat(world.run("list", "acme").out()).contains("bank  warm ", "10m0s", text);
    assertThat(world.run("list", "acme", "--json").out())
        .contains("\"freshUntil\":" + freshUntil)
        .contains("\"sealedUntil\":");
    assertThat(world.run("get", "acme", "bank").out()).contains("fresh until", "sealed until");
    assertThat(world.run("status").out()).containsPattern("vouched for +1 +" + text + " or longer");
    assertThat(entries()).containsEntry("freshUntil", freshUntil).containsEntry("vouchedFor", 1L);
    assertThat(tenants()).containsEntry("cold", 0L).containsEntry("overdue", 0L);
    assertThat(world.withoutDecryptor().run("warm", "acme", "--wait").out()).contains("1 warm");

    world.clock.advance(Duration.ofMinutes(10));
    assertThat(world.run("list", "acme").out()).contains("bank  cold ").doesNotContain("fresh");
  }

  @Test
  void aCheckThatIsLongAgoIsOverdue() {
    long unused = vouch(SIGNER, Duration.ofMinutes(4));

    assertThat(tenants()).containsEntry("overdue", 1L);
  }

  @Test
  void itIsColdWithoutARecordThatCounts() {
    assertThat(world.run("list", "acme").out()).contains("bank  cold ");
    long unused = vouch(SigningKey.of(seed()), Duration.ofMinutes(10));
    assertThat(world.run("list", "acme").out()).contains("bank  cold ");
    world
        .cache
        .hooks()
        .before(call -> {
          if (call.method().equals("readRecord")) {
            throw new KeepwarmException(ErrorCode.DENIED, "not for you");
          }
        });
    assertThat(world.run("list", "acme").out()).contains("bank  cold ");
    assertThat(entries()).doesNotContainKey("freshUntil");
  }

  private Map<String, Object> entries() {
    return part("entries");
  }

  private Map<String, Object> tenants() {
    return part("tenants");
  }

  private Map<String, Object> part(String name) {
    Map<String, Object> part = new HashMap<>();
    ((Map<?, ?>) Objects.requireNonNull(world.run("status", "--json").json().get(name)))
        .forEach((key, value) -> part.put((String) key, value));
    return part;
  }

  private static byte[] seed() {
    byte[] seed = new byte[SigningKey.SEED_LENGTH];
    seed[0] = 1;
    return seed;
  }

  /** Writes the slot's record, as a decryptor did a life before it ends. */
  private long vouch(SigningKey signer, Duration left) {
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
