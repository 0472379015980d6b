package dev.keepwarm.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SealedCredential;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;

/**
 * An envelope and everything that it covers, changed in any way. It unseals to the sealed value if
 * nothing was changed, and is {@code TAMPERED} otherwise.
 */
class EnvelopeFuzzTest {
  private static final CredentialId ID = new CredentialId("acme", "db/main");
  private static final byte[] PLAINTEXT = {1, 2, 3, 4, 5, 6, 7};
  private static final DataKey KEY =
      DataKey.of(new byte[32], SdkBytes.fromByteArray(new byte[1]), 1);
  private static final SealedCredential SEALED =
      Envelope.of(new SecureRandom())
          .seal(KEY, ID, 7, 1_767_225_600_000L, Lifetimes.of(Duration.ofMinutes(15)), PLAINTEXT);
  private static final List<CredentialId> IDS =
      List.of(
          ID,
          new CredentialId("acme", "db/mai"),
          new CredentialId("acmed", "b/main"),
          new CredentialId("a", "b"));

  @FuzzTest(maxDuration = "", maxExecutions = 1_000_000)
  void unseals(FuzzedDataProvider data) {
    CredentialId id = IDS.get(data.consumeInt(0, IDS.size() - 1));
    SealedCredential changed =
        new SealedCredential(
            number(data, SEALED.version()),
            SdkBytes.fromByteArray(bytes(data, SEALED.envelope().asByteArray())),
            SEALED.dataKey(),
            SEALED.dataKeyCreatedAt(),
            number(data, SEALED.sealedAt()),
            number(data, SEALED.softExpiresAt()),
            number(data, SEALED.hardExpiresAt()));
    boolean same = id.equals(ID) && changed.equals(SEALED);
    byte[] plaintext;
    try {
      plaintext = Envelope.unseal(KEY, id, changed);
    } catch (KeepwarmException e) {
      if (same || e.code() != ErrorCode.TAMPERED) {
        throw new AssertionError("should have unsealed, or has another code", e);
      }
      return;
    }
    if (!same || !Arrays.equals(plaintext, PLAINTEXT)) {
      throw new AssertionError("something else unseals: " + changed);
    }
  }

  private static long number(FuzzedDataProvider data, long number) {
    return switch (data.consumeInt(0, 7)) {
      case 0 -> data.consumeLong();
      case 1 -> number ^ 1L << data.consumeInt(0, 63);
      default -> number;
    };
  }

  private static byte[] bytes(FuzzedDataProvider data, byte[] bytes) {
    switch (data.consumeInt(0, 7)) {
      case 0 -> {
        return data.consumeBytes(100);
      }
      case 1 -> {
        return Arrays.copyOf(bytes, data.consumeInt(0, 2 * bytes.length));
      }
      case 2, 3 -> {
        bytes[data.consumeInt(0, bytes.length - 1)] ^= data.consumeByte();
        return bytes;
      }
      default -> {
        return bytes;
      }
    }
  }
}
