package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The threads that futures use, and the way they fail. */
class AsyncTest {
  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void manyMissesOfOneIdTakeOneThread() throws Exception {
    world.table.plant(world.ready(BANK, 1, "value"));
    AtomicInteger threads = new AtomicInteger();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    world
        .table
        .hooks()
        .before(call -> {
          asked.countDown();
          hold(release);
        });
    try (KeepwarmReader counted =
        world
            .builder()
            .threads(
                Executors.newThreadPerTaskExecutor(task -> {
                  threads.incrementAndGet();
                  return new Thread(task);
                }))
            .build()) {
      List<CompletableFuture<?>> futures = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        futures.add(counted.getAsync(BANK));
      }
      asked.await();
      assertThat(threads).hasValue(1);
      release.countDown();
      for (CompletableFuture<?> future : futures) {
        assertThat(future.get()).isNotNull();
      }
    }
  }

  @Test
  void whatDependsOnOneHoldsUpNobodyElse() throws Exception {
    world.table.plant(world.ready(BANK, 1, "value"));
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch slow = new CountDownLatch(1);
    world
        .table
        .hooks()
        .before(call -> {
          asked.countDown();
          hold(release);
        });
    CompletableFuture<Credential> other = reader.getAsync(BANK);
    CompletableFuture<Credential> blocked =
        reader
            .getAsync(BANK)
            .thenApply(credential -> {
              hold(slow);
              return credential;
            });
    asked.await();
    release.countDown();

    assertThat(other.get()).isNotNull();
    assertThat(blocked).isNotDone();
    slow.countDown();
    assertThat(blocked.get()).isSameAs(other.get());
  }

  @Test
  void badIdsFailTheFuture() {
    assertFuture(ErrorCode.INVALID_ID, reader.getAsync("not an id", "bank"));
    assertFuture(ErrorCode.INVALID_ID, reader.getAllAsync("not an id"));
    assertFuture(ErrorCode.INVALID_ID, reader.getAsync(null, "bank"));
    assertFuture(ErrorCode.INVALID_ID, reader.getAsync((CredentialId) null));
    assertFuture(ErrorCode.INVALID_ID, reader.getAllAsync(null));
    assertFuture(ErrorCode.INVALID_ID, reader.withCredentialAsync(null, Credential::text));
    assertFuture(ErrorCode.INVALID_ID, reader.invalidateAsync(null));
  }

  @Test
  void badIdsAreNoNullPointers() {
    assertFails(ErrorCode.INVALID_ID, () -> reader.get(null, "bank"));
    assertFails(ErrorCode.INVALID_ID, () -> reader.get("acme", null));
    assertFails(ErrorCode.INVALID_ID, () -> reader.get((CredentialId) null));
    assertFails(ErrorCode.INVALID_ID, () -> reader.getAll(null));
    assertFails(ErrorCode.INVALID_ID, () -> reader.withCredential(null, Credential::text));
    assertFails(ErrorCode.INVALID_ID, () -> reader.invalidate((CredentialId) null));
    assertFails(ErrorCode.INVALID_ID, () -> reader.forget(null));
  }

  @Test
  void aClosedReaderFailsTheFuture() {
    reader.close();
    assertFuture(ErrorCode.UNAVAILABLE, reader.getAsync(BANK));
    assertFuture(ErrorCode.UNAVAILABLE, reader.getAllAsync("acme"));
    assertFuture(ErrorCode.UNAVAILABLE, reader.withCredentialAsync(BANK, Credential::text));
    assertFuture(ErrorCode.UNAVAILABLE, reader.invalidateAsync(BANK));
  }

  @Test
  void aRefusalThatIsNearFailsTheFuture() {
    world.table.plant(world.failed(BANK, "NOT_FOUND", Duration.ofMinutes(1)));
    assertFuture(ErrorCode.NOT_FOUND, reader.getAsync(BANK));
    assertFuture(ErrorCode.NOT_FOUND, reader.getAsync(BANK));
  }

  private static void assertFuture(ErrorCode code, CompletableFuture<?> future) {
    assertThat(future)
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOfSatisfying(KeepwarmException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static void hold(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }
}
