package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
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

  @Test
  void closingInterruptsTheWork() {
    boolean[] interrupted = new boolean[1];
    List<Job<String>> started = new ArrayList<>();
    Job<String> job =
        job(() -> {
          started.getFirst().close();
          interrupted[0] = Thread.currentThread().isInterrupted();
          return "too late";
        });
    started.add(job);

    job.start();

    assertThat(interrupted[0]).isTrue();
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(job::await)
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
  }

  @Test
  void aCallerThatIsInterruptedWhileItWaitsStaysInterrupted() {
    Job<String> job = job(() -> "value");
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(job::await)
        .returns(ErrorCode.TIMEOUT, KeepwarmException::code);

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anErrorOfTheWorkReachesItsCallers() {
    Error broken = new NoClassDefFoundError("broken");
    Job<String> job =
        job(() -> {
          throw broken;
        });

    job.start();

    assertThatThrownBy(job::await).isSameAs(broken);
    assertThat(alarms.pending()).isZero();
  }

  @Test
  void saysWhenItHasEndedHoweverItEnds() {
    int[] ends = new int[1];
    Job<String> succeeds = job(() -> "value");
    Job<String> fails =
        job(() -> {
          throw new KeepwarmException(ErrorCode.UNAVAILABLE, "down");
        });
    succeeds.whenEnded(() -> ends[0]++);
    fails.whenEnded(() -> ends[0]++);
    assertThat(ends[0]).isZero();

    succeeds.start();
    assertThat(ends[0]).isEqualTo(1);
    fails.start();
    assertThat(ends[0]).isEqualTo(2);
  }

  @Test
  void leavesNoAlarmWhereNoThreadTakesIt() {
    Jobs.Runner closed =
        new Jobs.Runner(
            task -> {
              throw new RejectedExecutionException();
            },
            alarms,
            clocks,
            Duration.ofSeconds(1));
    Job<String> job = new Job<>(closed, Work.of("it", "nobody", () -> "value"), ended -> {});

    job.start();

    assertThat(alarms.pending()).isZero();
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(job::await)
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
  }

  private Job<String> job(Supplier<String> work) {
    return new Job<>(runner, Work.of("acme bank", "the cache table", work), ended -> {});
  }
}
