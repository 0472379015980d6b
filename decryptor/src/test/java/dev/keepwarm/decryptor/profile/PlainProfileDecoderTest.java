package dev.keepwarm.decryptor.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlainProfileDecoderTest {
  @Test
  void anOriginalIsTheCredential() {
    assertThat(decode("", "grüße"))
        .isInstanceOfSatisfying(
            Decoder.Decoded.class,
            decoded ->
                assertThat(new String(decoded.plaintext(), StandardCharsets.UTF_8))
                    .isEqualTo("grüße"));
  }

  @Test
  void anOriginalIsTheBase64OfTheCredential() {
    assertThat(decode(", \"encoding\": \"base64\"", "AP8="))
        .isInstanceOfSatisfying(
            Decoder.Decoded.class,
            decoded -> assertThat(decoded.plaintext()).containsExactly(0, 0xff));
  }

  @Test
  void whatIsNeitherIsUndecodable() {
    assertThat(decode("", "\ud800")).isEqualTo(new Decoder.Undecodable("BAD_TEXT_FORMAT"));
    assertThat(decode(", \"encoding\": \"base64\"", "grüße"))
        .isEqualTo(new Decoder.Undecodable("BAD_TEXT_FORMAT"));
  }

  @ParameterizedTest
  @CsvSource({"key, profiles.p.key is unknown", "encoding, profiles.p.encoding must be one of"})
  void anErrorNamesTheField(String field, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> decode(", \"" + field + "\": \"hunter2\"", "x"))
        .withMessageStartingWith("INVALID_CONFIGURATION: " + message)
        .withMessageNotContaining("hunter2");
  }

  private static Decoder.Outcome decode(String fields, String ciphertext) {
    return Profiles.parse("{\"profiles\": {\"p\": {\"scheme\": \"plain\"%s}}}".formatted(fields))
        .decoder(new MemoryKeys())
        .decode(new SourceRow.Original(new CredentialId("acme", "a"), "p", ciphertext, 1));
  }
}
