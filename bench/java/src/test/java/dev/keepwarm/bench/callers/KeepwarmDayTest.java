package dev.keepwarm.bench.callers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class KeepwarmDayTest {
  private static final double[] WARM = {5};
  private static final double[] COLD = {1000};
  private static final Traffic.Shape SHAPE = new Traffic.Shape(2, 20, 0.05, 0.5, 2, 10, 20, 0);

  @Test
  void noReaderOfARotatedCredentialMeetsADecryptor() {
    Traffic traffic = Traffic.of(SHAPE, 1);

    Played played = new KeepwarmDay(traffic, WARM, COLD, 1).play();

    assertThat(played.awaited()).isZero();
    assertThat(played.count(Kind.NEAR)).isPositive();
    assertThat(played.count(Kind.NEAR) + played.count(Kind.CACHE) + played.count(Kind.UNWRAP))
        .isEqualTo(traffic.reads());
  }

  /** The warmer keeps an instance of the resolver initialised. */
  @Test
  void noMissMeetsAColdResolver() {
    Traffic traffic = Traffic.of(SHAPE.withRevocations(10), 1);

    Played played = new KeepwarmDay(traffic, WARM, COLD, 1).play();

    assertThat(played.count(Kind.WARM)).isPositive();
    assertThat(played.coldOfAwaited()).isZero();
  }

  @Test
  void theSameSeedPlaysTheSameDay() {
    Traffic.Shape shape = SHAPE.withRevocations(10);

    Played one = new KeepwarmDay(Traffic.of(shape, 1), WARM, COLD, 1).play();
    Played other = new KeepwarmDay(Traffic.of(shape, 1), WARM, COLD, 1).play();

    for (Kind kind : Kind.values()) {
      assertThat(other.count(kind)).as(kind.name()).isEqualTo(one.count(kind));
    }
    assertThat(one.refused()).isPositive().isEqualTo(other.refused());
  }

  @Test
  void whoAwaitsADecryptorMeetsAColdOne() {
    Traffic traffic = Traffic.of(SHAPE, 1);

    Played awaited = new AwaitedDay(traffic, WARM, COLD, 0, 1).play();
    Played cached = new AwaitedDay(traffic, WARM, COLD, 300_000, 1).play();

    assertThat(awaited.awaited()).isEqualTo(1);
    assertThat(awaited.count(Kind.COLD)).isPositive();
    assertThat(awaited.old()).isZero();
    assertThat(cached.awaited()).isLessThan(1);
    assertThat(cached.old()).isPositive();
  }
}
