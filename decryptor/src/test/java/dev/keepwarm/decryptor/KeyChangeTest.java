package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.decryptor.profile.KmsDecoder;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.decryptor.refresh.MadeUp;
import dev.keepwarm.decryptor.refresh.TenantKeys;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

/** The alias is pointed to another KMS key, while processes remember data keys of the old one. */
final class KeyChangeTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final DecryptorWorld world = new DecryptorWorld();
  private final MemoryKeys old = new MemoryKeys();
  private final MemoryKeys next = new MemoryKeys();
  private MemoryKeys pointsTo = old;
  private final Decryptor process = world.process(ports -> ports.withKeys(new Alias()));

  /** KMS behind an alias, without former keys. */
  private final class Alias implements KeyService {
    @Override
    public DataKey generate(String tenant, long nowMillis) {
      return pointsTo.generate(tenant, nowMillis);
    }

    @Override
    public DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt) {
      return pointsTo.unwrap(tenant, wrapped, createdAt);
    }
  }

  @BeforeEach
  void twoTenants() {
    for (String tenant : List.of("acme", "globex")) {
      put(tenant, 1);
      refresh(tenant);
    }
  }

  private void put(String tenant, long version) {
    world.source.put(
        new CredentialId(tenant, "bank"), PlainDecoder.PROFILE, PlainDecoder.encode("x"), version);
  }

  private void refresh(String tenant) {
    assertThat(rotate(tenant)).isTrue();
  }

  private boolean rotate(String tenant) {
    Event.Change rotated = new Event.Rotated(tenant, "bank", null);
    return DecryptorWorld.deliver(process, rotated.published(world.published()));
  }

  private boolean isUnder(MemoryKeys keys, String tenant) {
    SealedCredential sealed =
        Objects.requireNonNull(
            Objects.requireNonNull(world.cache.read(new CredentialId(tenant, "bank"))).sealed());
    try {
      return keys.unwrap(tenant, sealed.dataKey(), sealed.dataKeyCreatedAt()).createdAt() > 0;
    } catch (WrongKeyException e) {
      return false;
    }
  }

  @Test
  void aProcessThatRemembersDataKeysHearsOfItWithinMinutes() {
    pointsTo = next;
    world.clock.advance(TenantKeys.CONFIRMED_FOR);

    refresh("acme");
    refresh("globex");

    assertThat(isUnder(next, "acme")).isTrue();
    assertThat(isUnder(next, "globex")).isTrue();
  }

  @Test
  void oneNewDataKeyTellsItOfAllTenants() {
    pointsTo = next;
    put("third", 1);
    refresh("third");

    refresh("acme");

    assertThat(isUnder(next, "acme")).isTrue();
  }

  @Test
  void aReaderThatCannotOpenAnEntryGetsOneOfTheNewKeyAtOnce() {
    pointsTo = next;
    world.clock.advance(TenantKeys.CONFIRMED_FOR_A_READER);

    var unused = process.resolve(new ResolveRequest("acme", "bank", 1L), DecryptorWorld.A_MINUTE);

    assertThat(isUnder(next, "acme")).isTrue();
  }

  @Test
  void askingCostsOneCallInAWhileHoweverManyTenantsThereAre() {
    for (int tenant = 0; tenant < 20; tenant++) {
      put("t" + tenant, 1);
      refresh("t" + tenant);
    }
    old.hooks().resetCounts();

    for (int round = 0; round < 10; round++) {
      world.clock.advance(TenantKeys.CONFIRMED_FOR.dividedBy(5));
      for (int tenant = 0; tenant < 20; tenant++) {
        refresh("t" + tenant);
      }
    }

    assertThat(old.hooks().count()).isEqualTo(2);
  }

  @Test
  void whileKmsDoesNotAnswerWhatIsRememberedIsGoodEnough() {
    world.clock.advance(TenantKeys.CONFIRMED_FOR);
    old.hooks().failWith(ErrorCode.UNAVAILABLE);
    old.hooks().resetCounts();

    refresh("acme");
    refresh("globex");
    world.clock.advance(SECOND);
    refresh("acme");

    assertThat(old.hooks().count()).as("and it is not asked by everybody").isEqualTo(1);
  }

  @Test
  void aRightThatWasTakenAwayIsMissedWithinMinutes() {
    world.clock.advance(TenantKeys.CONFIRMED_FOR);
    old.hooks().failWith(ErrorCode.DENIED);

    assertThat(rotate("acme")).isFalse();
  }

  @Test
  void anOriginalUnderAnotherKeyIsToldFromOneThatWasChanged() {
    byte[] text = "secret".getBytes(StandardCharsets.UTF_8);
    KmsDecoder decoder = new KmsDecoder(next, Map.of());

    assertThat(decoder.decode(original(old.encrypt(text, Map.of()))))
        .isEqualTo(new Decoder.Undecodable("WRONG_KEY"));
    assertThat(decoder.decode(original(next.encrypt(text, Map.of("other", "context")))))
        .isEqualTo(new Decoder.Undecodable("BAD_CIPHERTEXT"));
  }

  @Test
  void aProfilesSecretUnderAnotherKeyIsToldFromOneThatWasChanged() {
    String profile = "legacy";
    SdkBytes under =
        old.encrypt(MadeUp.SECRET.getBytes(StandardCharsets.UTF_8), Kms.profileContext(profile));
    Decoder decoder =
        Profiles.parse(
                MadeUp.profiles(profile, Base64.getEncoder().encodeToString(under.asByteArray())))
            .decoder(next);

    assertThat(
            decoder.decode(
                new SourceRow.Original(DecryptorWorld.id("a"), profile, MadeUp.CIPHERTEXT, 1)))
        .isEqualTo(new Decoder.Undecodable("WRONG_KEY"));
  }

  private static SourceRow.Original original(SdkBytes ciphertext) {
    return new SourceRow.Original(
        DecryptorWorld.id("a"),
        "kms",
        Base64.getEncoder().encodeToString(ciphertext.asByteArray()),
        1);
  }
}
