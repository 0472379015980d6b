package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ManualClock;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The state in which a job leaves its thread, which is the test's own thread here. */
final class JobTest {
  private final ManualTimers alarms = new ManualTimers();
  private final Clocks clocks = new Clocks(new ManualClock(), () -> 0);
  private final Jobs.Runner runner =
      new Jobs.Runner(Runnable::run, alarms, clocks, Duration.ofSeconds(1));

  @AfterEach
  void nothingStaysForTheNextTest() {
    boolean cleared = Thread.interrupted();
  }

  @Test
  void theDeadlinesInterruptEndsWithTheJob() {
    boolean[] interrupted = new boolean[1];
    Job<String> job =
        job(() -> {
          alarms.ring();
          interrupted[0] = Thread.currentThread().isInterrupted();
          return "too late";
        });

    job.start();

    assertThat(interrupted[0]).as("during the work").isTrue();
    assertThat(Thread.currentThread().isInterrupted()).as("after it").isFalse();
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(job::await)
        .returns(ErrorCode.TIMEOUT, KeepwarmException::code);
  }

  @Test
  void anInterruptOfSomebodyElsesStays() {
    Job<String> job = job(() -> "value");
    Thread.currentThread().interrupt();

    job.start();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(job.await()).isEqualTo("value");
  }

  @Test
  void whatHasEndedBeforeItsThreadCameIsNotBegun() {
    int[] tasks = {0};
    Jobs.Runner late =
        new Jobs.Runner(
            task -> {
              if (tasks[0]++ == 0) {
                alarms.ring();
              }
              task.run();
            },
            alarms,
            clocks,
            Duration.ofSeconds(1));
    boolean[] begun = new boolean[1];
    Job<String> job =
        new Job<>(
            late,
            Work.of(
                "it",
                "nobody",
                () -> {
                  begun[0] = true;
                  return "value";
                }),
            ended -> {});

    job.start();

    assertThat(begun[0]).isFalse();
    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(job::await);
  }

  private Job<String> job(Supplier<String> work) {
    return new Job<>(runner, Work.of("acme bank", "the cache table", work), ended -> {});
  }
}
