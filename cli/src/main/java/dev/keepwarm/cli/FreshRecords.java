package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Vouching;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The freshness records of the slots that entries name, at one moment. Each record is read at most
 * once, and only if an entry names its slot. Thread-safe.
 */
final class FreshRecords {
  private final EntryTable cache;
  private final long now;
  private final Map<Integer, Optional<FreshnessRecord>> bySlot = new ConcurrentHashMap<>();

  /** Records in a table at {@code now}, in milliseconds since the epoch. */
  FreshRecords(EntryTable cache, long now) {
    this.cache = cache;
    this.now = now;
  }

  /**
   * Until when readers may use an entry, because a record vouches for it now; null if none does.
   *
   * @throws KeepwarmException if the table does not answer
   */
  @Nullable Long freshUntil(@Nullable Entry entry) {
    SealedCredential sealed = entry == null ? null : entry.sealed();
    Vouching vouching = sealed == null ? null : sealed.vouching();
    if (vouching == null || now >= vouching.sealedUntil()) {
      return null;
    }
    FreshnessRecord record = bySlot.computeIfAbsent(vouching.slot(), this::read).orElse(null);
    return record == null
            || now >= record.freshUntil()
            || !record.names(vouching.id())
            || !record.isSignedBy(vouching.signer())
        ? null
        : (Long) Math.min(record.freshUntil(), vouching.sealedUntil());
  }

  long now() {
    return now;
  }

  private Optional<FreshnessRecord> read(int slot) {
    try {
      SdkBytes bytes = cache.readRecord(slot);
      return Optional.ofNullable(bytes == null ? null : FreshnessRecord.parse(bytes, slot));
    } catch (KeepwarmException e) {
      return switch (e.code()) {
        // Readers ignore such a record as well.
        case TAMPERED, DENIED -> Optional.empty();
        default -> throw e;
      };
    }
  }
}
