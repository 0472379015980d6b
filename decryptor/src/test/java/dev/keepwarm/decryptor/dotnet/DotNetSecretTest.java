package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DotNetSecretTest {

  private static final String CANARY = "canary-7f3e";

  private static final String ECB = "tripledes-ecb-md5";
  private static final String MAC = "aes-cbc-sha256-prepended-iv-hmac-own-key";
  private static final String DES = "des-cbc-left8";
  private static final String AES = "aes-256-explicit-key-ecb";
  private static final String TRIPLE_DES = "tripledes-192-explicit-key-ecb";

  static Stream<Arguments> unsuited() {
    return Stream.of(
        arguments(ECB, Map.of(), "passphrase", Code.MISSING_FIELD),
        arguments(ECB, Map.of("passphrase", 7), "passphrase", Code.WRONG_TYPE),
        arguments(ECB, Map.of("password", CANARY), "password", Code.UNKNOWN_FIELD),
        arguments(
            ECB, Map.of("passphrase", CANARY, "keyHex", "00"), "passphrase", Code.CONTRADICTION),
        arguments(ECB, Map.of("keyText", CANARY), "keySource", Code.CONTRADICTION),
        arguments(
            ECB,
            Map.of("passphrase", CANARY, "macPassphrase", CANARY),
            "macPassphrase",
            Code.CONTRADICTION),
        arguments(MAC, Map.of("passphrase", CANARY), "macPassphrase", Code.MISSING_FIELD),
        arguments(DES, Map.of("passphrase", "canary"), "passphrase", Code.BAD_VALUE),
        arguments(DES, Map.of("passphrase", "cänary-7"), "passphrase", Code.BAD_VALUE),
        arguments(DES, Map.of("passphrase", "\1\1\1\1\1\1\1\1"), "passphrase", Code.BAD_VALUE),
        arguments(AES, Map.of("passphrase", CANARY), "passphrase", Code.CONTRADICTION),
        arguments(AES, Map.of("keyText", CANARY), "key", Code.BAD_VALUE),
        arguments(AES, Map.of("keyHex", CANARY), "keyHex", Code.BAD_VALUE),
        arguments(AES, Map.of("keyBase64", CANARY), "keyBase64", Code.BAD_VALUE),
        arguments(
            AES,
            Map.of("keyHex", "00".repeat(32), "keyBase64", "AAAA"),
            "keyBase64",
            Code.CONTRADICTION),
        arguments(
            AES,
            Map.of("keyHex", "00".repeat(32), "keyText", CANARY),
            "keyText",
            Code.CONTRADICTION),
        // K1 = K2 but for parity bits, and K2 = K3.
        arguments(
            TRIPLE_DES,
            Map.of("keyHex", "0022446688aaccee" + "0123456789abcdef" + "0022446688aaccee"),
            "key",
            Code.BAD_VALUE),
        arguments(
            TRIPLE_DES,
            Map.of("keyHex", "0022446688aaccef" + "0123456789abcdee" + "0123456789abcdef"),
            "key",
            Code.BAD_VALUE));
  }

  @ParameterizedTest(name = "{0}: {2} is {3}")
  @MethodSource("unsuited")
  void refusesAndNamesTheFieldButNotTheSecret(
      String scheme, Map<String, Object> fields, String field, Code code) {
    DotNetParametersException refused =
        catchThrowableOfType(
            DotNetParametersException.class,
            () -> DotNetDecoder.of(KnownSchemes.all().get(scheme), DotNetSecret.parse(fields)));

    assertThat(refused).isNotNull();
    assertThat(refused.code()).isEqualTo(code);
    assertThat(refused.field()).isEqualTo(field);
    assertThat(refused).hasMessageNotContaining("canary");
  }

  @Test
  void takesThreeNotationsOfOneKey() {
    String text = "a key of thirty-two characters..";
    String hex = HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    String base64 = "YSBrZXkgb2YgdGhpcnR5LXR3byBjaGFyYWN0ZXJzLi4=";

    assertThatNoException()
        .isThrownBy(() ->
            DotNetDecoder.of(
                KnownSchemes.all().get(AES),
                DotNetSecret.parse(Map.of("keyText", text, "keyHex", hex, "keyBase64", base64))));
  }

  @Test
  void neverPrintsItself() {
    DotNetSecret secret = DotNetSecret.ofPassphrase(CANARY).withMacPassphrase(CANARY);
    DotNetDecoder decoder = DotNetDecoder.of(KnownSchemes.all().get(MAC), secret);

    assertThat(secret + " " + decoder + " " + new DotNetOutcome.Decoded(CANARY))
        .doesNotContain("canary");
  }
}
