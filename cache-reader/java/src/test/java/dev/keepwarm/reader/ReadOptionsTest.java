package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Options that limit the age of a credential. */
class ReadOptionsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void servesWhatIsYoungAndReadsTheTableOtherwise() {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.table.plant(world.ready(BANK, 2, "new"));
    world.pass(SECOND.minusMillis(1));
    assertThat(reader.get(BANK, ReadOptions.maxAge(SECOND)).text()).isEqualTo("old");

    world.pass(Duration.ofMillis(1));
    assertThat(reader.get(BANK).text()).isEqualTo("old");
    assertThat(reader.get(BANK, ReadOptions.maxAge(SECOND)).text()).isEqualTo("new");
    assertThat(reader.get(BANK).text()).as("kept for all").isEqualTo("new");
    assertThat(world.reads()).isEqualTo(2);
  }

  @Test
  void forceFetchReadsTheTableEachTime() {
    world.table.plant(world.ready(BANK, 1, "one"));
    reader.get(BANK);
    world.table.plant(world.ready(BANK, 2, "two"));
    assertThat(reader.getAsync(BANK, ReadOptions.forceFetch()).join().text()).isEqualTo("two");
    world.table.plant(world.ready(BANK, 3, "three"));

    String used =
        reader.withCredential(BANK, ReadOptions.forceFetch(), credential -> credential.text());

    assertThat(used).isEqualTo("three");
    assertThat(world.reads()).isEqualTo(3);
  }

  @Test
  void doesNotServeInAnOutageWhatIsTooOld() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.tableFails();
    world.pass(SECOND);

    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK, ReadOptions.maxAge(SECOND)));
    assertThat(reader.get(BANK, ReadOptions.maxAge(SECOND.multipliedBy(2))).text())
        .isEqualTo("value");
    assertThat(reader.get(BANK).text()).isEqualTo("value");
  }

  /** Another lookup keeps an entry while this one fails. This one must not return that entry. */
  @Test
  void doesNotServeInAnOutageWhatAnotherLookupHasReadTooLongAgo() {
    Duration age = Duration.ofMillis(5);
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.pass(ReaderWorld.NEAR_TTL);
    world
        .table
        .hooks()
        .beforeNext(
            "read",
            () -> {
              reader.get(BANK);
              world.pass(age);
              throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
            });

    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK, ReadOptions.maxAge(age)));
    assertThat(reader.get(BANK).text()).isEqualTo("value");
    assertThat(reader.stats().staleServed()).isEqualTo(1);
  }

  @Test
  void sharesALookupThatIsYoungEnoughOnly() throws InterruptedException {
    world.table.plant(world.ready(BANK, 1, "value"));
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch reading = new CountDownLatch(2);
    world
        .table
        .hooks()
        .before(call -> {
          reading.countDown();
          awaitUninterrupted(release);
        });
    CompletableFuture<Credential> first = reader.getAsync(BANK, ReadOptions.maxAge(SECOND));
    world.pass(SECOND);
    CompletableFuture<Credential> old = reader.getAsync(BANK, ReadOptions.maxAge(SECOND));
    CompletableFuture<Credential> same = reader.getAsync(BANK, ReadOptions.maxAge(SECOND));
    reading.await();
    release.countDown();
    CompletableFuture.allOf(first, old, same).join();

    assertThat(world.reads()).isEqualTo(2);
  }

  @Test
  void ofATenantSharesALookupThatIsYoungEnoughOnly() throws InterruptedException {
    world.table.plant(world.ready(BANK, 1, "value"));
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch reading = new CountDownLatch(3);
    world
        .table
        .hooks()
        .before(call -> {
          reading.countDown();
          awaitUninterrupted(release);
        });
    CompletableFuture<TenantCredentials> first = reader.getAllAsync(BANK.tenant());
    world.pass(SECOND);
    CompletableFuture<TenantCredentials> shared = reader.getAllAsync(BANK.tenant());
    CompletableFuture<TenantCredentials> young =
        reader.getAllAsync(BANK.tenant(), ReadOptions.maxAge(SECOND));
    CompletableFuture<TenantCredentials> same =
        reader.getAllAsync(BANK.tenant(), ReadOptions.maxAge(SECOND));
    CompletableFuture<TenantCredentials> own =
        reader.getAllAsync(BANK.tenant(), ReadOptions.forceFetch());
    reading.await();
    release.countDown();
    CompletableFuture.allOf(first, shared, young, same, own).join();

    assertThat(reader.getAll(BANK.tenant(), ReadOptions.forceFetch()).credentials()).hasSize(1);
    assertThat(world.table.hooks().count("readTenant")).isEqualTo(4);
  }

  @Test
  void anAsynchronousUseHasOptionsToo() {
    world.table.plant(world.ready(BANK, 1, "one"));
    reader.get(BANK);
    world.table.plant(world.ready(BANK, 2, "two"));

    assertThat(reader.withCredentialAsync(BANK, Credential::text).join()).isEqualTo("one");
    assertThat(reader.withCredentialAsync(BANK, ReadOptions.forceFetch(), Credential::text).join())
        .isEqualTo("two");
  }

  @Test
  void refusesANegativeAge() {
    assertFails(ErrorCode.INVALID_CONFIGURATION, () -> ReadOptions.maxAge(Duration.ofNanos(-1)));
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
