package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.SequentialFanout;
import dev.keepwarm.engine.SourceRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A batch that is not finished in time. On threads, as in production. */
final class BatchTimeTest {
  private static final String SLOW = "slow";

  private final DecryptorWorld world = new DecryptorWorld();
  private final CountDownLatch released = new CountDownLatch(1);
  private final Set<String> hanging = ConcurrentHashMap.newKeySet();
  private final AtomicInteger running = new AtomicInteger();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final AtomicInteger returned = new AtomicInteger();

  @AfterEach
  void release() {
    released.countDown();
  }

  private Decryptor threaded() {
    return world.process(ports ->
        ports.withFanouts(
            new Decryptor.Fanouts(
                new Watched(Fanout.bounded(10)),
                Fanout.bounded(16),
                new Watched(Fanout.bounded(16)))));
  }

  /** Remembers the threads that have finished their message, and counts the pieces that run. */
  private final class Watched implements Fanout {
    private final Fanout fanout;

    Watched(Fanout fanout) {
      this.fanout = fanout;
    }

    @Override
    public <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work) {
      return fanout.map(
          inputs,
          input -> {
            running.incrementAndGet();
            try {
              return work.apply(input);
            } finally {
              running.decrementAndGet();
            }
          });
    }

    @Override
    public <T, R> List<@Nullable R> mapWithin(
        List<T> inputs, Function<? super T, ? extends R> work, LongSupplier millisLeft) {
      return fanout.mapWithin(
          inputs,
          input -> {
            R result = work.apply(input);
            threads.add(Thread.currentThread());
            returned.incrementAndGet();
            return result;
          },
          millisLeft);
    }
  }

  private void original(String tenant, String name) {
    world.source.put(
        new CredentialId(tenant, name), PlainDecoder.PROFILE, PlainDecoder.encode("x"), 1);
  }

  private boolean isReady(String tenant, String name) {
    var entry = world.cache.read(new CredentialId(tenant, name));
    return entry != null && entry.sealed() != null;
  }

  /** Originals of the slow tenant hang until they are released, or until they are interrupted. */
  private void hang(boolean interruptible) {
    world.decoder.before(original -> {
      if (isSlow(original)) {
        hanging.add(original.id().name());
        boolean interrupted = false;
        while (released.getCount() > 0) {
          try {
            released.await();
          } catch (InterruptedException e) {
            interrupted = true;
            if (interruptible) {
              break;
            }
          }
        }
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    });
  }

  private static boolean isSlow(SourceRow.Original original) {
    return original.id().tenant().equals(SLOW);
  }

  /** Nine messages that are done at once, and one of a tenant whose originals hang. */
  private List<Decryptor.Message> batch() {
    List<Decryptor.Message> batch = new ArrayList<>();
    for (int n = 0; n < 3; n++) {
      original(SLOW, "n" + n);
    }
    batch.add(DecryptorWorld.message("slow", new Event.TenantsDue(List.of(SLOW))));
    for (int m = 0; m < 9; m++) {
      String tenant = "t" + m;
      original(tenant, "a");
      original(tenant, "b");
      batch.add(DecryptorWorld.message("fast-" + m, new Event.TenantsDue(List.of(tenant))));
    }
    return batch;
  }

  /** Lets the time pass when all work is done that can be done. */
  private LongSupplier untilTheOthersAreDone() {
    return () -> {
      // A thread that has finished its message waits for another one, or for the slow one's pieces.
      // Before it waits, its work may not count as done yet.
      if (returned.get() < 9
          || threads.stream()
              .map(Thread::getState)
              .anyMatch(
                  state -> state != Thread.State.WAITING && state != Thread.State.TIMED_WAITING)) {
        return 100;
      }
      // A thread that hangs later than this would never have begun.
      return hanging.size() < 3 ? 100 : 0;
    };
  }

  private void awaitHanging() {
    Awaitility.await().until(() -> running.get() == 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsDoneIsDoneAndOnlyTheRestComesAgain(boolean interruptible) {
    hang(interruptible);

    assertThat(threaded().handle(batch(), untilTheOthersAreDone())).containsExactly("slow");

    assertThat(world.log())
        .contains(
            "\"event\":\"message not done in time\",\"code\":\"TIMEOUT\",\"message\":\"slow\"")
        .contains("\"MessagesFailed\":1");
  }

  @Test
  void whatHangsIsInterruptedAndEnds() {
    hang(true);

    assertThat(threaded().handle(batch(), untilTheOthersAreDone())).containsExactly("slow");

    awaitHanging();
    assertThat(isReady(SLOW, "n0")).isFalse();
  }

  /** As after a freeze: the answer comes hours later, and another process has written meanwhile. */
  @Test
  void aThreadThatWasGivenUpWritesNothing() {
    hang(false);
    assertThat(threaded().handle(batch(), untilTheOthersAreDone())).containsExactly("slow");
    world.cache.hooks().resetCounts();

    world.clock.advance(Duration.ofHours(5));
    released.countDown();
    awaitHanging();

    assertThat(world.cache.hooks().count("put")).isZero();
    assertThat(isReady(SLOW, "n0")).isFalse();
  }

  @Test
  void theQueueBringsAgainWhatWasGivenUp() {
    hang(true);
    List<Decryptor.Message> batch = batch();
    assertThat(threaded().handle(batch, untilTheOthersAreDone())).containsExactly("slow");
    awaitHanging();
    released.countDown();

    assertThat(threaded().handle(batch.subList(0, 1), DecryptorWorld.A_MINUTE)).isEmpty();

    assertThat(isReady(SLOW, "n0")).isTrue();
  }

  @Test
  void aMessageThatFailsAsItIsGivenUpIsCountedOnce() {
    Fanout calls = new SequentialFanout();
    Fanout tooLate =
        new Fanout() {
          @Override
          public <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work) {
            return calls.map(inputs, work);
          }

          @Override
          public <T, R> List<@Nullable R> mapWithin(
              List<T> inputs, Function<? super T, ? extends R> work, LongSupplier millisLeft) {
            List<R> unused = map(inputs, work);
            return new ArrayList<>(Collections.nCopies(inputs.size(), null));
          }
        };
    Decryptor decryptor =
        world.process(ports -> ports.withFanouts(new Decryptor.Fanouts(tooLate, calls, calls)));

    assertThat(decryptor.handle(List.of(new Decryptor.Message("1", "{}")), DecryptorWorld.A_MINUTE))
        .containsExactly("1");

    assertThat(world.log()).contains("message failed").contains("\"MessagesFailed\":1");
  }

  @Test
  void withoutTimeNothingBegins() {
    List<Decryptor.Message> batch = batch();

    assertThat(world.decryptor().handle(batch, () -> 0)).hasSize(10);

    assertThat(world.cache.hooks().count()).isZero();
    assertThat(world.source.hooks().count()).isZero();
  }

  @Test
  void whenTheTimeIsOverNoOtherOriginalBegins() {
    for (int n = 0; n < 10; n++) {
      original(DecryptorWorld.TENANT, "n" + n);
    }
    LongSupplier threeDecodes = () -> world.decoder.decodes() < 3 ? 60_000 : 1_000;

    assertThat(
            world
                .decryptor()
                .handle(
                    List.of(
                        DecryptorWorld.message(
                            "1", new Event.TenantsDue(List.of(DecryptorWorld.TENANT)))),
                    threeDecodes))
        .containsExactly("1");

    assertThat(world.decoder.decodes()).isEqualTo(3);
    assertThat(world.log()).contains("TIMEOUT");
  }

  @Test
  void aRotationThatGetsNoTimeHidesTheOldValueAndComesAgain() {
    world.original("bank", "old", 1);
    assertThat(world.due()).isTrue();
    world.original("bank", "new", 2);
    LongSupplier untilItDecodes = () -> world.decoder.decodes() < 2 ? 60_000 : 1_000;

    assertThat(
            world
                .process()
                .handle(
                    List.of(
                        DecryptorWorld.message(
                            "1", new Event.Rotated(DecryptorWorld.TENANT, "bank", 2L))),
                    untilItDecodes))
        .containsExactly("1");

    assertThat(world.readable("bank")).isNull();
    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, "bank", 2L))).isTrue();
    assertThat(world.readable("bank")).isEqualTo("new");
  }
}
