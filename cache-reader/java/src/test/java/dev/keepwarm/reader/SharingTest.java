package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callers that want the same thing at the same time. */
class SharingTest {
  private static final int CALLERS = 200;

  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    world.close();
  }

  @Test
  void concurrentGetsOfOneIdShareOneLookup() throws Exception {
    world.table.plant(world.ready(BANK, 1, "value"));
    world.table.hooks().before(call -> hold());
    List<Caller<Credential>> callers = callers(() -> reader.get(BANK));
    release.countDown();

    Set<Credential> seen = new HashSet<>();
    for (Caller<Credential> caller : callers) {
      seen.add(caller.result());
    }
    assertThat(seen).hasSize(1);
    assertThat(world.reads()).isEqualTo(1);
    assertThat(world.unwraps()).isEqualTo(1);
  }

  @Test
  void concurrentMissesShareOneResolve() throws Exception {
    world.resolver.answer(request -> {
      hold();
      return new dev.keepwarm.core.internal.ResolveAnswer.Resolved(
          List.of(world.ready(BANK, 1, "value")));
    });
    List<Caller<Credential>> callers = callers(() -> reader.get(BANK));
    release.countDown();
    for (Caller<Credential> caller : callers) {
      assertThat(caller.result().text()).isEqualTo("value");
    }
    assertThat(world.resolver.requests()).hasSize(1);
  }

  @Test
  void concurrentGetAllsShareOneQuery() throws Exception {
    world.table.plant(world.ready(BANK, 1, "value"));
    world.table.hooks().before(call -> hold());
    List<Caller<TenantCredentials>> callers = callers(() -> reader.getAll("acme"));
    release.countDown();
    for (Caller<TenantCredentials> caller : callers) {
      assertThat(caller.result().credentials()).hasSize(1);
    }
    assertThat(world.table.hooks().count("readTenant")).isEqualTo(1);
  }

  @Test
  void readsOfOneTenantShareOneUnwrap() throws Exception {
    world.table.plant(world.ready(BANK, 1, "one"));
    world.table.plant(world.ready(ReaderWorld.TAX, 1, "two"));
    world.keys.hooks().before(call -> hold());
    Caller<Credential> bank = new Caller<>(() -> reader.get(BANK));
    Caller<Credential> tax = new Caller<>(() -> reader.get(ReaderWorld.TAX));
    // Both lookups and the one unwrapping.
    await().until(() -> world.alarms.pending() == 3);
    release.countDown();

    assertThat(bank.result().text()).isEqualTo("one");
    assertThat(tax.result().text()).isEqualTo("two");
    assertThat(world.unwraps()).isEqualTo(1);
  }

  @Test
  void everyWaitingCallerGetsTheLookupsError() throws Exception {
    world
        .table
        .hooks()
        .before(call -> {
          hold();
          throw new KeepwarmException(ErrorCode.DENIED, "no");
        });
    List<Caller<Credential>> callers = callers(() -> reader.get(BANK));
    release.countDown();
    Set<Throwable> errors = new HashSet<>();
    for (Caller<Credential> caller : callers) {
      Throwable error = caller.error();
      assertThat(error)
          .isInstanceOfSatisfying(
              KeepwarmException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));
      errors.add(error);
    }
    assertThat(errors).as("an exception of one's own").hasSize(CALLERS);
    assertThat(world.reads()).isEqualTo(1);
  }

  @Test
  void everyWaitingCallerStopsAtTheDeadline() throws Exception {
    world.table.hooks().before(call -> hold());
    List<Caller<Credential>> callers = callers(() -> reader.get(BANK));
    world.alarms.ring();
    for (Caller<Credential> caller : callers) {
      assertThat(caller.error()).hasMessageStartingWith("TIMEOUT");
    }
    // The lookup itself was interrupted, and does not delay the next one.
    world.table.hooks().clear();
    world.table.plant(world.ready(BANK, 1, "value"));
    assertThat(reader.get(BANK).text()).isEqualTo("value");
  }

  @Test
  void cancelsTheAlarmOfALookupThatEnded() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.settle();
  }

  @Test
  void anInterruptedCallerStopsAndTheLookupGoesOn() throws Exception {
    world.table.plant(world.ready(BANK, 1, "value"));
    world.table.hooks().before(call -> hold());
    Caller<Credential> one = new Caller<>(() -> reader.get(BANK));
    Caller<Credential> other = new Caller<>(() -> reader.get(BANK));
    await().until(() -> one.waits() && other.waits());
    one.thread.interrupt();
    assertThat(one.error()).hasMessageStartingWith("TIMEOUT");
    release.countDown();
    assertThat(other.result().text()).isEqualTo("value");
    assertThat(world.reads()).isEqualTo(1);
  }

  @Test
  void whatALookupFoundDoesNotSurviveAnInvalidationDuringIt() throws Exception {
    world.table.plant(world.ready(BANK, 1, "old"));
    CountDownLatch read = holdTheAnswerOfTheNext("read");
    Caller<Credential> early = new Caller<>(() -> reader.get(BANK));
    read.await();
    reader.invalidate(BANK);
    world.table.plant(world.ready(BANK, 2, "new"));

    assertThat(reader.get(BANK).text()).as("does not wait for the old lookup").isEqualTo("new");
    release.countDown();
    assertThat(early.result().text()).isEqualTo("old");
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void whatATenantLookupFoundDoesNotSurviveAnInvalidationDuringIt() throws Exception {
    world.table.plant(world.ready(BANK, 1, "old"));
    CountDownLatch read = holdTheAnswerOfTheNext("readTenant");
    Caller<TenantCredentials> early = new Caller<>(() -> reader.getAll("acme"));
    read.await();
    reader.forget(BANK);
    release.countDown();
    early.result();

    world.table.plant(world.ready(BANK, 2, "new"));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void anOutageDoesNotBringBackWhatWasForgottenDuringIt() throws Exception {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.pass(ReaderWorld.NEAR_TTL);
    CountDownLatch asked = new CountDownLatch(1);
    world
        .table
        .hooks()
        .before(call -> {
          asked.countDown();
          hold();
          throw new KeepwarmException(ErrorCode.UNAVAILABLE, "down");
        });
    Caller<Credential> early = new Caller<>(() -> reader.get(BANK));
    asked.await();
    reader.forget(BANK);
    release.countDown();
    assertThat(early.error()).hasMessageStartingWith("UNAVAILABLE");
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void aGetDoesNotJoinALookupThatIsOlderThanNearTtl() throws Exception {
    world.table.plant(world.ready(BANK, 1, "old"));
    CountDownLatch read = holdTheAnswerOfTheNext("read");
    Caller<Credential> early = new Caller<>(() -> reader.get(BANK));
    read.await();
    world.table.plant(world.ready(BANK, 2, "new"));
    world.pass(ReaderWorld.NEAR_TTL);

    assertThat(reader.get(BANK).text()).isEqualTo("new");
    release.countDown();
    early.result();
    assertThat(reader.get(BANK).text()).as("not overwritten by the older").isEqualTo("new");
  }

  @Test
  void aGetAllDoesNotJoinALookupThatIsOlderThanNearTtl() throws Exception {
    world.table.plant(world.ready(BANK, 1, "old"));
    CountDownLatch read = holdTheAnswerOfTheNext("readTenant");
    Caller<TenantCredentials> early = new Caller<>(() -> reader.getAll("acme"));
    read.await();
    world.table.plant(world.ready(BANK, 2, "new"));
    world.pass(ReaderWorld.NEAR_TTL);

    assertThat(reader.getAll("acme").get("bank").text()).isEqualTo("new");
    release.countDown();
    TenantCredentials unused = early.result();
  }

  @Test
  void closingEndsTheCallsInProgressEvenIfWhatTheyWaitForDoesNotStop() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    world
        .table
        .hooks()
        .before(call -> {
          while (never.getCount() > 0) {
            try {
              never.await();
            } catch (InterruptedException e) {
              // Like a library that ignores interrupts.
            }
          }
        });
    Caller<Credential> caller = new Caller<>(() -> reader.get(BANK));
    await().until(caller::waits);
    reader.close();
    assertThat(caller.error()).hasMessageStartingWith("UNAVAILABLE: the reader was closed");
    never.countDown();
  }

  @Test
  void keepsADeadlineInRealTime() {
    world.table.hooks().before(call -> hold());
    try (KeepwarmReader real =
        world.builder().alarms(Timers.real()).deadline(Duration.ofMillis(1)).build()) {
      assertFails(ErrorCode.TIMEOUT, () -> real.get(BANK));
    }
  }

  /** Holds the table's next answer; the result is released once the table has read. */
  private CountDownLatch holdTheAnswerOfTheNext(String call) {
    CountDownLatch read = new CountDownLatch(1);
    world
        .table
        .hooks()
        .afterNext(
            call,
            () -> {
              read.countDown();
              hold();
            });
    return read;
  }

  private void hold() {
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }

  /** Many callers, all of which wait for something. */
  private <V> List<Caller<V>> callers(Callable<V> call) {
    List<Caller<V>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(new Caller<>(call));
    }
    await().until(() -> callers.stream().allMatch(Caller::waits));
    return callers;
  }

  /** One call on a virtual thread. */
  private static final class Caller<V> {
    private final FutureTask<V> task;
    private final Thread thread;

    Caller(Callable<V> call) {
      task = new FutureTask<>(call);
      thread = Thread.ofVirtual().start(task);
    }

    boolean waits() {
      return thread.getState() == Thread.State.WAITING;
    }

    V result() throws Exception {
      return task.get();
    }

    Throwable error() throws InterruptedException {
      try {
        throw new AssertionError("returned " + task.get());
      } catch (java.util.concurrent.ExecutionException e) {
        return e.getCause();
      }
    }
  }
}
