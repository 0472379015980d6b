package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.Versions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A revocation that was a mistake is lifted, and stays lifted. */
final class UnrevocationTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void warmTheValue() {
    world.original(NAME, "value", 5);
    assertThat(world.due()).isTrue();
    world.forgetTraces();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 5, 6, Versions.MAX - 1, Versions.MAX})
  void whatWasRevokedIsReadableAgain(long version) {
    Event.Change revoked = revoked(NAME, version < 0 ? null : version);
    assertThat(world.deliver(revoked)).isTrue();
    assertThat(world.readable(NAME)).isNull();
    long fence = world.entry(NAME).fence();
    Event.Change unrevoked = unrevoked(NAME, null);

    assertThat(world.deliver(unrevoked)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("value");
    assertThat(world.entry(NAME).fence()).isGreaterThan(fence);
    assertThat(world.log()).contains("\"unrevoked\"", "\"tenant\":\"acme\"", NAME);
    assertThat(world.log()).contains(unrevoked.origin().id());
    assertThat(world.log())
        .contains("\"code\":\"UNREVOKED\"", "\"version\":\"all\"")
        .doesNotContain("still revoked");
    assertThat(world.resolve(NAME)).isInstanceOf(ResolveAnswer.Resolved.class);
  }

  @Test
  void aPendingRevocationIsLiftedToo() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    Event.Change revoked = revoked(NAME, null);
    assertThat(world.deliver(revoked)).isFalse();
    Event.Change unrevoked = unrevoked(NAME, null);
    assertThat(world.deliver(unrevoked)).isFalse();
    world.source.hooks().clear();

    assertThat(world.deliver(unrevoked)).isTrue();
    assertThat(world.deliver(revoked)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("value");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 5, Versions.MAX - 1})
  void aReplayOfTheRevocationDoesNotRevokeAgain(long version) {
    Event.Change revoked = revoked(NAME, version < 0 ? null : version);
    assertThat(world.deliver(revoked)).isTrue();
    assertThat(world.deliver(unrevoked(NAME, null))).isTrue();

    for (Duration later : List.of(Duration.ZERO, Duration.ofHours(1), Duration.ofDays(9))) {
      world.clock.advance(later);
      world.cache.deleteExpired(world.clock.millis());
      assertThat(world.due()).isTrue();
      assertThat(world.deliver(revoked)).isTrue();
      assertThat(world.readable(NAME)).isEqualTo("value");
    }
  }

  /** There is nothing to lift yet, but the revocation that arrives later is older. */
  @Test
  void aRevocationThatComesAfterItsUnrevocationDoesNothing() {
    Event.Change revoked = revoked(NAME, null);
    Event.Change named = revoked(NAME, Versions.MAX - 1);
    assertThat(world.deliver(unrevoked(NAME, null))).isTrue();

    assertThat(world.deliver(revoked)).isTrue();
    assertThat(world.deliver(named)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("value");
  }

  @Test
  void aReplayOfTheUnrevocationDoesNotLiftALaterRevocation() {
    assertThat(world.deliver(revoked(NAME, 5L))).isTrue();
    Event.Change unrevoked = unrevoked(NAME, null);
    assertThat(world.deliver(unrevoked)).isTrue();
    assertThat(world.deliver(revoked(NAME, 5L))).isTrue();

    assertThat(world.deliver(unrevoked)).isTrue();
    world.clock.advance(Duration.ofDays(9));
    assertThat(world.deliver(unrevoked)).isTrue();
    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
  }

  /** If it is not known which event was first, the credential stays revoked. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ofTwoEventsOfOneSecondTheRevocationCounts(boolean revokedFirst) {
    List<Event.Change> changes =
        List.of(
            new Event.Revoked(DecryptorWorld.TENANT, NAME, 5L, world.published()),
            new Event.Unrevoked(DecryptorWorld.TENANT, NAME, null, world.published()));

    for (Event.Change change : revokedFirst ? changes : changes.reversed()) {
      assertThat(world.deliver(change)).isTrue();
    }

    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isNull();
  }

  @Test
  void withAVersionWhatIsOlderIsRevoked() {
    assertThat(world.deliver(revoked(NAME, Versions.MAX - 1))).isTrue();

    assertThat(world.deliver(unrevoked(NAME, 6L))).isTrue();

    assertThat(world.log())
        .contains("\"still revoked\"", "\"code\":\"STILL_REVOKED\"", "\"version\":6");
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isNull();
    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
  }

  @Test
  void anUnrevocationOfATenantReachesAllOfIt() {
    world.original("other", "other", 1);
    assertThat(world.deliver(revoked(null, Versions.MAX - 1))).isTrue();
    assertThat(world.readable(NAME)).isNull();

    assertThat(world.deliver(unrevoked(null, null))).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("value");
    assertThat(world.readable("other")).isEqualTo("other");
  }

  /** The record of the unrevocation stays, so that no replay of the revocation has an effect. */
  @Test
  void whatWasLiftedIsNeverDeletedByTheTable() {
    assertThat(world.deliver(revoked(NAME, 5L))).isTrue();
    assertThat(world.deliver(unrevoked(NAME, null))).isTrue();
    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    world.source.delete(DecryptorWorld.id(NAME));
    assertThat(world.due()).isTrue();

    world.cache.deleteExpired(Long.MAX_VALUE);

    Entry entry = world.entry(NAME);
    assertThat(entry.revocation().isLifted()).isTrue();
    assertThat(entry.isRevoked(5)).isFalse();
  }

  @Test
  void aRevocationAfterwardsIsOfItsOwnVersionOnly() {
    assertThat(world.deliver(revoked(NAME, Versions.MAX - 1))).isTrue();
    assertThat(world.deliver(unrevoked(NAME, null))).isTrue();

    assertThat(world.deliver(revoked(NAME, 5L))).isTrue();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
    assertThat(world.entry(NAME).isRevoked(6)).isFalse();
  }

  @Test
  void whatIsNotAtTheSourceIsNotFoundAfterwards() {
    assertThat(world.deliver(revoked(NAME, 5L))).isTrue();
    world.source.delete(DecryptorWorld.id(NAME));

    assertThat(world.deliver(unrevoked(NAME, null))).isTrue();

    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.FAILED);
  }

  /**
   * A revocation, its unrevocation and another revocation, each twice, in any order: the event that
   * was published last decides.
   */
  @Test
  void theOrderOfDeliveriesDoesNotMatter() {
    for (int seed = 0; seed < 200; seed++) {
      DecryptorWorld world = new DecryptorWorld();
      world.original(NAME, "value", 5);
      assertThat(world.due()).isTrue();
      Random random = new Random(seed);
      List<Event.Change> changes = new ArrayList<>();
      boolean revokedAtLast = false;
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        world.clock.advance(Duration.ofSeconds(random.nextInt(1, 100)));
        revokedAtLast = random.nextBoolean();
        Event.Change change =
            revokedAtLast
                ? new Event.Revoked(DecryptorWorld.TENANT, NAME, random.nextBoolean() ? 5L : null)
                : new Event.Unrevoked(DecryptorWorld.TENANT, NAME, null);
        changes.add(change.published(world.published()));
      }
      List<Event.Change> deliveries = new ArrayList<>(changes);
      deliveries.addAll(changes);
      Collections.shuffle(deliveries, random);

      for (Event.Change delivery : deliveries) {
        assertThat(world.deliver(delivery)).isTrue();
        world.clock.advance(Duration.ofSeconds(random.nextInt(100)));
      }

      assertThat(world.due()).isTrue();
      assertThat(world.readable(NAME))
          .as("seed %s: %s", seed, deliveries)
          .isEqualTo(revokedAtLast ? null : "value");
    }
  }

  private Event.Change revoked(@Nullable String name, @Nullable Long version) {
    world.clock.advance(Duration.ofSeconds(1));
    return new Event.Revoked(DecryptorWorld.TENANT, name, version, world.published());
  }

  private Event.Change unrevoked(@Nullable String name, @Nullable Long version) {
    world.clock.advance(Duration.ofSeconds(1));
    return new Event.Unrevoked(DecryptorWorld.TENANT, name, version, world.published());
  }
}
