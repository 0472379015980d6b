package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

final class DataKeyTest {
  private static final SdkBytes WRAPPED = SdkBytes.fromByteArray(new byte[] {1});

  @Test
  void wipesWhatItWasMadeFrom() {
    byte[] secret = new byte[32];
    Arrays.fill(secret, (byte) 0x5a);
    byte[] copy = secret.clone();

    DataKey key = DataKey.of(secret, WRAPPED, 3);

    assertThat(secret).containsOnly(0);
    assertThat(key.secret().getEncoded()).isEqualTo(copy);
    assertThat(key.wrapped()).isEqualTo(WRAPPED);
    assertThat(key.createdAt()).isEqualTo(3);
  }

  @Test
  void printsNothingOfTheKey() {
    assertThat(DataKey.of(new byte[32], WRAPPED, 3)).hasToString("DataKey[redacted]");
  }

  @Test
  void isOf256Bits() {
    assertThatIllegalArgumentException().isThrownBy(() -> DataKey.of(new byte[16], WRAPPED, 3));
  }
}
