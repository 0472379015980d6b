package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class FanoutTest {
  @Test
  void returnsResultsInTheOrderOfTheInputs() {
    List<Integer> inputs = numbers(100);

    assertThat(Fanout.bounded(8).map(inputs, i -> i * 2))
        .isEqualTo(inputs.stream().map(i -> i * 2).toList());
    assertThat(Fanout.bounded(8).map(List.<Integer>of(), i -> i)).isEmpty();
    assertThat(Fanout.bounded(8).map(List.of(7), i -> i * 2)).containsExactly(14);
  }

  @Test
  void runsSideBySideAsManyAsItsLimit() {
    CyclicBarrier allAtOnce = new CyclicBarrier(4);

    // Each waits for the other three.
    assertThat(Fanout.bounded(4).map(numbers(8), i -> await(allAtOnce))).hasSize(8);
  }

  @Test
  void doesOneThingBesideOthers() {
    CyclicBarrier allAtOnce = new CyclicBarrier(3);
    Fanout fanout = Fanout.bounded(1);
    Runnable other =
        () -> {
          Integer unused = await(allAtOnce);
        };

    Supplier<Integer> work =
        () -> {
          other.run();
          return 1;
        };
    assertThat(fanout.beside(work, List.of(other, other))).isEqualTo(1);
    assertThat(fanout.beside(() -> fanout.beside(() -> 7, List.of()), List.of())).isEqualTo(7);
  }

  @Test
  void throwsWhatTheWorkThrowsOrElseTheOthersAfterAllHaveEnded() {
    AtomicInteger ended = new AtomicInteger();
    Runnable failing =
        () -> {
          ended.incrementAndGet();
          throw new KeepwarmException(ErrorCode.DENIED, "injected");
        };
    for (Fanout fanout : List.of(Fanout.bounded(2), new SequentialFanout())) {
      ended.set(0);
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> fanout.beside(() -> 1, List.of(failing, ended::incrementAndGet)))
          .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));
      assertThatIllegalStateException()
          .isThrownBy(() ->
              fanout.beside(
                  () -> {
                    throw new IllegalStateException();
                  },
                  List.of(failing)));
      assertThat(ended).hasValue(3);
    }
  }

  @Test
  void runsNoMoreAtATimeThanItsLimitInAllItsCalls() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Fanout fanout = Fanout.bounded(3);

    List<Integer> unused =
        Fanout.bounded(2)
            .map(
                numbers(2),
                call ->
                    fanout
                        .map(
                            numbers(50),
                            i -> {
                              most.accumulateAndGet(running.incrementAndGet(), Math::max);
                              // Gives time to pieces that the limit does not keep out.
                              for (int n = 0; n < 1000 && running.get() <= 3; n++) {
                                Thread.yield();
                              }
                              running.decrementAndGet();
                              return i;
                            })
                        .size());

    assertThat(most.get()).isBetween(1, 3);
  }

  @Test
  void throwsTheFirstExceptionAfterAllWorkHasEnded() {
    Set<Integer> ended = ConcurrentHashMap.newKeySet();
    CountDownLatch laterFailed = new CountDownLatch(1);

    assertThatIllegalStateException()
        .isThrownBy(() ->
            Fanout.bounded(8)
                .map(
                    numbers(6),
                    i -> {
                      if (i == 2) {
                        awaitQuietly(laterFailed);
                      }
                      ended.add(i);
                      if (i == 4) {
                        laterFailed.countDown();
                      }
                      if (i == 2 || i == 4) {
                        throw new IllegalStateException("piece " + i);
                      }
                      return i;
                    }))
        .withMessage("piece 2");

    assertThat(ended).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
  }

  @Test
  void throwsErrorsAsTheyAre() {
    assertThatExceptionOfType(StackOverflowError.class)
        .isThrownBy(() ->
            Fanout.bounded(2)
                .map(
                    numbers(2),
                    i -> {
                      throw new StackOverflowError();
                    }));
  }

  @Test
  void doesEachPieceOnce() {
    Set<Integer> done = ConcurrentHashMap.newKeySet();

    Fanout.bounded(2).each(numbers(10), done::add);

    assertThat(done).hasSize(10);
  }

  @Test
  void anInterruptedCallEndsItsPiecesAndSaysSo() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                // One piece waits for ever, the other for its permit.
                Fanout.bounded(1)
                    .each(
                        numbers(2),
                        i -> {
                          started.countDown();
                          awaitQuietly(never);
                        });
              } catch (RuntimeException e) {
                thrown.set(e);
              }
            });

    started.await();
    caller.interrupt();
    caller.join();

    assertThat(thrown.get())
        .isInstanceOfSatisfying(
            KeepwarmException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT));
  }

  @Test
  void givesUpWhatIsNotDoneInTime() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);

    // A thread each for the first two; the third never gets one.
    List<@Nullable Integer> results =
        Fanout.bounded(2)
            .mapWithin(
                numbers(3),
                i -> {
                  if (i == 0) {
                    done.countDown();
                    return i;
                  }
                  begun.countDown();
                  try {
                    never.await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                  }
                  return i;
                },
                () -> done.getCount() > 0 || begun.getCount() > 0 ? 50 : 0);

    assertThat(results).hasSize(3);
    assertThat(results.subList(1, 3)).containsOnlyNulls();
    interrupted.await();
  }

  /** A piece that was given up too late to notice must not end the next one on its thread. */
  @Test
  void anInterruptDoesNotOutliveItsPiece() {
    Fanout fanout = Fanout.bounded(2);

    for (int i = 0; i < 100; i++) {
      CountDownLatch begun = new CountDownLatch(2);
      List<@Nullable Boolean> unused =
          fanout.mapWithin(
              numbers(2),
              piece -> {
                begun.countDown();
                while (!Thread.currentThread().isInterrupted()) {
                  Thread.onSpinWait();
                }
                return true;
              },
              begun::getCount);

      assertThat(fanout.map(numbers(2), piece -> Thread.currentThread().isInterrupted()))
          .containsOnly(false);
    }
  }

  @Test
  void keepsItsThreads() {
    Fanout fanout = Fanout.bounded(4);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();

    for (int i = 0; i < 100; i++) {
      fanout.each(numbers(4), piece -> threads.add(Thread.currentThread()));
    }

    assertThat(threads).hasSizeLessThan(100);
  }

  @Test
  void waitsForWhatHasTime() {
    assertThat(Fanout.bounded(2).mapWithin(numbers(5), i -> i * 2, () -> 10_000))
        .containsExactly(0, 2, 4, 6, 8);
    assertThatIllegalStateException()
        .isThrownBy(() ->
            Fanout.bounded(2)
                .mapWithin(
                    numbers(1),
                    i -> {
                      throw new IllegalStateException("piece");
                    },
                    () -> 10_000));
  }

  private static int await(CyclicBarrier barrier) {
    try {
      return barrier.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }
}
