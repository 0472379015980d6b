package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

final class MemoryKeysTest {
  private final MemoryKeys keys = new MemoryKeys();

  @Test
  void unwrapsWhatItMadeForTheSameTenant() {
    DataKey made = keys.generate("acme", 42);

    DataKey unwrapped = keys.unwrap("acme", made.wrapped(), made.createdAt());

    assertThat(unwrapped.secret()).isEqualTo(made.secret());
    assertThat(unwrapped.createdAt()).isEqualTo(42);
    assertThat(keys.hooks().count("generate")).isEqualTo(1);
    assertThat(keys.hooks().count("unwrap")).isEqualTo(1);
  }

  @Test
  void refusesADataKeyOfAnotherTenantOrAnotherService() {
    SdkBytes wrapped = keys.generate("acme", 42).wrapped();

    assertTampered(() -> keys.unwrap("other", wrapped, 42));
    assertThatExceptionOfType(WrongKeyException.class)
        .isThrownBy(() -> new MemoryKeys().unwrap("acme", wrapped, 42));
    byte[] changed = wrapped.asByteArray();
    changed[0] ^= 1;
    assertTampered(() -> keys.unwrap("acme", SdkBytes.fromByteArray(changed), 42));
    assertTampered(() -> keys.unwrap("acme", SdkBytes.fromByteArray(new byte[3]), 42));
  }

  @Test
  void decryptsUnderTheSameContextOnly() {
    byte[] secret = "s3cret".getBytes(StandardCharsets.UTF_8);
    SdkBytes ciphertext = keys.encrypt(secret, Kms.profileContext("legacy"));

    assertThat(keys.decrypt(ciphertext, Kms.profileContext("legacy"))).isEqualTo(secret);
    assertTampered(() -> keys.decrypt(ciphertext, Kms.profileContext("other")));
    assertTampered(() -> keys.decrypt(ciphertext, Kms.tenantContext("legacy")));
    assertTampered(() -> keys.decrypt(ciphertext, Map.of()));
  }

  @Test
  void canBeDenied() {
    keys.hooks().failWith(ErrorCode.DENIED);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> keys.generate("acme", 42))
        .returns(ErrorCode.DENIED, KeepwarmException::code);
  }

  private static void assertTampered(Runnable call) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(call::run)
        .returns(ErrorCode.TAMPERED, KeepwarmException::code);
  }
}
