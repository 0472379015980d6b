package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

final class FreshnessRecordTest {
  private static final SigningKey OURS = SigningKey.of(new byte[32]);

  @Test
  void whatIsSignedIsReadAndNothingElseIsNamed() {
    Property.check(
        200,
        gen -> {
          Map<SdkBytes, Long> named = named(gen, gen.oneIn(5) ? 0 : gen.integer(1, 30));
          long checkedAt = gen.integer(0, 1000);
          FreshnessRecord record =
              parse(FreshnessRecord.sign(7, checkedAt, checkedAt + 1, named, List.of(OURS)));

          assertThat(record).isNotNull();
          assertThat(record.isSignedBy(OURS.publicKey())).isTrue();
          Set<SdkBytes> asked = new HashSet<>(named.keySet());
          asked.add(SdkBytes.fromByteArray(gen.bytes(Vouching.ID_LENGTH)));
          for (SdkBytes id : asked) {
            Long probe = named.getOrDefault(id, FreshnessRecord.NO_PROBE);
            assertThat(record.names(id)).isEqualTo(named.containsKey(id));
            assertThat(record.probe(id)).isEqualTo(probe < 0 ? null : probe);
          }
        });
  }

  @Test
  void whateverElseIsThereIsRefusedOrIgnoredOrNotSigned() {
    byte[] usual =
        FreshnessRecord.sign(
                7, 1, 2, Map.of(id(1), 5L, id(2), FreshnessRecord.NO_PROBE), List.of(OURS))
            .asByteArray();
    Property.check(
        2000,
        gen -> {
          byte[] changed =
              gen.oneIn(3)
                  ? Arrays.copyOf(usual, gen.integer(0, usual.length + 20))
                  : usual.clone();
          for (int i = gen.integer(0, 3); i > 0 && changed.length > 0; i--) {
            changed[gen.integer(0, changed.length - 1)] = (byte) gen.integer(-128, 127);
          }
          FreshnessRecord record = parse(SdkBytes.fromByteArray(changed));

          assertThat(record != null && record.isSignedBy(OURS.publicKey()))
              .isEqualTo(Arrays.equals(changed, usual));
        });
  }

  @Test
  void signsNothingThatNobodyWouldRead() {
    assertRefuses(1, Map.of(), List.of());
    assertRefuses(1, Map.of(), List.of(OURS, OURS));
    assertRefuses(0, Map.of(), List.of(OURS));
    Map<SdkBytes, Long> tooMany = new HashMap<>();
    for (int i = 0; i <= FreshnessRecord.MAX_IDS; i++) {
      tooMany.put(id(i), FreshnessRecord.NO_PROBE);
    }
    assertRefuses(1, tooMany, List.of(OURS));
  }

  @Test
  void isOneItemOfTheTableAsLongAsItMayBe() {
    Map<SdkBytes, Long> most = new HashMap<>();
    for (int i = 0; i < FreshnessRecord.MAX_IDS; i++) {
      most.put(id(i), (long) i);
    }

    assertThat(FreshnessRecord.sign(7, 0, 1, most, List.of(OURS)).asByteArray())
        .hasSizeLessThan(400 * 1024 - 1000);
  }

  @Test
  void theKeyThatSignsPrintsNothing() {
    assertThat(OURS).hasToString("SigningKey[redacted]");
    assertThat(SigningKey.of(new byte[32]).publicKey()).isEqualTo(OURS.publicKey());
  }

  private static void assertRefuses(
      long life, Map<SdkBytes, Long> named, List<SigningKey> signers) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FreshnessRecord.sign(7, 0, life, named, signers));
  }

  /** Null if it is refused or of an unknown format. */
  private static @Nullable FreshnessRecord parse(SdkBytes bytes) {
    try {
      return FreshnessRecord.parse(bytes, 7);
    } catch (KeepwarmException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.TAMPERED);
      return null;
    }
  }

  private static Map<SdkBytes, Long> named(Property.Gen gen, int count) {
    Map<SdkBytes, Long> named = new HashMap<>();
    for (int i = 0; i < count; i++) {
      named.put(
          SdkBytes.fromByteArray(gen.bytes(Vouching.ID_LENGTH)),
          gen.oneIn(3) ? Long.valueOf(gen.number()) : FreshnessRecord.NO_PROBE);
    }
    return named;
  }

  private static SdkBytes id(int number) {
    byte[] id = new byte[Vouching.ID_LENGTH];
    id[0] = (byte) number;
    id[1] = (byte) (number >> 8);
    return SdkBytes.fromByteArray(id);
  }
}
