package dev.keepwarm.core.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

final class EnvelopeTest {
  private static final CredentialId ID = new CredentialId("acme", "db/main");
  private static final Lifetimes LIFETIMES = Lifetimes.of(Duration.ofMinutes(15));
  private static final long NOW = 1_767_225_600_000L;

  private final Envelope envelope = Envelope.of(new SecureRandom());
  private final DataKey key = key(1);

  @Test
  void unsealsWhatItSealed() {
    Property.check(
        300,
        gen -> {
          DataKey anyKey = DataKey.of(gen.bytes(32), SdkBytes.fromByteArray(gen.bytes(8)), 3);
          CredentialId id = gen.id();
          byte[] plaintext = gen.bytes(gen.oneIn(10) ? 0 : gen.integer(1, 2_000));
          byte[] copy = plaintext.clone();

          SealedCredential sealed =
              envelope.seal(
                  anyKey, id, gen.number(), gen.integer(0, 1 << 30), LIFETIMES, plaintext);

          assertThat(Envelope.unseal(anyKey, id, sealed)).isEqualTo(copy);
          assertThat(plaintext).isEqualTo(copy);
        });
  }

  @Test
  void tellsWhatItSealed() {
    SealedCredential sealed = envelope.seal(key, ID, 7, NOW, LIFETIMES, "s3cret".getBytes(UTF_8));

    assertThat(sealed.version()).isEqualTo(7);
    assertThat(sealed.dataKey()).isEqualTo(key.wrapped());
    assertThat(sealed.dataKeyCreatedAt()).isEqualTo(key.createdAt());
    assertThat(sealed.sealedAt()).isEqualTo(NOW);
    assertThat(sealed.softExpiresAt()).isEqualTo(NOW + 150_000);
    assertThat(sealed.hardExpiresAt()).isEqualTo(NOW + 900_000);
    byte[] bytes = sealed.envelope().asByteArray();
    assertThat(bytes).hasSize(1 + 12 + 6 + 16).startsWith(1);
    assertThat(new String(bytes, UTF_8)).doesNotContain("s3cret");
  }

  @Test
  void aChangeOfAnyBitIsTampering() {
    SealedCredential sealed = envelope.seal(key, ID, 7, NOW, LIFETIMES, "s3cret".getBytes(UTF_8));
    byte[] bytes = sealed.envelope().asByteArray();

    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertTampered(key, ID, with(sealed, changed));
    }
  }

  @Test
  void anotherLengthIsTampering() {
    SealedCredential sealed = envelope.seal(key, ID, 7, NOW, LIFETIMES, "s3cret".getBytes(UTF_8));
    byte[] bytes = sealed.envelope().asByteArray();

    for (int length = 0; length <= bytes.length + 1; length++) {
      if (length != bytes.length) {
        assertTampered(key, ID, with(sealed, Arrays.copyOf(bytes, length)));
      }
    }
  }

  @Test
  void aChangeOfAnyAuthenticatedFieldIsTampering() {
    SealedCredential sealed = envelope.seal(key, ID, 7, NOW, LIFETIMES, "s3cret".getBytes(UTF_8));

    assertTampered(key, new CredentialId("acma", "db/main"), sealed);
    assertTampered(key, new CredentialId("acme", "db/mainn"), sealed);
    // The same concatenated bytes, but divided differently.
    assertTampered(key, new CredentialId("acmed", "b/main"), sealed);
    assertTampered(key, ID, with(sealed, 8, NOW, NOW + 150_000, NOW + 900_000));
    assertTampered(key, ID, with(sealed, 7, NOW - 1, NOW + 150_000, NOW + 900_000));
    assertTampered(key, ID, with(sealed, 7, NOW, NOW + 150_001, NOW + 900_000));
    assertTampered(key, ID, with(sealed, 7, NOW, NOW + 150_000, NOW + 900_001));
    assertTampered(key, ID, with(sealed, 7, NOW, NOW + 900_000, NOW + 150_000));
    assertTampered(key(2), ID, sealed);
    assertThat(Envelope.unseal(key, ID, with(sealed, 7, NOW, NOW + 150_000, NOW + 900_000)))
        .isEqualTo("s3cret".getBytes(UTF_8));
  }

  @Test
  void sealsAtMost64Kibibytes() {
    byte[] longest = new byte[Envelope.MAX_PLAINTEXT];

    SealedCredential sealed = envelope.seal(key, ID, 7, NOW, LIFETIMES, longest);

    assertThat(Envelope.unseal(key, ID, sealed)).isEqualTo(longest);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> envelope.seal(key, ID, 7, NOW, LIFETIMES, new byte[longest.length + 1]));
  }

  @Test
  void neverUsesANonceTwice() {
    Set<String> nonces = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      byte[] bytes =
          envelope.seal(key, ID, 7, NOW, LIFETIMES, new byte[1]).envelope().asByteArray();
      nonces.add(HexFormat.of().formatHex(bytes, 1, 13));
    }

    assertThat(nonces).hasSize(1_000);
  }

  @Test
  void authenticatesEveryFieldWithItsLength() {
    byte[] data = Envelope.authenticated(new CredentialId("t1", "abc"), 1, 2, 3, Versions.MAX);

    assertThat(HexFormat.of().formatHex(data))
        .isEqualTo(
            "0000000a"
                + "6b6565707761726d2f31"
                + "00000002"
                + "7431"
                + "00000003"
                + "616263"
                + "00000008"
                + "0000000000000001"
                + "00000008"
                + "0000000000000002"
                + "00000008"
                + "0000000000000003"
                + "00000008"
                + "001fffffffffffff");
  }

  @Test
  void noTwoCredentialsAreAuthenticatedByTheSameBytes() {
    Property.check(
        300,
        gen -> {
          List<Object> a =
              List.of(gen.id(), gen.number(), gen.number(), gen.number(), gen.number());
          List<Object> b =
              List.of(gen.id(), gen.number(), gen.number(), gen.number(), gen.number());

          assertThat(Arrays.equals(authenticated(a), authenticated(b))).isEqualTo(a.equals(b));
        });
  }

  private static byte[] authenticated(List<Object> fields) {
    return Envelope.authenticated(
        (CredentialId) fields.get(0),
        (long) fields.get(1),
        (long) fields.get(2),
        (long) fields.get(3),
        (long) fields.get(4));
  }

  private static DataKey key(int seed) {
    byte[] secret = new byte[32];
    secret[0] = (byte) seed;
    return DataKey.of(secret, SdkBytes.fromByteArray(new byte[] {9, 9}), 42);
  }

  private static SealedCredential with(SealedCredential sealed, byte[] bytes) {
    return new SealedCredential(
        sealed.version(),
        SdkBytes.fromByteArray(bytes),
        sealed.dataKey(),
        sealed.dataKeyCreatedAt(),
        sealed.sealedAt(),
        sealed.softExpiresAt(),
        sealed.hardExpiresAt());
  }

  private static SealedCredential with(
      SealedCredential sealed,
      long version,
      long sealedAt,
      long softExpiresAt,
      long hardExpiresAt) {
    return new SealedCredential(
        version,
        sealed.envelope(),
        sealed.dataKey(),
        sealed.dataKeyCreatedAt(),
        sealedAt,
        softExpiresAt,
        hardExpiresAt);
  }

  private static void assertTampered(DataKey key, CredentialId id, SealedCredential sealed) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Envelope.unseal(key, id, sealed))
        .withNoCause()
        .returns(ErrorCode.TAMPERED, KeepwarmException::code);
  }
}
