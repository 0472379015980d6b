package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.SealedCredential;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

/** The data keys of a tenant's entries, and the calls that they cost. */
final class DataKeyTest {
  private static final List<String> NAMES = List.of("a", "b", "c");

  private final DecryptorWorld world = new DecryptorWorld();
  private Decryptor process = world.process();

  @BeforeEach
  void threeCredentials() {
    NAMES.forEach(name -> world.original(name, "value of " + name, 1));
  }

  @Test
  void oneKeyServesAllOfATenantsCredentials() {
    refresh();

    assertThat(world.keys.hooks().count("generate")).isEqualTo(1);
    assertThat(NAMES.stream().map(this::keyOf).distinct()).hasSize(1);
  }

  @Test
  void noOtherTenantsCredentialIsSealedUnderIt() {
    world.source.put(
        new CredentialId("other", "a"), PlainDecoder.PROFILE, PlainDecoder.encode("x"), 1);
    refresh();
    assertThat(DecryptorWorld.deliver(process, new Event.TenantsDue(List.of("other")))).isTrue();

    assertThat(world.cache.readTenant("other").getFirst().sealed().dataKey())
        .isNotEqualTo(keyOf("a"));
  }

  @Test
  void aLaterRefreshReusesItWithoutAskingAgain() {
    refresh();
    SdkBytes key = keyOf("a");
    world.keys.hooks().resetCounts();

    world.passSoftExpiry();
    refresh();

    assertThat(world.keys.hooks().count()).isZero();
    assertThat(keyOf("a")).isEqualTo(key);
  }

  @Test
  void anotherProcessUnwrapsItOnce() {
    refresh();
    SdkBytes key = keyOf("a");
    process = world.process();
    world.keys.hooks().resetCounts();

    world.passSoftExpiry();
    refresh();
    world.passSoftExpiry();
    refresh();

    assertThat(world.keys.hooks().count("unwrap")).isEqualTo(1);
    assertThat(world.keys.hooks().count("generate")).isZero();
    assertThat(NAMES.stream().map(this::keyOf).distinct()).containsExactly(key);
  }

  @Test
  void aProcessThatWasToldToForgetUnwrapsItAgain() {
    refresh();
    process.clear();
    world.keys.hooks().resetCounts();

    world.passSoftExpiry();
    refresh();

    assertThat(world.keys.hooks().count("unwrap")).isEqualTo(1);
  }

  @Test
  void nothingIsAskedForWhenNothingIsSealed() {
    NAMES.forEach(name -> world.undecodable(name, 1));

    refresh();

    assertThat(world.keys.hooks().count()).isZero();
  }

  @Test
  void itIsRenewedWhenItIsADayOld() {
    refresh();
    SdkBytes key = keyOf("a");

    world.clock.advance(Duration.ofHours(24).minusMillis(1));
    refresh();
    assertThat(keyOf("a")).isEqualTo(key);

    world.passSoftExpiry();
    refresh();
    assertThat(keyOf("a")).isNotEqualTo(key);
    assertThat(NAMES.stream().map(this::keyOf).distinct()).hasSize(1);
    assertThat(NAMES).allSatisfy(name -> assertThat(world.readable(name)).isNotNull());
  }

  @Test
  void aRevocationEndsItsLifeForTheSiblingsToo() {
    refresh();
    SdkBytes key = keyOf("a");
    world.clock.advance(Duration.ofMillis(1));
    assertThat(DecryptorWorld.deliver(process, new Event.Revoked(DecryptorWorld.TENANT, "c", null)))
        .isTrue();

    world.passSoftExpiry();
    refresh();
    SdkBytes renewed = keyOf("a");
    assertThat(renewed).isNotEqualTo(key).isEqualTo(keyOf("b"));

    world.passSoftExpiry();
    refresh();
    assertThat(keyOf("a")).as("it is renewed once").isEqualTo(renewed);
  }

