package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.internal.Patience;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LookupThreadsTest {
  /** More than there are platform threads. */
  private static final int TASKS = 70;

  private final LookupThreads threads = new LookupThreads();

  @Test
  void noTaskWaitsForAnother() throws Exception {
    CountDownLatch all = new CountDownLatch(TASKS);
    List<Future<Boolean>> virtual = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      virtual.add(
          threads.submit(() -> {
            all.countDown();
            all.await();
            return Thread.currentThread().isVirtual();
          }));
    }

    int virtuals = 0;
    for (Future<Boolean> one : virtual) {
      virtuals += one.get() ? 1 : 0;
    }
    assertThat(virtuals).isEqualTo(TASKS - 64);
    threads.shutdown();
  }

  @Test
  void endsWhatRunsOnAnyOfThem() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(TASKS);
    CountDownLatch never = new CountDownLatch(1);
    for (int i = 0; i < TASKS; i++) {
      threads.execute(() -> {
        running.countDown();
        try {
          never.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });
    }
    running.await();

    assertThat(threads.isTerminated()).isFalse();
    assertThat(threads.awaitTermination(0, TimeUnit.SECONDS)).isFalse();
    assertThat(threads.shutdownNow()).isEmpty();
    assertThat(threads.awaitTermination(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(threads.isTerminated()).isTrue();
  }

  @Test
  void theirNamesSayWhoseTheyAreAndTheyKeepNoProcessRunning() throws Exception {
    CountDownLatch all = new CountDownLatch(TASKS);
    List<Future<Thread>> ours = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      ours.add(
          threads.submit(() -> {
            all.countDown();
            all.await();
            return Thread.currentThread();
          }));
    }

    for (Future<Thread> one : ours) {
      assertThat(one.get().getName()).startsWith("keepwarm-reader-");
      assertThat(one.get().isDaemon()).isTrue();
    }
    threads.shutdown();
  }

  @Test
  void takesNothingAfterItsEnd() {
    assertThat(threads.isShutdown()).isFalse();
    threads.shutdown();

    assertThat(threads.isShutdown()).isTrue();
    assertThatExceptionOfType(RejectedExecutionException.class)
        .isThrownBy(() -> threads.execute(() -> {}));
  }
}
