package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Hooks;
import dev.keepwarm.core.internal.ResolveAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A refresh stops between two steps, a change is delivered and acknowledged, and the refresh
 * continues with the data that it has read. No value from before the change may be readable after
 * it.
 */
final class StaleRefreshTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();
  private final AtomicBoolean acknowledged = new AtomicBoolean();

  /** Where the refresh stops. */
  enum Stop {
    BEFORE_IT_READS_THE_CACHE {
      @Override
      void at(DecryptorWorld world, Runnable hook) {
        world.cache.hooks().beforeNext("readTenant", hook);
      }
    },
    BETWEEN_CACHE_AND_SOURCE {
      @Override
      void at(DecryptorWorld world, Runnable hook) {
        world.beforeSourceRead(hook);
      }
    },
    AFTER_IT_READ_THE_SOURCE {
      @Override
      void at(DecryptorWorld world, Runnable hook) {
        world.source.hooks().afterNext("readTenant", hook);
      }
    },
    BEFORE_IT_DECODES {
      @Override
      void at(DecryptorWorld world, Runnable hook) {
        world.decoder.before(original -> hook.run());
      }
    },
    BEFORE_IT_SEALS {
      @Override
      void at(DecryptorWorld world, Runnable hook) {
        world.keys.hooks().beforeNext("generate", hook);
        world.keys.hooks().beforeNext("unwrap", hook);
      }
    },
    BEFORE_IT_STORES {
      @Override
      void at(DecryptorWorld world, Runnable hook) {
        world.cache.hooks().beforeNext("put", hook);
      }
    };

    abstract void at(DecryptorWorld world, Runnable hook);
  }

  /** Runs a hook in the next refresh at this point, once. */
  private void stop(Stop stop, Runnable hook) {
    AtomicBoolean done = new AtomicBoolean();
    stop.at(
        world,
        () -> {
          if (!done.getAndSet(true)) {
            hook.run();
          }
        });
  }

  private void acknowledge(Event.Change change) {
    assertThat(world.deliver(change)).isTrue();
    acknowledged.set(true);
  }

  /** From the acknowledgement on, checks before every call that the value is not readable. */
  private void neverReadableAgain(String old) {
    world
        .cache
        .hooks()
        .before(call -> {
          if (acknowledged.get()) {
            assertThat(world.readable(NAME)).as("before " + call).isNotEqualTo(old);
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void staleRefreshCannotOverwriteARotation(Stop stop) {
    world.original(NAME, "old", 1);
    neverReadableAgain("old");
    stop(
        stop,
        () -> {
          world.original(NAME, "new", 2);
          acknowledge(new Event.Rotated(DecryptorWorld.TENANT, NAME, null));
        });

    assertThat(world.due()).isTrue();

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @ParameterizedTest
  @EnumSource
  void staleRefreshOfAWarmEntryCannotOverwriteARotation(Stop stop) {
    world.original(NAME, "old", 1);
    assertThat(world.due()).isTrue();
    world.passSoftExpiry();
    neverReadableAgain("old");
    stop(
        stop,
        () -> {
          world.original(NAME, "new", 2);
          acknowledge(new Event.Rotated(DecryptorWorld.TENANT, null, 2L));
        });

    assertThat(world.due()).isTrue();

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  /** Here the version does not help: the source has gone back to an older one. */
  @ParameterizedTest
  @EnumSource
  void staleRefreshCannotOverwriteAnInvalidation(Stop stop) {
    world.original(NAME, "bad", 2);
    assertThat(world.due()).isTrue();
    world.passSoftExpiry();
    neverReadableAgain("bad");
    stop(
        stop,
        () -> {
          world.original(NAME, "from the backup", 1);
          acknowledge(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null));
        });

    assertThat(world.due()).isTrue();

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("from the backup");
  }

  @ParameterizedTest
  @EnumSource
  void staleRefreshCannotFillTheHoleOfAnInvalidation(Stop stop) {
    world.original(NAME, "bad", 2);
    neverReadableAgain("bad");
    stop(
        stop,
        () -> {
          world.original(NAME, "from the backup", 1);
          acknowledge(new Event.Invalidated(DecryptorWorld.TENANT, null, null));
        });

    assertThat(world.due()).isTrue();

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("from the backup");
  }

  @ParameterizedTest
  @EnumSource
  void staleRefreshCannotOverwriteARevocation(Stop stop) {
    world.original(NAME, "stolen", 3);
    assertThat(world.due()).isTrue();
    world.passSoftExpiry();
    neverReadableAgain("stolen");
    stop(stop, () -> acknowledge(new Event.Revoked(DecryptorWorld.TENANT, NAME, null)));

    assertThat(world.due()).isTrue();

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).isRevoked(3)).isTrue();
  }

  /** A credential that was never cached has no fence yet. */
  @ParameterizedTest
  @EnumSource
  void staleRefreshCannotOverwriteARevocationOfWhatWasNeverCached(Stop stop) {
    world.original(NAME, "stolen", 3);
    neverReadableAgain("stolen");
    stop(stop, () -> acknowledge(new Event.Revoked(DecryptorWorld.TENANT, null, 3L)));

    assertThat(world.due()).isTrue();

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).isRevoked(3)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void staleResolveCannotOverwriteARevocation(Stop stop) {
    world.original(NAME, "stolen", 3);
    neverReadableAgain("stolen");
    stop(stop, () -> acknowledge(new Event.Revoked(DecryptorWorld.TENANT, NAME, 3L)));

    ResolveAnswer answer = world.resolve(NAME);

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isNull();
    assertThat(answer)
        .isInstanceOfSatisfying(
            ResolveAnswer.Resolved.class,
            resolved ->
                assertThat(resolved.entries())
                    .singleElement()
                    .matches(Entry::isRevokedTombstone, "is a revoked tombstone"));
  }

  @ParameterizedTest
  @EnumSource
  void staleResolveCannotOverwriteARotation(Stop stop) {
    world.original(NAME, "old", 1);
    neverReadableAgain("old");
    stop(
        stop,
        () -> {
          world.original(NAME, "new", 2);
          acknowledge(new Event.Rotated(DecryptorWorld.TENANT, NAME, 2L));
        });

    Entry entry = world.resolved(NAME);

    assertThat(acknowledged).isTrue();
    assertThat(entry.version()).isEqualTo(2);
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  /** Two changes of the same credential, one in the middle of the other. */
  @ParameterizedTest
  @EnumSource
  void staleRotationCannotOverwriteALaterOne(Stop stop) {
    world.original(NAME, "first", 1);
    assertThat(world.due()).isTrue();
    world.original(NAME, "second", 2);
    neverReadableAgain("second");
    stop(
        stop,
        () -> {
          world.original(NAME, "third", 3);
          acknowledge(new Event.Rotated(DecryptorWorld.TENANT, NAME, 3L));
        });

    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, 2L))).isTrue();

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("third");
  }

  @Test
  void aRefreshThatIsOvertakenWithoutAFenceDoesNotGoBackAVersion() {
    world.original(NAME, "old", 1);
    world
        .source
        .hooks()
        .afterNext(
            "readTenant",
            () -> {
              world.original(NAME, "new", 2);
              assertThat(world.due()).isTrue();
              acknowledged.set(true);
            });
    neverReadableAgain("old");

    assertThat(world.due()).isTrue();

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.entry(NAME).fence()).isEqualTo(world.clock.millis());
  }

  /** Found by the simulation. Fences that count from 0 would soon reach the old one again. */
  @ParameterizedTest
  @EnumSource
  void aRefreshDoesNotTakeANewEntryForTheOneThatWasDeletedMeanwhile(Stop stop) {
    world.original(NAME, "stolen", 1);
    assertThat(world.due()).isTrue();
    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    world.clock.advance(Duration.ofHours(2));
    stop(
        stop,
        () -> {
          world.cache.deleteExpired(world.clock.millis());
          assertThat(world.cache.item(DecryptorWorld.id(NAME))).isNull();
          acknowledged.set(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, 1L)));
        });

    boolean unused = world.due();

    assertThat(acknowledged).isTrue();
    assertThat(world.readable(NAME)).isNull();
  }

  @Test
  void theCacheIsReadBeforeTheSource() {
    world.original(NAME, "value", 1);
    List<String> calls = new ArrayList<>();
    world.cache.hooks().before(call -> calls.add("cache " + call.method()));
    world.source.hooks().before(call -> calls.add("source " + call.method()));

    assertThat(world.due()).isTrue();

    assertThat(calls).containsExactly("cache readTenant", "source readTenant", "cache put");
  }

  @Test
  void everyFurtherAttemptReadsBothAgainInThatOrder() {
    world.original(NAME, "value", 1);
    List<String> calls = new ArrayList<>();
    world
        .cache
        .hooks()
        .beforeNext("put", () -> raiseFence(new Hooks.Call("put", DecryptorWorld.TENANT, NAME)));
    world.cache.hooks().before(call -> calls.add("cache " + call.method()));
    world.source.hooks().before(call -> calls.add("source " + call.method()));

    assertThat(world.due()).isTrue();

    assertThat(calls)
        .containsExactly(
            "cache readTenant",
            "source readTenant",
            "cache put",
            "cache raiseFence",
            "cache readTenant",
            "source readTenant",
            "cache put");
  }

  @Test
  void aRefreshGivesUpAfterThreeAttemptsAndIsNotAcknowledged() {
    world.original(NAME, "value", 1);
    world
        .cache
        .hooks()
        .before(call -> {
          if (call.method().equals("put")) {
            raiseFence(call);
          }
        });

    assertThat(world.due()).isFalse();

    assertThat(world.cache.hooks().count("put")).isEqualTo(3);
    assertThat(world.readable(NAME)).isNull();
  }

  private void raiseFence(Hooks.Call call) {
    Entry unused =
        world.cache.raiseFence(
            DecryptorWorld.id(String.valueOf(call.name())), 0, Long.MAX_VALUE / 2000);
  }
}
