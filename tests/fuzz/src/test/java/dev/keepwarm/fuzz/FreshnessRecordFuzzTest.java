package dev.keepwarm.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.SigningKey;
import dev.keepwarm.core.internal.Vouching;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Any bytes, and records with changes. The result is a record, nothing if it is of another format,
 * or {@code TAMPERED}. A record has exactly one encoding, and its signature is valid only if its
 * content was not changed.
 */
class FreshnessRecordFuzzTest {
  private static final SigningKey OURS = SigningKey.of(new byte[32]);

  /** Format, slot and two times precede the number of ids. */
  private static final int COUNT_AT = 1 + 4 + 8 + 8;

  private static final int SIGNED = Vouching.KEY_LENGTH + 64;

  @FuzzTest(maxDuration = "", maxExecutions = 100_000)
  void parses(FuzzedDataProvider data) {
    int slot = data.consumeInt(0, 3);
    SdkBytes signed = data.consumeInt(0, 3) == 0 ? null : signed(data, slot);
    byte[] bytes =
        signed == null ? data.consumeRemainingAsBytes() : changed(data, signed.asByteArray());
    FreshnessRecord record;
    try {
      record = FreshnessRecord.parse(SdkBytes.fromByteArray(bytes), slot);
    } catch (KeepwarmException e) {
      check(e.code() == ErrorCode.TAMPERED, "an unexpected code");
      check(signed == null || !Arrays.equals(bytes, signed.asByteArray()), "it was signed");
      return;
    }
    if (record == null) {
      check(bytes.length > 0 && bytes[0] != 1, "it is of the format that is known");
      return;
    }
    check(record.size() == bytes.length, "it has another length");
    check(record.checkedAt() < record.freshUntil(), "it vouches for no time");
    boolean isSigned = record.isSignedBy(OURS.publicKey());
    check(isSigned || signed == null || !Arrays.equals(bytes, signed.asByteArray()), "not signed");
    // Other signatures may have been added: our signature does not cover them.
    check(
        !isSigned || (signed != null && body(signed.asByteArray()).equals(body(bytes))),
        "not its content");
    checkOnlyForm(record, slot, bytes);
  }

  /** Checks that a parsed record that Keepwarm writes again is the same, byte for byte. */
  private static void checkOnlyForm(FreshnessRecord record, int slot, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).position(COUNT_AT);
    int count = in.getInt();
    Map<SdkBytes, Long> named = new HashMap<>();
    for (int i = 0; i < count; i++) {
      byte[] bytesOfId = new byte[Vouching.ID_LENGTH];
      in.get(bytesOfId);
      SdkBytes id = SdkBytes.fromByteArray(bytesOfId);
      check(record.names(id), "an id is not named");
      Long probe = record.probe(id);
      named.put(id, probe == null ? FreshnessRecord.NO_PROBE : probe);
    }
    byte[] written =
        FreshnessRecord.sign(slot, record.checkedAt(), record.freshUntil(), named, List.of(OURS))
            .asByteArray();
    int body = written.length - 1 - SIGNED;
    check(
        bytes.length > body && Arrays.equals(written, 0, body, bytes, 0, body),
        "not the same when it is written");
    int signatures = bytes[body];
    check(
        signatures >= 1
            && signatures <= FreshnessRecord.MAX_SIGNATURES
            && bytes.length == body + 1 + signatures * SIGNED,
        "something is behind its signatures");
    Set<ByteBuffer> signers = new HashSet<>();
    for (int i = 0; i < signatures; i++) {
      signers.add(ByteBuffer.wrap(bytes, body + 1 + i * SIGNED, Vouching.KEY_LENGTH).slice());
    }
    check(signers.size() == signatures, "it is signed twice by one key");
  }

  /** The signed part of a record, according to the number of ids and probes that it states. */
  private static ByteBuffer body(byte[] bytes) {
    int probesAt = COUNT_AT + 4 + Vouching.ID_LENGTH * ByteBuffer.wrap(bytes).getInt(COUNT_AT);
    int length = probesAt + 4 + 12 * ByteBuffer.wrap(bytes).getInt(probesAt);
    return ByteBuffer.wrap(bytes, 0, length);
  }

  private static SdkBytes signed(FuzzedDataProvider data, int slot) {
    Map<SdkBytes, Long> named = new HashMap<>();
    for (int count = data.consumeInt(0, 4); count > 0; count--) {
      byte[] id = Arrays.copyOf(data.consumeBytes(3), Vouching.ID_LENGTH);
      named.put(
          SdkBytes.fromByteArray(id),
          data.consumeBoolean()
              ? FreshnessRecord.NO_PROBE
              : Long.valueOf(data.consumeInt(0, Integer.MAX_VALUE)));
    }
    long checkedAt = data.consumeInt(0, Integer.MAX_VALUE);
    return FreshnessRecord.sign(
        slot, checkedAt, checkedAt + data.consumeInt(1, 900_000), named, List.of(OURS));
  }

  private static byte[] changed(FuzzedDataProvider data, byte[] bytes) {
    byte[] changed = bytes;
    for (int changes = data.consumeInt(0, 3); changes > 0 && changed.length > 0; changes--) {
      int at = data.consumeInt(0, changed.length - 1);
      switch (data.consumeInt(0, 6)) {
        case 0 -> changed = Arrays.copyOf(changed, at);
        case 1 -> changed = Arrays.copyOf(changed, changed.length + data.consumeInt(1, 200));
        case 2 -> {
          if (at + 4 <= changed.length) {
            ByteBuffer.wrap(changed).putInt(at, data.consumeInt());
          }
        }
        case 3 -> {
          // Replaces an id or a probe by another one.
          int from = COUNT_AT + 4 + 4 * data.consumeInt(0, 1) + 12 * data.consumeInt(0, 4);
          if (from + 24 <= changed.length) {
            System.arraycopy(changed, from, changed, from + 12, 12);
          }
        }
        case 4 -> {
          // Repeats a signature of the same key.
          int last = changed.length - SIGNED;
          if (last > 0) {
            changed[last - 1] = 2;
            changed = Arrays.copyOf(changed, changed.length + SIGNED);
            System.arraycopy(changed, last, changed, last + SIGNED, SIGNED);
          }
        }
        default -> changed[at] ^= data.consumeByte();
      }
    }
    return changed;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
