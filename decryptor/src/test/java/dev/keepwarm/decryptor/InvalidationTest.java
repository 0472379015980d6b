package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Lifetimes;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class InvalidationTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void warmTheOldValue() {
    world.original(NAME, "old", 5);
    assertThat(world.due()).isTrue();
    world.forgetTraces();
  }

  @Test
  void theOldValueIsGoneBeforeTheSourceIsRead() {
    world.original(NAME, "new", 6);
    AtomicBoolean asked = new AtomicBoolean();
    world.beforeSourceRead(() -> {
      assertThat(world.readable(NAME)).isNull();
      asked.set(true);
    });

    assertThat(invalidate(NAME, null)).isTrue();

    assertThat(asked).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id(NAME), 6L));
  }

  @Test
  void aSourceThatIsDownLeavesATombstoneAndIsNotAcknowledged() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(invalidate(NAME, null)).isFalse();

    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.INVALID);
    world.source.hooks().clear();
    assertThat(invalidate(NAME, null)).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("old");
  }

  @Test
  void aSourceThatWasRestoredFromABackupIsServedAgain() {
    world.original(NAME, "from the backup", 3);
    world.passSoftExpiry();
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("old");

    assertThat(invalidate(NAME, null)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("from the backup");
    assertThat(world.entry(NAME).version()).isEqualTo(3);
  }

  @Test
  void aVersionThatIsNotThereYetIsNotAcknowledgedAndStaysRefused() {
    assertThat(invalidate(NAME, 6L)).isFalse();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isNull();
    world.original(NAME, "new", 6);
    assertThat(invalidate(NAME, 6L)).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void anInvalidationOfAnOlderVersionThatComesLateEndsAtTheNewest() {
    assertThat(invalidate(NAME, 2L)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("old");
    assertThat(world.entry(NAME).version()).isEqualTo(5);
  }

  @Test
  void aDuplicateEndsWhereTheFirstDid() {
    world.original(NAME, "new", 6);

    assertThat(invalidate(NAME, 6L)).isTrue();
    assertThat(invalidate(NAME, 6L)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void anInvalidationOfATenantReachesWhatOnlyTheSourceOrOnlyTheCacheKnows() {
    world.original("gone", "old", 1);
    assertThat(world.due()).isTrue();
    world.source.delete(DecryptorWorld.id("gone"));
    world.original("added", "new", 1);

    assertThat(invalidate(null, null)).isTrue();

    assertThat(world.readable("gone")).isNull();
    assertThat(world.readable("added")).isEqualTo("new");
    assertThat(world.readable(NAME)).isEqualTo("old");
    assertThat(world.entry("added").fence()).isPositive();
    assertThat(world.entry(NAME).fence()).isPositive();
  }

  @Test
  void anInvalidationOfATenantReadsItsEntriesWithOneRequest() {
    world.original("other", "other", 1);
    assertThat(world.due()).isTrue();
    world.forgetTraces();

    assertThat(invalidate(null, null)).isTrue();

    assertThat(world.cache.hooks().count("read")).isZero();
  }

  /** Only a malformed item may be replaced without having been read. */
  @Test
  void anEntryThatCannotBeReadNowIsLeftAndNotAcknowledged() {
    Entry before = world.entry(NAME);
    world.cache.hooks().failNext("read", ErrorCode.UNAVAILABLE);

    assertThat(invalidate(NAME, null)).isFalse();

    assertThat(world.entry(NAME)).isEqualTo(before);
  }

  @Test
  void aRevocationOutlivesAnInvalidation() {
    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))).isTrue();

    assertThat(invalidate(NAME, null)).isTrue();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
  }

  @Test
  void theTombstoneOutlivesEveryRefreshInFlight() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(invalidate(NAME, null)).isFalse();

    long now = world.clock.millis();
    world.cache.deleteExpired(now + Lifetimes.FENCE_KEPT);
    assertThat(world.stored(NAME)).isNotNull();
    world.cache.deleteExpired(now + Lifetimes.FENCE_KEPT + DecryptorWorld.LIFETIMES.hard() + 2_000);
    assertThat(world.stored(NAME)).isNull();
  }

  private boolean invalidate(@Nullable String name, @Nullable Long version) {
    return world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, name, version));
  }
}
