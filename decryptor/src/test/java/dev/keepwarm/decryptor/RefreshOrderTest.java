package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A tenant that needs more time than one invocation has. */
final class RefreshOrderTest {
  private static final int ORIGINALS = 100;
  private static final Duration A_DECODE = Duration.ofSeconds(1);

  private final DecryptorWorld world = new DecryptorWorld();

  private void originals() {
    IntStream.range(0, ORIGINALS).forEach(i -> world.original(name(i), "x", 1));
  }

  private static String name(int i) {
    return "n%03d".formatted(i);
  }

  /** Runs an invocation that has enough time for this number of decodes. */
  private void invoke(int decodes) {
    long end = world.clock.millis() + A_DECODE.multipliedBy(decodes).toMillis() + 2_500;
    List<String> unused =
        world
            .process()
            .handle(
                List.of(
                    DecryptorWorld.message(
                        "1", new Event.TenantsDue(List.of(DecryptorWorld.TENANT)))),
                () -> end - world.clock.millis());
  }

  private Set<String> warm() {
    Set<String> warm = new HashSet<>();
    for (int i = 0; i < ORIGINALS; i++) {
      if (world.readable(name(i)) != null) {
        warm.add(name(i));
      }
    }
    return warm;
  }

  private void slowly(Predicate<String> hangs) {
    world.decoder.before(original -> {
      world.clock.advance(A_DECODE);
      if (hangs.test(original.id().name())) {
        throw new KeepwarmException(ErrorCode.TIMEOUT, "injected");
      }
    });
  }

  @Test
  void theNextInvocationGoesOnWhereThisOneStopped() {
    originals();
    slowly(name -> false);

    invoke(40);
    assertThat(warm()).hasSize(40);
    invoke(40);
    assertThat(warm()).hasSize(80);
    invoke(40);

    assertThat(warm()).hasSize(ORIGINALS);
    assertThat(world.decoder.decodes())
        .as("and one of each invocation for which the time was too short")
        .isLessThanOrEqualTo(ORIGINALS + 3);
  }

  /** 60 in each turn, and a life of three turns: there is enough time for all. */
  @Test
  void nothingGoesColdThatThereIsTimeFor() {
    originals();
    slowly(name -> false);
    Duration turn = Duration.ofMillis(DecryptorWorld.LIFETIMES.turn());
    invoke(60);
    invoke(60);
    assertThat(warm()).hasSize(ORIGINALS);

    for (int round = 0; round < 12; round++) {
      world.clock.advance(turn.minus(A_DECODE.multipliedBy(60)));
      invoke(60);
      assertThat(warm()).as("round %d", round).hasSize(ORIGINALS);
    }
  }

  /**
   * There are more of them than an invocation has time for, and a fixed order would start with
   * them.
   */
  @Test
  void originalsThatNeverDecodeDoNotKeepTheOthersWaitingForEver() {
    originals();
    slowly(name -> name.compareTo(name(50)) < 0);

    Set<String> seen = new HashSet<>();
    for (int round = 0; round < 40; round++) {
      invoke(20);
      seen.addAll(warm());
      world.clock.advance(Duration.ofSeconds(1));
    }

    assertThat(seen)
        .containsAll(IntStream.range(50, ORIGINALS).mapToObj(RefreshOrderTest::name).toList());
  }

  @Test
  void whatIsStillReadableDoesNotWaitForWhatNeverDecodes() {
    originals();
    assertThat(world.due()).isTrue();
    IntStream.range(0, 50).forEach(i -> world.original("a%03d".formatted(i), "x", 1));
    world.passSoftExpiry();
    slowly(name -> name.startsWith("a"));

    for (int round = 0; round < 10; round++) {
      invoke(20);
    }
    world.clock.advance(
        Duration.ofMillis(DecryptorWorld.LIFETIMES.hard() - DecryptorWorld.LIFETIMES.soft())
            .minus(Duration.ofSeconds(100)));

    assertThat(warm()).hasSize(ORIGINALS);
  }
}
