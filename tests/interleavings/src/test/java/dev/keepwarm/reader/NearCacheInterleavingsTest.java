package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Lookups and changes, in every order of their steps: an entry that was read before the reader
 * forgot it because of a change must not be near afterwards.
 */
class NearCacheInterleavingsTest {
  private static final CredentialId ID = new CredentialId("acme", "bank");

  /** A near cache over a table that holds a number. */
  abstract static class Model {
    final NearCache near =
        new NearCache(Duration.ofMinutes(1), 100, new Clocks(() -> Instant.EPOCH, () -> 0L));
    final AtomicInteger table = new AtomicInteger(1);
    private final AtomicInteger promised = new AtomicInteger(1);

    /** Reads the number and keeps it in the near cache. */
    abstract void look();

    /** Changes the number, and forgets the near entry. */
    void change() {
      int next = table.incrementAndGet();
      near.forget(ID);
      promised.accumulateAndGet(next, Math::max);
    }

    /** Whether the near entry is older than the latest change that has ended. */
    boolean isStale() {
      int least = promised.get();
      NearEntry entry = near.find(ID);
      return entry != null && ((Refusal) entry.found()).retryAt() < least;
    }

    final NearEntry read() {
      return near.entry(new Refusal(ErrorCode.NOT_FOUND, null, table.get()), new Moment(0, 0));
    }
  }

  /** The order of real lookups. */
  public static class Right extends Model {
    @Override
    @Operation
    public void look() {
      Epochs.Epoch begunIn = near.epochs().of(ID);
      near.keep(ID, read(), begunIn);
    }

    @Override
    @Operation
    public void change() {
      super.change();
    }

    @Override
    @Operation
    public boolean isStale() {
      return super.isStale();
    }
  }

  /** A lookup that reads the epoch too late. */
  public static class EpochAfterRead extends Right {
    @Override
    @Operation
    public void look() {
      NearEntry read = read();
      near.keep(ID, read, near.epochs().of(ID));
    }
  }

  @Test
  void whatWasReadBeforeAChangeIsNotNearAfterIt() {
    Interleavings.options().check(Right.class);
  }

  @Test
  void theCheckCanFail() {
    assertThatExceptionOfType(LincheckAssertionError.class)
        .isThrownBy(() -> Interleavings.options().check(EpochAfterRead.class));
  }
}
