package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.KeyService;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The whole reader, single flight and near cache together, in every order of its steps. A get after
 * a change and the reader's forget returns no older value, and two lookups of a credential never
 * run at the same time.
 */
class ReaderInterleavingsTest {
  private static final CredentialId ID = new CredentialId("acme", "bank");

  /** A reader of a table with one negative entry, whose failure names the entry's version. */
  public static class Model {
    final AtomicInteger version = new AtomicInteger(1);
    final AtomicInteger promised = new AtomicInteger(1);
    final KeepwarmReader reader = reader(this::read);

    /** Whether a get returned a value older than a change that had ended before. */
    @Operation
    public boolean getsStale() {
      int least = promised.get();
      return get() < least;
    }

    /** Changes the entry, and forgets the near entry. */
    @Operation
    public void change() {
      int next = version.incrementAndGet();
      reader.forget(ID);
      promised.accumulateAndGet(next, Math::max);
    }

    final int get() {
      try {
        throw new AssertionError(reader.get(ID));
      } catch (KeepwarmException e) {
        return Integer.parseInt(String.valueOf(e.failure()).substring(1));
      }
    }

    final Entry read() {
      Failure failure = new Failure("V" + version.get(), 1_000_000);
      return Entry.failed(ID, 0, null, failure, 1, null, 0, null);
    }
  }

  /** A change that makes the reader forget too early. */
  public static class ForgottenTooEarly extends Model {
    @Override
    @Operation
    public void change() {
      reader.forget(ID);
      int next = version.incrementAndGet();
      promised.accumulateAndGet(next, Math::max);
    }

    @Override
    @Operation
    public boolean getsStale() {
      return super.getsStale();
    }
  }

  /** Lookups of one credential that share their result. */
  public static class Shared {
    private final AtomicInteger looking = new AtomicInteger();
    private final Jobs<String, Boolean> jobs =
        new Jobs<>(
            new Jobs.Runner(
                Runnable::run,
                duration -> new CompletableFuture<>(),
                new Clocks(() -> Instant.EPOCH, () -> 0L),
                Duration.ofSeconds(2)));

    /** Whether two lookups ran at the same time. */
    @Operation
    public boolean twoLook() {
      return jobs.join("bank", Work.of("bank", "nobody", this::look)).await();
    }

    final boolean look() {
      boolean isSecond = looking.incrementAndGet() > 1;
      looking.decrementAndGet();
      return isSecond;
    }
  }

  /** Lookups that share nothing. */
  public static class Unshared extends Shared {
    @Override
    @Operation
    public boolean twoLook() {
      return look();
    }
  }

  @Test
  void whoGetsAfterAChangeGetsNothingOlder() {
    Interleavings.options().check(Model.class);
  }

  @Test
  void noTwoLookACredentialUpAtATime() {
    Interleavings.pair().check(Shared.class);
  }

  @Test
  void theFirstCheckCanFail() {
    assertThatExceptionOfType(LincheckAssertionError.class)
        .isThrownBy(() -> Interleavings.options().check(ForgottenTooEarly.class));
  }

  @Test
  void theSecondCheckCanFail() {
    assertThatExceptionOfType(LincheckAssertionError.class)
        .isThrownBy(() -> Interleavings.pair().check(Unshared.class));
  }

  private static KeepwarmReader reader(Supplier<Entry> entry) {
    return KeepwarmReader.builder()
        .table(
            new EntryTable() {
              @Override
              public Entry read(CredentialId id) {
                return entry.get();
              }

              @Override
              public TenantItems readItems(String tenant) {
                throw new AssertionError(tenant);
              }

              @Override
              public SdkBytes readRecord(int slot) {
                throw new AssertionError(slot);
              }
            })
        .keys(
            new KeyService() {
              @Override
              public DataKey generate(String tenant, long nowMillis) {
                throw new AssertionError(tenant);
              }

              @Override
              public DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt) {
                throw new AssertionError(tenant);
              }
            })
        .resolver(request -> {
          throw new AssertionError(request);
        })
        .events((events, within) -> {
          throw new AssertionError(events);
        })
        .nearTtl(Duration.ofMinutes(1))
        .clock(() -> Instant.EPOCH)
        .ticker(() -> 0)
        .alarms(duration -> new CompletableFuture<>())
        .threads(new CallingThread())
        .build();
  }

  /** Runs a lookup on the thread that begins it; the others wait for it. */
  private static final class CallingThread extends AbstractExecutorService {
    @Override
    public void execute(Runnable command) {
      command.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
