package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ConnectionPoolTest {
  private final FakeConnections connections = new FakeConnections();
  private long now = 1_000;
  private final ConnectionPool pool =
      new ConnectionPool(connections, Dialect.POSTGRESQL, 2, Duration.ofMillis(50), () -> now);

  @Test
  void aConnectionIsUsedAgain() {
    Connection first = use();
    Connection second = use();

    assertThat(second).isSameAs(first);
    assertThat(connections.opened())
        .singleElement()
        .satisfies(fake -> {
          assertThat(fake.closed).isFalse();
          assertThat(fake.checks).isZero();
        });
  }

  @Test
  void aConnectionThatWasIdleForAMomentIsChecked() {
    Connection first = use();
    pass(ConnectionPool.TRUSTED.plusNanos(1));

    assertThat(use()).isSameAs(first);
    assertThat(connections.opened().getFirst().checks).isEqualTo(1);
  }

  @Test
  void aConnectionThatDiedWhileIdleIsReplaced() {
    use();
    connections.opened().getFirst().alive = false;
    pass(ConnectionPool.TRUSTED.plusNanos(1));

    use();

    assertThat(connections.opened()).hasSize(2);
    assertThat(connections.opened().getFirst().closed).isTrue();
  }

  @Test
  void aConnectionThatWasIdleForLongIsReplacedUnasked() {
    use();
    pass(ConnectionPool.KEPT.plusNanos(1));

    use();

    assertThat(connections.opened()).hasSize(2);
    assertThat(connections.opened().getFirst().closed).isTrue();
    assertThat(connections.opened().getFirst().checks).isZero();
  }

  @Test
  void aConnectionOnWhichSomethingFailedIsNotUsedAgain() {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() ->
            pool.use(
                "cannot",
                connection -> {
                  throw new SQLException("with content", "08006");
                }))
        .withMessage("UNAVAILABLE: cannot: SQLSTATE 08006");

    assertThat(connections.opened().getFirst().closed).isTrue();
    use();
    assertThat(connections.opened()).hasSize(2);
  }

  @Test
  void noMoreConnectionsAreOpenThanAllowedAndWaitingEnds() {
    pool.use(
        "outer",
        one ->
            pool.use(
                "inner",
                two -> {
                  assertThat(two).isNotSameAs(one);
                  assertThatExceptionOfType(KeepwarmException.class)
                      .isThrownBy(this::use)
                      .returns(ErrorCode.TIMEOUT, KeepwarmException::code);
                  return two;
                }));

    use();
    assertThat(connections.opened()).hasSize(2);
  }

  @Test
  void aFailureToConnectKeepsNoPlace() {
    ConnectionPool failing =
        new ConnectionPool(
            () -> {
              throw new KeepwarmException(ErrorCode.UNAVAILABLE, "no");
            },
            Dialect.OTHER,
            1,
            Duration.ofMillis(50),
            () -> now);

    for (int i = 0; i < 3; i++) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> failing.use("cannot", connection -> connection))
          .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
    }
  }

  @Test
  void clearedItClosesWhatIsIdleAndWorksOn() {
    use();

    pool.clear();

    assertThat(connections.opened().getFirst().closed).isTrue();
    use();
    assertThat(connections.opened()).hasSize(2);
    assertThat(connections.opened().getLast().closed).isFalse();
  }

  @Test
  void closedItClosesWhatComesBack() {
    pool.use(
        "closing",
        connection -> {
          pool.close();
          assertThat(connections.opened().getFirst().closed).isFalse();
          return connection;
        });

    assertThat(connections.opened().getFirst().closed).isTrue();
  }

  private Connection use() {
    return pool.use("cannot", connection -> connection);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
