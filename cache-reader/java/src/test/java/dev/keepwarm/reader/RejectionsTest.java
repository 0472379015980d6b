package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.TAX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ResolveAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many requests rejected uses cause, and how forgetting one id affects the others. */
class RejectionsTest {
  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;

  @BeforeEach
  void plant() {
    world.table.plant(world.ready(BANK, 1, "old"));
    world.resolver.answer(world.ready(BANK, 1, "old"));
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void oneAfterTheOtherMakeOneResolveInNearTtl() {
    for (int i = 0; i < 50; i++) {
      rejected(reader);
    }
    assertThat(world.resolver.requests()).hasSize(1);
    assertThat(reader.stats().rejections()).isEqualTo(50);

    world.pass(ReaderWorld.NEAR_TTL);
    rejected(reader);
    rejected(reader);
    assertThat(world.resolver.requests()).hasSize(2);
  }

  @Test
  void sideBySideMakeOneResolve() {
    int callers = 50;
    CountDownLatch all = new CountDownLatch(callers);
    List<CompletableFuture<String>> uses = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      uses.add(
          reader.withCredentialAsync(
              BANK,
              credential -> {
                all.countDown();
                all.await();
                throw new CredentialRejectedException("401");
              }));
    }
    uses.forEach(use ->
        assertThatExceptionOfType(CompletionException.class)
            .isThrownBy(use::join)
            .withCauseInstanceOf(CredentialRejectedException.class));
    assertThat(world.resolver.requests()).hasSize(1);
  }

  @Test
  void areDampedForASecondAtLeast() {
    try (KeepwarmReader near = world.builder().nearTtl(Duration.ZERO).build()) {
      rejected(near);
      rejected(near);
      assertThat(world.resolver.requests()).hasSize(1);
      world.pass(Duration.ofSeconds(1));
      rejected(near);
      assertThat(world.resolver.requests()).hasSize(2);
    }
  }

  @Test
  void whileTheDecryptorFailsMakeOneResolveInASixthOfThat() {
    world.resolver.refuse(ErrorCode.UNAVAILABLE);
    for (int i = 0; i < 50; i++) {
      assertThat(rejected(reader).getSuppressed())
          .singleElement()
          .isInstanceOf(KeepwarmException.class);
    }
    assertThat(world.resolver.requests()).hasSize(1);
    world.pass(ReaderWorld.NEAR_TTL.dividedBy(6));
    rejected(reader);
    assertThat(world.resolver.requests()).hasSize(2);
  }

  @Test
  void thatComeDuringALookupForSomethingNewerShareIt() {
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<String> first = useThatWaitsFor(release);

    CompletableFuture<String> second = reader.withCredentialAsync(BANK, c -> accept(c, 2));
    await().until(() -> reader.stats().rejections() == 2);
    release.countDown();

    assertThat(List.of(first.join(), second.join())).containsOnly("new");
    assertThat(world.resolver.requests()).hasSize(1);
  }

  @Test
  void afterForgetDoNotShareALookupFromBeforeIt() {
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<String> first = useThatWaitsFor(release);

    reader.forget(BANK);
    CompletableFuture<String> second = reader.withCredentialAsync(BANK, c -> accept(c, 2));
    await().until(() -> world.resolver.requests().size() == 2);
    release.countDown();

    assertThat(List.of(first.join(), second.join())).containsOnly("new");
  }

  @Test
  void ofAnOlderVersionThanIsNearAskNobody() {
    world.resolver.answer(world.ready(BANK, 2, "new"));
    String result =
        reader.withCredential(
            BANK,
            credential -> {
              if (credential.version() == 2) {
                return credential.text();
              }
              // Another use finds the newer version while this one is still running.
              reader.withCredential(BANK, other -> accept(other, 2));
              throw new CredentialRejectedException("401");
            });
    assertThat(result).isEqualTo("new");
    assertThat(world.resolver.requests()).hasSize(1);
  }

  @Test
  void ofAnotherVersionAskAtOnce() {
    rejected(reader);
    world.resolver.answer(world.ready(BANK, 2, "new"));
    world.table.plant(world.ready(BANK, 2, "new"));
    world.pass(ReaderWorld.NEAR_TTL.minusMillis(1));
    assertThat(reader.getAll("acme").get("bank").version()).isEqualTo(2);
    rejected(reader);
    assertThat(world.resolver.requests()).hasSize(2);
  }

  @Test
  void askAtOnceAfterForget() {
    rejected(reader);
    reader.forget(BANK);
    world.resolver.answer(world.ready(BANK, 2, "new"));
    assertThat(reader.<String, RuntimeException>withCredential(BANK, c -> accept(c, 2)))
        .isEqualTo("new");
  }

  @Test
  void forgettingOneIdLeavesTheSharingOfOthersAlone() {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    world
        .table
        .hooks()
        .before(call -> {
          asked.countDown();
          hold(release);
        });
    CompletableFuture<Credential> first = reader.getAsync(BANK);
    await().until(() -> asked.getCount() == 0);
    reader.forget(TAX);
    CompletableFuture<Credential> second = reader.getAsync(BANK);
    release.countDown();

    assertThat(first.join()).isSameAs(second.join());
    assertThat(reader.get(BANK)).as("kept, too").isSameAs(first.join());
    assertThat(world.reads()).isEqualTo(1);
  }

  @Test
  void anAsyncUseRunsAgainWithWhatIsNewer() {
    world.resolver.answer(
        request -> new ResolveAnswer.Resolved(List.of(world.ready(BANK, 2, "new"))));
    assertThat(reader.withCredentialAsync(BANK, c -> accept(c, 2)).join()).isEqualTo("new");
    assertThat(reader.stats().rejections()).isEqualTo(1);
  }

  /** A use whose credential is rejected, and whose resolve is answered once it is released. */
  private CompletableFuture<String> useThatWaitsFor(CountDownLatch release) {
    world.resolver.answer(request -> {
      hold(release);
      return new ResolveAnswer.Resolved(List.of(world.ready(BANK, 2, "new")));
    });
    CompletableFuture<String> use = reader.withCredentialAsync(BANK, c -> accept(c, 2));
    await().until(() -> world.resolver.requests().size() == 1);
    return use;
  }

  private static String accept(Credential credential, long version) {
    if (credential.version() != version) {
      throw new CredentialRejectedException("401");
    }
    return credential.text();
  }

  private static CredentialRejectedException rejected(KeepwarmReader reader) {
    try {
      return reader.withCredential(
          BANK,
          credential -> {
            throw new CredentialRejectedException("401");
          });
    } catch (CredentialRejectedException e) {
      return e;
    }
  }

  private static void hold(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }
}
