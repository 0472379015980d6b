package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Tells what a reader without a cache and without a decryptor may use. It follows {@code
 * docs/writing-a-reader.md}, not a reader's code. Tests check the writers against it.
 */
public final class Readable {
  private Readable() {}

  /**
   * The value of an entry.
   *
   * @param records the freshness record of a slot; null if it has none
   * @return null if the entry may not be used
   */
  public static @Nullable String value(
      @Nullable Entry entry,
      MemoryKeys keys,
      IntFunction<@Nullable SdkBytes> records,
      long nowMillis) {
    SealedCredential sealed = entry == null ? null : entry.sealed();
    if (entry == null
        || sealed == null
        || !(sealed.isLive(nowMillis) || isVouchedFor(sealed, records, nowMillis))) {
      return null;
    }
    CredentialId id = entry.id();
    DataKey key = keys.unwrap(id.tenant(), sealed.dataKey(), sealed.dataKeyCreatedAt());
    return new String(Envelope.unseal(key, id, sealed), StandardCharsets.UTF_8);
  }

  /** Whether a freshness record vouches for the sealed credential, however old it is. */
  public static boolean isVouchedFor(
      SealedCredential sealed, IntFunction<@Nullable SdkBytes> records, long nowMillis) {
    Vouching vouching = sealed.vouching();
    if (vouching == null || nowMillis >= vouching.sealedUntil()) {
      return false;
    }
    SdkBytes bytes = records.apply(vouching.slot());
    FreshnessRecord record = bytes == null ? null : FreshnessRecord.parse(bytes, vouching.slot());
    return record != null
        && nowMillis < record.freshUntil()
        && record.names(vouching.id())
        && record.isSignedBy(vouching.signer());
  }
}
