package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a flight leaves behind in the thread that it was on, which is the test's own here. */
final class FlightTest {
  private final ManualAlarms alarms = new ManualAlarms();
  private final Flights.Launch launch =
      new Flights.Launch(Runnable::run, alarms, Duration.ofSeconds(1));

  @AfterEach
  void nothingStaysForTheNextTest() {
    boolean cleared = Thread.interrupted();
  }

  @Test
  void theDeadlinesInterruptEndsWithTheFlight() {
    boolean[] interrupted = new boolean[1];
    Flight<String> flight =
        flight(() -> {
          alarms.ring();
          interrupted[0] = Thread.currentThread().isInterrupted();
          return "too late";
        });

    flight.start();

    assertThat(interrupted[0]).as("during the work").isTrue();
    assertThat(Thread.currentThread().isInterrupted()).as("after it").isFalse();
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(flight::await)
        .returns(ErrorCode.TIMEOUT, KeepwarmException::code);
  }

  @Test
  void anInterruptOfSomebodyElsesStays() {
    Flight<String> flight = flight(() -> "value");
    Thread.currentThread().interrupt();

    flight.start();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(flight.await()).isEqualTo("value");
  }

  @Test
  void whatHasEndedBeforeItsThreadCameIsNotBegun() {
    Flights.Launch late =
        new Flights.Launch(
            task -> {
              alarms.ring();
              task.run();
            },
            alarms,
            Duration.ofSeconds(1));
    boolean[] begun = new boolean[1];
    Flight<String> flight =
        new Flight<>(
            late,
            () -> {
              begun[0] = true;
              return "value";
            },
            ended -> {});

    flight.start();

    assertThat(begun[0]).isFalse();
    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(flight::await);
  }

  private Flight<String> flight(Work<String> work) {
    return new Flight<>(launch, work, ended -> {});
  }
}
