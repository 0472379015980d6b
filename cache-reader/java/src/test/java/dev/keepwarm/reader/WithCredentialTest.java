package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ResolveRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WithCredentialTest {
  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;
  private final List<String> used = new ArrayList<>();

  @BeforeEach
  void plant() {
    world.table.plant(world.ready(BANK, 1, "old"));
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void runsOnceIfTheCredentialIsAccepted() {
    assertThat(reader.withCredential(BANK, accepting("old"))).isEqualTo("done with old");
    assertThat(used).containsExactly("old");
    assertThat(reader.stats().rejections()).isZero();
  }

  @Test
  void runsOnceMoreWithANewerCredential() {
    world.resolver.answer(world.ready(BANK, 2, "new"));

    assertThat(reader.withCredential(BANK, accepting("new"))).isEqualTo("done with new");

    assertThat(used).containsExactly("old", "new");
    assertThat(world.resolver.requests()).containsExactly(new ResolveRequest("acme", "bank", 1L));
    assertThat(reader.get(BANK).text()).as("now near").isEqualTo("new");
    assertThat(world.reads()).isEqualTo(1);
    assertThat(reader.stats().rejections()).isEqualTo(1);
  }

  @Test
  void runsOnceMoreIfOnlyTheValueChanged() {
    world.resolver.answer(world.ready(BANK, 1, "restored"));
    assertThat(reader.withCredential(BANK, accepting("restored"))).isEqualTo("done with restored");
  }

  @Test
  void handsTheRejectionOnIfNothingChanged() {
    world.resolver.answer(world.ready(BANK, 1, "old"));
    assertThatExceptionOfType(CredentialRejectedException.class)
        .isThrownBy(() -> reader.withCredential(BANK, accepting("another")))
        .withMessage("401");
    assertThat(used).containsExactly("old");
  }

  @Test
  void handsTheSecondRejectionOn() {
    world.resolver.answer(world.ready(BANK, 2, "new"));
    assertThatExceptionOfType(CredentialRejectedException.class)
        .isThrownBy(() -> reader.withCredential(BANK, accepting("another")));
    assertThat(used).containsExactly("old", "new");
    assertThat(world.resolver.requests()).hasSize(1);
    assertThat(reader.stats().rejections()).isEqualTo(2);
  }

  @Test
  void handsTheRejectionOnIfNothingNewerCanBeHad() {
    world.resolver.refuse(ErrorCode.UNAVAILABLE);
    assertThatExceptionOfType(CredentialRejectedException.class)
        .isThrownBy(() -> reader.withCredential(BANK, accepting("another")))
        .satisfies(e ->
            assertThat(e.getSuppressed())
                .singleElement()
                .isInstanceOfSatisfying(
                    KeepwarmException.class,
                    why -> assertThat(why.code()).isEqualTo(ErrorCode.UNAVAILABLE)));
  }

  @Test
  void forgetsWhatTheFetchFoundRevoked() {
    world.resolver.answer(world.revoked(BANK, Duration.ofMinutes(1)));
    assertThatExceptionOfType(CredentialRejectedException.class)
        .isThrownBy(() -> reader.withCredential(BANK, accepting("another")));
    assertFails(ErrorCode.REVOKED, () -> reader.get(BANK));
  }

  @Test
  void looksAtTheTableIfItDoesNotResolve() {
    try (KeepwarmReader waiting = world.builder().onMiss(OnMiss.WAIT).build()) {
      waiting.get(BANK);
      world.table.plant(world.ready(BANK, 2, "new"));
      assertThat(waiting.withCredential(BANK, accepting("new"))).isEqualTo("done with new");
      assertThat(world.resolver.requests()).isEmpty();
    }
  }

  @Test
  void letsOtherExceptionsThroughAsTheyAre() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() ->
            reader.withCredential(
                BANK,
                credential -> {
                  throw new IOException("reset");
                }));
    assertThat(world.resolver.requests()).isEmpty();
  }

  @Test
  void doesNotRunWithoutACredential() {
    world.table.plant(world.revoked(BANK, Duration.ofMinutes(1)));
    assertFails(ErrorCode.REVOKED, () -> reader.withCredential(BANK, accepting("old")));
    assertThat(used).isEmpty();
  }

  @Test
  void hasAFutureToo() {
    world.resolver.answer(world.ready(BANK, 2, "new"));
    assertThat(reader.withCredentialAsync(BANK, accepting("new")).join())
        .isEqualTo("done with new");
  }

  private CredentialUse<String, RuntimeException> accepting(String value) {
    return credential -> {
      used.add(credential.text());
      if (!credential.text().equals(value)) {
        throw new CredentialRejectedException("401");
      }
      return "done with " + value;
    };
  }
}
