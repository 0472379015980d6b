package dev.keepwarm.decryptor.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class MemoTest {
  private final AtomicInteger computations = new AtomicInteger();

  @Test
  void computesOnceAndRemembers() {
    Memo<Integer> memo = new Memo<>(computations::incrementAndGet);

    assertThat(memo.get()).isEqualTo(1);
    assertThat(memo.get()).isEqualTo(1);
  }

  @Test
  void computesAgainAfterItWasToldToForget() {
    Memo<Integer> memo = new Memo<>(computations::incrementAndGet);
    assertThat(memo.get()).isEqualTo(1);

    memo.clear();

    assertThat(memo.get()).isEqualTo(2);
  }

  @Test
  void everybodyWhoAsksMeanwhileGetsTheOneComputation() throws Exception {
    CountDownLatch asked = new CountDownLatch(9);
    Memo<Integer> memo =
        new Memo<>(() -> {
          await(asked);
          return computations.incrementAndGet();
        });

    assertThat(askTenTimes(memo, asked)).containsOnly("1");
    assertThat(computations).hasValue(1);
  }

  @Test
  void aFailureIsSharedByThoseWhoWaitAndThenForgotten() throws Exception {
    CountDownLatch asked = new CountDownLatch(9);
    Memo<Integer> memo =
        new Memo<>(() -> {
          int computation = computations.incrementAndGet();
          if (computation == 1) {
            await(asked);
            throw new IllegalStateException("failed");
          }
          return computation;
        });

    // A caller after the failure computes the value again.
    assertThat(askTenTimes(memo, asked)).contains("failed").isSubsetOf("failed", "2");
    assertThat(memo.get()).isEqualTo(2);
  }

  @Test
  void aFailureIsThrownAsItIs() {
    IllegalStateException failure = new IllegalStateException("failed");
    Memo<Integer> memo =
        new Memo<>(() -> {
          throw failure;
        });

    assertThatIllegalStateException().isThrownBy(memo::get).isSameAs(failure);
    assertThatIllegalStateException().isThrownBy(memo::get).isSameAs(failure);
  }

  @Test
  void whatWasBeingComputedWhenItWasToldToForgetIsForgotten() {
    AtomicInteger number = new AtomicInteger();
    List<Memo<Integer>> self = new ArrayList<>();
    Memo<Integer> memo =
        new Memo<>(() -> {
          if (number.get() == 0) {
            self.getFirst().clear();
          }
          return number.incrementAndGet();
        });
    self.add(memo);

    assertThat(memo.get()).isEqualTo(1);
    assertThat(memo.get()).isEqualTo(2);
    assertThat(memo.get()).isEqualTo(2);
  }

  private static List<String> askTenTimes(Memo<Integer> memo, CountDownLatch asked)
      throws Exception {
    List<Future<String>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 10; i++) {
        answers.add(
            threads.submit(() -> {
              asked.countDown();
              try {
                return String.valueOf(memo.get());
              } catch (IllegalStateException e) {
                return String.valueOf(e.getMessage());
              }
            }));
      }
    }
    List<String> texts = new ArrayList<>();
    for (Future<String> answer : answers) {
      texts.add(answer.get());
    }
    return texts;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
