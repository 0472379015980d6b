package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JobsTest {
  private final List<Runnable> tasks = new ArrayList<>();
  private final Jobs<String, String> jobs =
      new Jobs<>(
          new Jobs.Runner(
              tasks::add,
              new ManualTimers(),
              new Clocks(new ManualClock(), () -> 0),
              Duration.ofSeconds(1)));

  @Test
  void aJobThatHasJustBecomeOneToShareIsNotStartedTwice() {
    // Another caller may start a shareable job between the first look and the second.
    Job<String> first = jobs.join("key", sharedFromItsSecondLookOn());

    Job<String> second = jobs.join("key", Work.of("it", "nobody", () -> "second"));

    assertThat(second).isSameAs(first);
    assertThat(tasks).hasSize(1);
  }

  @Test
  void aJobThatIsNotToBeSharedIsReplaced() {
    Job<String> first = jobs.join("key", notShared());

    Job<String> second = jobs.join("key", Work.of("it", "nobody", () -> "second"));
    tasks.forEach(Runnable::run);

    assertThat(first.await()).isEqualTo("alone");
    assertThat(second.await()).isEqualTo("second");
  }

  private static Work<String> sharedFromItsSecondLookOn() {
    return new Alone() {
      private int looks;

      @Override
      public boolean isShared() {
        return ++looks > 1;
      }
    };
  }

  private static Work<String> notShared() {
    return new Alone();
  }

  private static class Alone implements Work<String> {
    @Override
    public String run() {
      return "alone";
    }

    @Override
    public String what() {
      return "it";
    }

    @Override
    public String asked() {
      return "nobody";
    }

    @Override
    public boolean isShared() {
      return false;
    }
  }
}
