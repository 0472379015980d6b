package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SealedCredential;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The effects of {@code Tenants Due}. */
final class DueTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();

  @Test
  void fillsWhatIsMissing() {
    world.original(NAME, "value", 7);

    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("value");
    Entry entry = world.entry(NAME);
    assertThat(entry.fence()).isEqualTo(world.clock.millis());
    assertThat(entry.version()).isEqualTo(7);
    assertThat(entry.siblings()).isEqualTo(1);
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id(NAME), 7L));
  }

  @Test
  void givesAnEntryTheLifeThatFollowsFromTheTtl() {
    world.original(NAME, "value", 7);
    long now = world.clock.millis();

    assertThat(world.due()).isTrue();

    SealedCredential sealed = world.entry(NAME).sealed();
    assertThat(sealed.sealedAt()).isEqualTo(now);
    assertThat(sealed.softExpiresAt()).isEqualTo(now + DecryptorWorld.LIFETIMES.soft());
    assertThat(sealed.hardExpiresAt()).isEqualTo(now + DecryptorWorld.LIFETIMES.hard());
    assertThat(world.entry(NAME).deletableAt())
        .isEqualTo((now + DecryptorWorld.LIFETIMES.hard() + Lifetimes.FENCE_KEPT) / 1000);
  }

  @Test
  void leavesAloneWhatIsNotDue() {
    world.original(NAME, "value", 7);
    assertThat(world.due()).isTrue();
    Entry before = world.entry(NAME);
    world.forgetTraces();

    assertThat(world.due()).isTrue();

    assertThat(world.entry(NAME)).isEqualTo(before);
    assertThat(world.cache.hooks().count("put")).isZero();
    assertThat(world.bus.published()).isEmpty();
  }

  @Test
  void renewsWhatIsDueAndSaysNothing() {
    world.original(NAME, "value", 7);
    assertThat(world.due()).isTrue();
    world.forgetTraces();
    world.passSoftExpiry();

    assertThat(world.due()).isTrue();

    assertThat(world.entry(NAME).sealed().sealedAt()).isEqualTo(world.clock.millis());
    assertThat(world.bus.published()).isEmpty();
  }

  @Test
  void noticesANewVersionThatNobodyHasTold() {
    world.original(NAME, "old", 7);
    assertThat(world.due()).isTrue();
    world.forgetTraces();
    world.original(NAME, "new", 8);

    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id(NAME), 8L));
  }

  @Test
  void doesNotGoBackAVersion() {
    world.original(NAME, "new", 8);
    assertThat(world.due()).isTrue();
    world.original(NAME, "old", 7);
    world.passSoftExpiry();

    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    world.passHardExpiry();
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isNull();
  }

  /** So that a reader of all of them knows how many there are. */
  @Test
  void renewsEverySiblingWhenACredentialAppears() {
    world.original("a", "value", 1);
    world.original("b", "value", 1);
    assertThat(world.due()).isTrue();
    world.original("c", "value", 1);
    world.forgetTraces();

    assertThat(world.due()).isTrue();

    assertThat(List.of("a", "b", "c"))
        .allSatisfy(name -> assertThat(world.entry(name).siblings()).isEqualTo(3));
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id("c"), 1L));
  }

  @Test
  void makesATombstoneOfWhatIsGoneAndRenewsItsSiblings() {
    world.original("a", "value", 1);
    world.original("b", "value", 1);
    assertThat(world.due()).isTrue();
    world.source.delete(DecryptorWorld.id("b"));
    world.forgetTraces();

    assertThat(world.due()).isTrue();

    assertThat(world.readable("b")).isNull();
    assertThat(world.entry("b").state()).isEqualTo(EntryState.INVALID);
    assertThat(world.entry("b").fence()).isEqualTo(world.clock.millis() + 1);
    assertThat(world.entry("a").siblings()).isEqualTo(1);
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id("b"), null));
  }

  /** It is created between the read of the source and the burial. */
  @Test
  void doesNotBuryWhatIsCreatedAgainMeanwhile() {
    world.original(NAME, "first life", 9);
    assertThat(world.due()).isTrue();
    world.source.delete(DecryptorWorld.id(NAME));
    world.forgetTraces();
    world
        .cache
        .hooks()
        .beforeNext(
            "buryIfUnchanged",
            () -> {
              world.original(NAME, "second life", 10);
              assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, null)))
                  .isTrue();
            });

    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("second life");
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id(NAME), 10L));
  }

  @Test
  void fillsWhatIsCreatedAgainWithAnOlderVersion() {
    world.original("a", "value", 1);
    world.original("b", "first life", 9);
    assertThat(world.due()).isTrue();
    world.source.delete(DecryptorWorld.id("b"));
    assertThat(world.due()).isTrue();

    world.original("b", "second life", 1);
    assertThat(world.due()).isTrue();

    assertThat(world.readable("b")).isEqualTo("second life");
  }

  @Test
  void turnsWhatDoesNotDecodeIntoAFailureThatSaysWhenToTryAgain() {
    world.undecodable(NAME, 3);

    assertThat(world.due()).isTrue();

    Entry entry = world.entry(NAME);
    assertThat(entry.state()).isEqualTo(EntryState.FAILED);
    assertThat(entry.fence()).isEqualTo(world.clock.millis());
    assertThat(entry.version()).isEqualTo(3);
    assertThat(entry.failure())
        .isEqualTo(
            new Failure(
                PlainDecoder.BAD_CIPHERTEXT,
                world.clock.millis() + DecryptorWorld.RETRY_FAILED.toMillis()));
    assertThat(world.bus.published())
        .containsExactly(
            new Event.WarmingFailed(DecryptorWorld.id(NAME), PlainDecoder.BAD_CIPHERTEXT));
  }

  @Test
  void triesWhatDidNotDecodeAgainOnlyWhenItIsTime() {
    world.undecodable(NAME, 3);
    assertThat(world.due()).isTrue();
    world.clock.advance(DecryptorWorld.RETRY_FAILED.minusMillis(1));

    assertThat(world.due()).isTrue();
    assertThat(world.decoder.decodes()).isEqualTo(1);

    world.clock.advance(Duration.ofMillis(1));
    assertThat(world.due()).isTrue();
    assertThat(world.decoder.decodes()).isEqualTo(2);
  }

  @Test
  void saysOnlyOnceThatTheSameDoesNotDecode() {
    world.undecodable(NAME, 3);
    assertThat(world.due()).isTrue();
    world.forgetTraces();
    world.clock.advance(DecryptorWorld.RETRY_FAILED);

    assertThat(world.due()).isTrue();
    assertThat(world.bus.published()).isEmpty();

    world.undecodable(NAME, 4);
    assertThat(world.due()).isTrue();
    assertThat(world.bus.published()).hasSize(1);
  }

  @Test
  void triesWhatDidNotDecodeAtOnceWhenItIsNewer() {
    world.undecodable(NAME, 3);
    assertThat(world.due()).isTrue();
    world.original(NAME, "repaired", 4);

    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("repaired");
  }

  /** The same version was decoded before, so the entry is right until it expires. */
  @Test
  void keepsALivingEntryWhoseVersionDoesNotDecodeAnyMore() {
    world.original(NAME, "value", 3);
    assertThat(world.due()).isTrue();
    Entry before = world.entry(NAME);
    world.undecodable(NAME, 3);
    world.forgetTraces();
    world.passSoftExpiry();

    assertThat(world.due()).isTrue();

    assertThat(world.entry(NAME)).isEqualTo(before);
    assertThat(world.bus.published())
        .containsExactly(
            new Event.WarmingFailed(DecryptorWorld.id(NAME), PlainDecoder.BAD_CIPHERTEXT));
    world.passHardExpiry();
    assertThat(world.due()).isTrue();
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.FAILED);
  }

  @Test
  void doesNotKeepAnEntryOfAnOlderVersionThanTheOneThatDoesNotDecode() {
    world.original(NAME, "value", 3);
    assertThat(world.due()).isTrue();
    world.undecodable(NAME, 4);

    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.FAILED);
  }

  @Test
  void turnsAnUnknownProfileABadRowAndWhatIsTooLargeIntoFailures() {
    world.source.put(DecryptorWorld.id("profile"), "nobody-knows", "x", 1);
    world.unusable("row", null);
    world.original("large", "x".repeat(64 * 1024 + 1), 1);
    world.original("fine", "x".repeat(64 * 1024), 1);

    assertThat(world.due()).isTrue();

    assertThat(world.entry("profile").failure().code()).isEqualTo(Failure.UNKNOWN_PROFILE);
    assertThat(world.entry("row").failure().code()).isEqualTo(Failure.BAD_ROW);
    assertThat(world.entry("large").failure().code()).isEqualTo(Failure.TOO_LARGE);
    assertThat(world.readable("fine")).hasSize(64 * 1024);
    assertThat(world.bus.published())
        .contains(
            new Event.WarmingFailed(DecryptorWorld.id("profile"), Failure.UNKNOWN_PROFILE),
            new Event.WarmingFailed(DecryptorWorld.id("row"), Failure.BAD_ROW),
            new Event.WarmingFailed(DecryptorWorld.id("large"), Failure.TOO_LARGE));
  }

  /** It has no version to keep older ones out, so the fence has to do that. */
  @Test
  void anEntryOverwrittenByOneWithoutAVersionDoesNotLetAnOlderVersionIn() {
    world.original(NAME, "old", 1);
    world
        .source
        .hooks()
        .afterNext(
            "readTenant",
            () -> {
              world.original(NAME, "new", 2);
              assertThat(world.due()).isTrue();
              world.unusable(NAME, null);
              world.passHardExpiry();
              assertThat(world.due()).isTrue();
              assertThat(world.entry(NAME).failure().code()).isEqualTo(Failure.BAD_ROW);
            });
    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, null))).isTrue();

    assertThat(world.readable(NAME)).isNull();
  }

  @Test
  void wipesEveryPlaintextItWasHanded() {
    world.original("a", "value", 1);
    world.original("b", "x".repeat(64 * 1024 + 1), 1);

    assertThat(world.due()).isTrue();

    assertThat(world.decoder.handedOut())
        .hasSize(2)
        .allSatisfy(plaintext -> assertThat(plaintext).containsOnly(0));
  }

  @Test
  void aTenantWithoutOriginalsLeavesTheWheel() {
    assertThat(world.wheel.enrol(DecryptorWorld.TENANT)).isTrue();

    assertThat(world.due()).isTrue();

    assertThat(world.wheel.enrolled()).isEmpty();
  }

  @Test
  void aTenantWhoseOriginalsDoNotDecodeStaysOnTheWheel() {
    assertThat(world.wheel.enrol(DecryptorWorld.TENANT)).isTrue();
    world.undecodable(NAME, 1);

    assertThat(world.due()).isTrue();

    assertThat(world.wheel.enrolled()).containsExactly(DecryptorWorld.TENANT);
  }

  @Test
  void aTenantNamedTwiceIsRefreshedOnce() {
    world.original(NAME, "value", 1);

    assertThat(
            world.deliver(
                new Event.TenantsDue(List.of(DecryptorWorld.TENANT, DecryptorWorld.TENANT))))
        .isTrue();

    assertThat(world.source.hooks().count("readTenant")).isEqualTo(1);
  }

  /** Twenty tenants of five credentials: two queries and at most one data key call per tenant. */
  @Test
  void costsTwoQueriesAndAtMostOneDataKeyCallATenant() {
    List<String> tenants = IntStream.range(0, 20).mapToObj(i -> "tenant-" + i).toList();
    for (String tenant : tenants) {
      for (int i = 0; i < 5; i++) {
        world.source.put(
            new CredentialId(tenant, "n" + i), PlainDecoder.PROFILE, PlainDecoder.encode("x"), 1);
      }
    }
    Decryptor process = world.process();

    assertThat(DecryptorWorld.deliver(process, new Event.TenantsDue(tenants))).isTrue();
    assertThat(world.cache.hooks().count("readTenant")).isEqualTo(20);
    assertThat(world.source.hooks().count("readTenant")).isEqualTo(20);
    assertThat(world.keys.hooks().count("generate")).isEqualTo(20);
    assertThat(world.keys.hooks().count()).isEqualTo(20);
    assertThat(world.cache.hooks().count("put")).isEqualTo(100);
    assertThat(world.cache.hooks().count()).isEqualTo(120);
    assertThat(world.wheel.hooks().count()).isZero();
    assertThat(world.bus.hooks().count()).isEqualTo(1);

    world.forgetTraces();
    world.passSoftExpiry();
    assertThat(DecryptorWorld.deliver(process, new Event.TenantsDue(tenants))).isTrue();
    assertThat(world.cache.hooks().count("readTenant")).isEqualTo(20);
    assertThat(world.source.hooks().count()).isEqualTo(20);
    assertThat(world.keys.hooks().count()).isZero();
    assertThat(world.cache.hooks().count("put")).isEqualTo(100);
    assertThat(world.bus.hooks().count()).isZero();

    world.forgetTraces();
    assertThat(DecryptorWorld.deliver(process, new Event.TenantsDue(tenants))).isTrue();
    assertThat(world.cache.hooks().count()).isEqualTo(20);
    assertThat(world.source.hooks().count()).isEqualTo(20);
    assertThat(world.keys.hooks().count()).isZero();
  }
}
