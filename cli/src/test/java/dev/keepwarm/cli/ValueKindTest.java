package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ValueKindTest {
  @Test
  void tellsCredentialsFromWhatAWrongKeyGives() {
    assertThat(of("")).isEqualTo(ValueKind.EMPTY);
    assertThat(of("{\"user\":\"x\"}")).isEqualTo(ValueKind.JSON);
    assertThat(of("{not json")).isEqualTo(ValueKind.TEXT);
    assertThat(of("Pässwörd 😀")).isEqualTo(ValueKind.TEXT);
    assertThat(of("a\tb\r\nc")).isEqualTo(ValueKind.LINES);
    assertThat(of("a\u0000b")).isEqualTo(ValueKind.CONTROL);
    assertThat(of("a\u0378b")).isEqualTo(ValueKind.CONTROL);
    assertThat(ValueKind.of(new byte[] {(byte) 0xC3, 0x28})).isEqualTo(ValueKind.BINARY);
  }

  private static ValueKind of(String text) {
    return ValueKind.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