  /** A long refresh that took the key before the revocation. */
  @Test
  void nothingIsSealedUnderItAfterASiblingsRevocation() {
    refresh();
    SdkBytes key = keyOf("a");
    world.passSoftExpiry();
    AtomicBoolean revoked = new AtomicBoolean();
    world.decoder.before(original -> {
      if (original.id().name().equals("a") && !revoked.getAndSet(true)) {
        world.clock.advance(Duration.ofSeconds(1));
        assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, "c", null))).isTrue();
        world.clock.advance(Duration.ofSeconds(20));
      }
    });

    refresh();

    assertThat(world.entry("c").revocation()).isNotNull();
    assertThat(keyOf("a")).isNotEqualTo(key);
    assertThat(keyOf("b")).isEqualTo(keyOf("a"));
  }

  /** An entry that a quick refresh sealed too late is sealed again by the next one. */
  @Test
  void whatWasSealedUnderItAfterASiblingsRevocationIsDueAtOnce() {
    refresh();
    SdkBytes key = keyOf("a");
    world.passSoftExpiry();
    AtomicBoolean revoked = new AtomicBoolean();
    world.decoder.before(original -> {
      if (original.id().name().equals("a") && !revoked.getAndSet(true)) {
        world.clock.advance(Duration.ofMillis(1));
        assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, "c", null))).isTrue();
        world.clock.advance(Duration.ofMillis(1));
      }
    });
    refresh();
    assertThat(keyOf("a")).isEqualTo(key);

    refresh();

    SdkBytes renewed = keyOf("a");
    assertThat(renewed).isNotEqualTo(key).isEqualTo(keyOf("b"));
    refresh();
    assertThat(keyOf("a")).as("it is renewed once").isEqualTo(renewed);
  }

  @Test
  void itIsNotKnownToBeRenewedWhereTheTableDoesNotSay() {
    refresh();
    world.passSoftExpiry();
    AtomicBoolean failed = new AtomicBoolean();
    world.decoder.before(original -> {
      if (!failed.getAndSet(true)) {
        world.clock.advance(Duration.ofSeconds(20));
        world.cache.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);
      }
    });

    assertThat(
            DecryptorWorld.deliver(process, new Event.TenantsDue(List.of(DecryptorWorld.TENANT))))
        .isFalse();
  }

  @Test
  void itStaysRenewedWhenTheRevokedCredentialIsServedAgain() {
    refresh();
    SdkBytes key = keyOf("a");
    assertThat(DecryptorWorld.deliver(process, new Event.Revoked(DecryptorWorld.TENANT, "c", null)))
        .isTrue();
    world.original("c", "new", 2);

    refresh();

    assertThat(keyOf("c")).isNotEqualTo(key);
    assertThat(world.readable("c")).isEqualTo("new");
  }

  @Test
  void aKeyThatWasNotMadeForTheTenantIsReplaced() {
    refresh();
    DataKey foreign = world.keys.generate("other", world.clock.millis() + 1);
    NAMES.forEach(name -> plantKey(name, foreign));
    process = world.process();
    world.passSoftExpiry();

    refresh();

    assertThat(keyOf("a")).isNotEqualTo(foreign.wrapped());
    assertThat(world.readable("a")).isEqualTo("value of a");
  }

  @Test
  void aKeyThatTheProcessKnowsAsAnotherTenantsIsReplacedToo() {
    CredentialId other = new CredentialId("other", "a");
    world.source.put(other, PlainDecoder.PROFILE, PlainDecoder.encode("x"), 1);
    refresh();
    world.clock.advance(Duration.ofMillis(1));
    assertThat(DecryptorWorld.deliver(process, new Event.TenantsDue(List.of("other")))).isTrue();
    SealedCredential foreign = world.cache.read(other).sealed();
    NAMES.forEach(name -> plantKey(name, foreign.dataKey(), foreign.dataKeyCreatedAt()));
    world.passSoftExpiry();

    refresh();

    assertThat(keyOf("a")).isNotEqualTo(foreign.dataKey());
    assertThat(world.readable("a")).isEqualTo("value of a");
  }

  @Test
  void aKeyFromTheFutureIsReplaced() {
    refresh();
    SdkBytes key = keyOf("a");
    NAMES.forEach(name -> plantKey(name, key, world.clock.millis() + 100_000_000_000L));
    world.passSoftExpiry();

    refresh();

    assertThat(keyOf("a")).isNotEqualTo(key);
    assertThat(world.entry("a").sealed().dataKeyCreatedAt()).isEqualTo(world.clock.millis());
  }

  @Test
  void aKeyOfAClockThatIsALittleAheadIsKept() {
    refresh();
    SdkBytes key = keyOf("a");
    world.clock.advance(Duration.ofMinutes(-1));

    refresh();

    assertThat(keyOf("a")).isEqualTo(key);
  }

  /** As docs/threat-model.md says, the age of a key is not authenticated. */
  @Test
  void whoeverWritesTheTableCanKeepADataKeyInUse() {
    refresh();
    SdkBytes key = keyOf("a");
    world.clock.advance(Duration.ofHours(48));
    NAMES.forEach(name -> plantKey(name, key, world.clock.millis()));
    process = world.process();

    refresh();

    assertThat(keyOf("a")).isEqualTo(key);
    assertThat(world.readable("a")).isEqualTo("value of a");
  }

  @Test
  void aKeyServiceThatIsDownIsAskedOnceATenantAndFailsTheMessage() {
    world.keys.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(
            DecryptorWorld.deliver(process, new Event.TenantsDue(List.of(DecryptorWorld.TENANT))))
        .isFalse();

    assertThat(world.keys.hooks().count()).isEqualTo(1);
    world.keys.hooks().clear();
    refresh();
    assertThat(world.readable("a")).isEqualTo("value of a");
  }

  @Test
  void aKeyServiceThatRefusesLeavesWhatIsWarmAsItIs() {
    refresh();
    process = world.process();
    world.passSoftExpiry();
    world.keys.hooks().failWith(ErrorCode.DENIED);

    assertThat(
            DecryptorWorld.deliver(process, new Event.TenantsDue(List.of(DecryptorWorld.TENANT))))
        .isFalse();

    world.keys.hooks().clear();
    assertThat(world.readable("a")).isEqualTo("value of a");
    assertThat(world.log()).contains("\"code\":\"DENIED\"");
  }

  private void plantKey(String name, DataKey key) {
    plantKey(name, key.wrapped(), key.createdAt());
  }

  private void plantKey(String name, SdkBytes wrapped, long createdAt) {
    SealedCredential sealed = world.entry(name).sealed();
    world.cache.plant(
        Entry.ready(
            DecryptorWorld.id(name),
            0,
            new SealedCredential(
                sealed.version(),
                sealed.envelope(),
                wrapped,
                createdAt,
                sealed.sealedAt(),
                sealed.softExpiresAt(),
                sealed.hardExpiresAt()),
            3,
            null,
            null));
  }

  private SdkBytes keyOf(String name) {
    return world.entry(name).sealed().dataKey();
  }

  private void refresh() {
    assertThat(
            DecryptorWorld.deliver(process, new Event.TenantsDue(List.of(DecryptorWorld.TENANT))))
        .isTrue();
  }
}
