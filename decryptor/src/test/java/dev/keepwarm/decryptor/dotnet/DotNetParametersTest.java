package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DotNetParametersTest {

  private static final String CANARY = "canary-7f3e";

  private static final String DERIVED_IV = "aes-256-cbc-rfc2898-derived-iv";
  private static final String FIXED_IV = "aes-256-cbc-rfc2898-fixed-iv";
  private static final String PASSWORD_DERIVED = "tripledes-192-cbc-passwordderivebytes-derived-iv";
  private static final String MAC = "aes-cbc-sha256-prepended-iv-hmac";
  private static final String SALTED = "stringcipher-aes-256";
  private static final String ECB = "tripledes-ecb-md5";
  private static final String CAPI = "tripledes-cbc-cryptderivekey";
  private static final String EXPLICIT = "aes-256-explicit-key-zero-iv";
  private static final Object ABSENT = new Object();

  static Stream<Arguments> faults() {
    return Stream.of(
        arguments(ECB, "paddding", "PKCS7", Code.UNKNOWN_FIELD),
        arguments(ECB, "padding", ABSENT, Code.MISSING_FIELD),
        arguments(ECB, "padding", null, Code.WRONG_TYPE),
        arguments(ECB, "padding", 7, Code.WRONG_TYPE),
        arguments(ECB, "padding", "pkcs7", Code.BAD_VALUE),
        arguments(ECB, "cipher", CANARY, Code.BAD_VALUE),
        arguments(ECB, "keySizeBits", "128", Code.WRONG_TYPE),
        arguments(ECB, "keySizeBits", 128.5, Code.WRONG_TYPE),
        arguments(ECB, "keySizeBits", 256, Code.BAD_VALUE),
        arguments(ECB, "keySizeBits", 192, Code.CONTRADICTION),
        arguments(ECB, "blockSizeBits", 128, Code.BAD_VALUE),
        arguments(ECB, "ivSource", "parameter", Code.CONTRADICTION),
        arguments(ECB, "ivHex", "0000000000000000", Code.CONTRADICTION),
        arguments(ECB, "iterations", 1000, Code.CONTRADICTION),
        arguments(ECB, "mac", Map.of(), Code.CONTRADICTION),
        arguments(ECB, "passphraseEncoding", ABSENT, Code.MISSING_FIELD),
        arguments(ECB, "passphraseEncoding", "utf-7", Code.BAD_VALUE),
        arguments(ECB, "layout", "salt|iv|ciphertext", Code.CONTRADICTION),
        arguments(ECB, "preDecode", "plus-to-space", Code.BAD_VALUE),
        arguments(ECB, "postDecode", true, Code.WRONG_TYPE),
        arguments(ECB, "passphrase", CANARY, Code.SECRET_IN_PARAMETERS),
        arguments(ECB, "macPassphrase", CANARY, Code.SECRET_IN_PARAMETERS),
        arguments(EXPLICIT, "keyHex", CANARY, Code.SECRET_IN_PARAMETERS),
        arguments(EXPLICIT, "keyBase64", CANARY, Code.SECRET_IN_PARAMETERS),
        arguments(EXPLICIT, "keyText", CANARY, Code.SECRET_IN_PARAMETERS),
        arguments(EXPLICIT, "passphraseEncoding", "utf-8", Code.CONTRADICTION),
        arguments(EXPLICIT, "ivHex", "00", Code.CONTRADICTION),
        arguments(EXPLICIT, "ivHex", "0g", Code.BAD_VALUE),
        arguments(EXPLICIT, "ivHex", ABSENT, Code.MISSING_FIELD),
        arguments(EXPLICIT, "ivBase64", "AAAAAAAAAAAAAAAAAAAAAQ==", Code.CONTRADICTION),
        arguments(EXPLICIT, "ivText", "1111111111111111", Code.CONTRADICTION),
        arguments(EXPLICIT, "ivSource", "kdf-next-bytes", Code.CONTRADICTION),
        arguments(DERIVED_IV, "iterations", 0, Code.BAD_VALUE),
        arguments(DERIVED_IV, "iterations", 1_000_001, Code.BAD_VALUE),
        arguments(DERIVED_IV, "iterations", ABSENT, Code.MISSING_FIELD),
        arguments(DERIVED_IV, "iterations", "1000", Code.WRONG_TYPE),
        arguments(DERIVED_IV, "kdfHash", "MD5", Code.BAD_VALUE),
        arguments(DERIVED_IV, "saltHex", ABSENT, Code.MISSING_FIELD),
        arguments(DERIVED_IV, "saltHex", null, Code.BAD_VALUE),
        arguments(DERIVED_IV, "saltHex", "01020304050607", Code.BAD_VALUE),
        arguments(DERIVED_IV, "saltHex", "00".repeat(257), Code.BAD_VALUE),
        arguments(DERIVED_IV, "saltEncoding", "utf-8", Code.CONTRADICTION),
        arguments(DERIVED_IV, "saltLengthBytes", 16, Code.CONTRADICTION),
        arguments(DERIVED_IV, "getBytes", List.of(32), Code.CONTRADICTION),
        arguments(DERIVED_IV, "getBytes", List.of(16, 32), Code.CONTRADICTION),
        arguments(DERIVED_IV, "getBytes", List.of("32", 16), Code.WRONG_TYPE),
        arguments(DERIVED_IV, "getBytes", 32, Code.WRONG_TYPE),
        arguments(DERIVED_IV, "saltSource", "passphrase-length", Code.CONTRADICTION),
        arguments(DERIVED_IV, "ivSource", "salt", Code.CONTRADICTION),
        arguments(DERIVED_IV, "associatedDataHex", "00", Code.CONTRADICTION),
        arguments(DERIVED_IV, "mode", "GCM", Code.CONTRADICTION),
        arguments(DERIVED_IV, "feedbackSizeBits", 8, Code.CONTRADICTION),
        arguments(EXPLICIT, "ivSource", "md5-of-passphrase", Code.CONTRADICTION),
        arguments(ECB, "keyFit", "cut", Code.CONTRADICTION),
        arguments(DERIVED_IV, "ivHex", "00".repeat(16), Code.CONTRADICTION),
        arguments(FIXED_IV, "getBytes", List.of(32, 16), Code.CONTRADICTION),
        arguments(PASSWORD_DERIVED, "saltHex", 1, Code.WRONG_TYPE),
        arguments(SALTED, "saltHex", "00".repeat(16), Code.CONTRADICTION),
        arguments(SALTED, "saltLengthBytes", ABSENT, Code.MISSING_FIELD),
        arguments(SALTED, "saltLengthBytes", 7, Code.BAD_VALUE),
        arguments(SALTED, "ivLengthBytes", 32, Code.BAD_VALUE),
        arguments(SALTED, "ivSource", "parameter", Code.CONTRADICTION),
        arguments(SALTED, "keySource", "SHA256", Code.CONTRADICTION),
        arguments(MAC, "mac", ABSENT, Code.MISSING_FIELD),
        arguments(MAC, "mac", "HMAC-SHA256", Code.WRONG_TYPE),
        arguments(MAC, "mac", mac("algorithm", "HMAC-SHA1"), Code.BAD_VALUE),
        arguments(MAC, "mac", mac("lengthBytes", 16), Code.BAD_VALUE),
        arguments(MAC, "mac", mac("covers", "salt|iv"), Code.BAD_VALUE),
        arguments(MAC, "mac", mac("keySource", "last-32-bytes-of-sha512"), Code.CONTRADICTION),
        arguments(MAC, "mac", mac("macPassphrase", CANARY), Code.SECRET_IN_PARAMETERS),
        arguments(MAC, "mac", mac("truncated", true), Code.UNKNOWN_FIELD),
        arguments(CAPI, "cryptDeriveKey", ABSENT, Code.MISSING_FIELD),
        arguments(
            CAPI,
            "cryptDeriveKey",
            Map.of("algorithm", "TripleDES", "hash", "SHA1", "keySizeBits", 128),
            Code.CONTRADICTION));
  }

  @ParameterizedTest(name = "{0}: {1} = {2} is {3}")
  @MethodSource("faults")
  void refusesAndNamesTheField(String scheme, String field, Object value, Code code) {
    Map<String, Object> fields = new LinkedHashMap<>(KnownSchemes.all().get(scheme).toMap());
    if (value == ABSENT) {
      fields.remove(field);
    } else {
      fields.put(field, value);
    }

    DotNetParametersException refused =
        catchThrowableOfType(DotNetParametersException.class, () -> DotNetParameters.parse(fields));

    assertThat(refused).isNotNull();
    assertThat(refused.code()).isEqualTo(code);
    // A contradiction between two fields may be reported for either.
    if (code != Code.CONTRADICTION) {
      assertThat(refused.field()).startsWith(field);
    }
    assertThat(refused).hasMessageStartingWith(refused.field()).hasMessageNotContaining(CANARY);
  }

  /** On SHA1 and these lengths, .NET itself throws, so nothing can have been encrypted. */
  @Test
  void refusesCallsOnWhichPasswordDeriveBytesFails() {
    Map<String, Object> fields =
        new LinkedHashMap<>(KnownSchemes.all().get(PASSWORD_DERIVED).toMap());
    fields.put("ivSource", "kdf-first-bytes");
    fields.put("getBytes", List.of(8, 24));

    DotNetParametersException refused =
        catchThrowableOfType(DotNetParametersException.class, () -> DotNetParameters.parse(fields));

    assertThat(refused.code()).isEqualTo(Code.CONTRADICTION);
    assertThat(refused.field()).isEqualTo("getBytes");
    fields.put("kdfHash", "MD5");
    assertThat(DotNetParameters.parse(fields)).isNotNull();
  }

  @Test
  void takesNumbersAsAnyParserGivesThem() {
    Map<String, Object> fields = new LinkedHashMap<>(KnownSchemes.all().get(DERIVED_IV).toMap());
    DotNetParameters integers = DotNetParameters.parse(fields);
    fields.put("iterations", 1000L);
    fields.put("keySizeBits", 256.0);
    fields.put("getBytes", List.of(new BigDecimal("32"), 16L));

    assertThat(DotNetParameters.parse(fields)).isEqualTo(integers).hasSameHashCodeAs(integers);
  }

  @Test
  void saltAndIvMayBeGivenAsText() {
    Map<String, Object> fields = new LinkedHashMap<>(KnownSchemes.all().get(FIXED_IV).toMap());
    fields.remove("saltHex");
    fields.remove("ivHex");
    fields.putAll(
        Map.of("saltText", "S@LT&KEY", "saltEncoding", "us-ascii", "ivText", "@1B2c3D4e5F6g7H8"));
    DotNetSecret secret = DotNetSecret.ofPassphrase("any");
    String stored =
        new Encryptor(KnownSchemes.all().get(FIXED_IV), secret, Seed.printed()).encrypt("text");

    assertThat(DotNetDecoder.of(DotNetParameters.parse(fields), secret).decode(stored))
        .isEqualTo(new DotNetOutcome.Decoded("text"));
  }

  @Test
  void isNotChangedThroughTheObjectItWasParsedFrom() {
    Map<String, Object> mac = mac("lengthBytes", 32);
    Map<String, Object> fields = new LinkedHashMap<>(KnownSchemes.all().get(MAC).toMap());
    fields.put("mac", mac);
    DotNetParameters parameters = DotNetParameters.parse(fields);
    mac.clear();
    fields.clear();

    assertThat(parameters).isEqualTo(KnownSchemes.all().get(MAC));
  }

  @Test
  void tellsWhichSecretItNeeds() {
    assertThat(KnownSchemes.all().get(EXPLICIT).needsKey()).isTrue();
    assertThat(KnownSchemes.all().get(ECB).needsKey()).isFalse();
    assertThat(KnownSchemes.all().get(MAC).needsMacPassphrase()).isFalse();
    assertThat(KnownSchemes.all().get("aes-cbc-sha256-prepended-iv-hmac-own-key"))
        .matches(DotNetParameters::needsMacPassphrase);
  }

  private static Map<String, Object> mac(String field, Object value) {
    Map<String, Object> mac = new LinkedHashMap<>();
    mac.put("algorithm", "HMAC-SHA256");
    mac.put("lengthBytes", 32);
    mac.put("covers", "iv|ciphertext");
    mac.put("keySource", "same-as-encryption-key");
    mac.put(field, value);
    return mac;
  }
}
