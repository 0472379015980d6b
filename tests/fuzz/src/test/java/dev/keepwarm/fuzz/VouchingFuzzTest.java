package dev.keepwarm.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Vouching;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * An item with the attribute {@code vouching}, in which the attribute or a time is changed in any
 * way. The result is the credential with its {@code vouching} if nothing was changed, the
 * credential alone if the attribute is of another format, and {@code TAMPERED} otherwise.
 */
class VouchingFuzzTest {
  private static final CredentialId ID = new CredentialId("acme", "db/main");
  private static final byte[] PLAINTEXT = {1, 2, 3, 4, 5, 6, 7};
  private static final long SEALED_AT = 1_767_225_600_000L;
  private static final DataKey KEY =
      DataKey.of(new byte[32], SdkBytes.fromByteArray(new byte[1]), 1);
  private static final SealedCredential SEALED = sealed();

  @FuzzTest(maxDuration = "", maxExecutions = 1_000_000)
  void unseals(FuzzedDataProvider data) {
    Map<String, AttributeValue> written =
        EntrySchema.toItem(Entry.ready(ID, 1, SEALED, 1, null, null));
    Map<String, AttributeValue> item = new HashMap<>(written);
    if (data.consumeInt(0, 7) == 0) {
      item.put(
          EntrySchema.HARD_EXPIRES_AT, AttributeValue.fromN(Long.toString(data.consumeLong())));
    }
    byte[] vouching = changed(data, written.get(EntrySchema.VOUCHING).b().asByteArray());
    item.put(EntrySchema.VOUCHING, AttributeValue.fromB(SdkBytes.fromByteArray(vouching)));
    boolean same = item.equals(written);
    boolean unknown = vouching.length == 0 || vouching[0] != 2;
    boolean sameTimes =
        item.get(EntrySchema.HARD_EXPIRES_AT).equals(written.get(EntrySchema.HARD_EXPIRES_AT));
    SealedCredential read;
    byte[] plaintext;
    try {
      read = EntrySchema.fromItem(item).sealed();
      plaintext = Envelope.unseal(KEY, ID, read);
    } catch (KeepwarmException e) {
      if (same || (unknown && sameTimes) || e.code() != ErrorCode.TAMPERED) {
        throw new AssertionError("should have unsealed, or has another code", e);
      }
      return;
    }
    if (!sameTimes || !Arrays.equals(plaintext, PLAINTEXT)) {
      throw new AssertionError("something else unseals");
    }
    if (unknown ? read.vouching() != null : !same || !read.equals(SEALED)) {
      throw new AssertionError("somebody else may vouch for it");
    }
  }

  private static SealedCredential sealed() {
    Envelope envelope = Envelope.of(new SecureRandom());
    return envelope.vouchable(
        KEY,
        ID,
        envelope.seal(KEY, ID, 7, SEALED_AT, Lifetimes.of(Duration.ofMinutes(15)), PLAINTEXT),
        SEALED_AT + 86_400_000,
        160,
        SdkBytes.fromByteArray(new byte[Vouching.ID_LENGTH]),
        SdkBytes.fromByteArray(new byte[Vouching.KEY_LENGTH]));
  }

  private static byte[] changed(FuzzedDataProvider data, byte[] bytes) {
    return switch (data.consumeInt(0, 7)) {
      case 0 -> data.consumeRemainingAsBytes();
      case 1 -> Arrays.copyOf(bytes, data.consumeInt(0, 2 * bytes.length));
      case 2, 3, 4 -> {
        for (int changes = data.consumeInt(1, 3); changes > 0; changes--) {
          bytes[data.consumeInt(0, bytes.length - 1)] ^= data.consumeByte();
        }
        yield bytes;
      }
      default -> bytes;
    };
  }
}
