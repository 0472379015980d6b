package dev.keepwarm.decryptor.refresh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The end of an invocation's time, which is never undone. */
final class DeadlineTest {
  private final AtomicLong platform = new AtomicLong(60_000);
  private final Deadline deadline = new Deadline(platform::get);

  @Test
  void workEndsBeforeTheWaitForItDoes() {
    platform.set(1_500);

    assertThat(deadline.millisLeft()).isZero();
    assertThat(deadline.millisLeftToReturn()).isEqualTo(500);
  }

  @Test
  void whatIsOverStaysOverWhenTheClockIsSetBack() {
    platform.set(0);
    assertThat(deadline.millisLeft()).isZero();

    platform.set(60_000);

    assertThat(deadline.millisLeft()).isZero();
    assertThatThrownBy(deadline::check)
        .isInstanceOfSatisfying(
            KeepwarmException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT));
    assertThat(deadline.millisLeftToReturn()).isPositive();
  }

  /** A thread that returns because the time is over ends it for all other threads. */
  @Test
  void whoeverComesBackEndsTheWorkAsWell() {
    platform.set(0);
    assertThat(deadline.millisLeftToReturn()).isZero();

    platform.set(60_000);

    assertThat(deadline.millisLeftToReturn()).isZero();
    assertThat(deadline.millisLeft()).isZero();
  }

  @Test
  void anEndedOneHasNoTime() {
    deadline.end();

    assertThat(deadline.millisLeft()).isZero();
    assertThat(deadline.millisLeftToReturn()).isZero();
  }
}
