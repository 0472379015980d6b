package dev.keepwarm.decryptor.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.engine.SourceRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProfilesTest {
  /** A text that must not occur in any message, wherever it is in the input. */
  private static final String CANARY = "hunter2";

  private static final String PARAMETERS =
      """
      {"cipher":"AES","mode":"CBC","padding":"PKCS7","keySizeBits":256,"blockSizeBits":128,
       "keySource":"Rfc2898DeriveBytes","kdfHash":"SHA1","iterations":1000,
       "passphraseEncoding":"utf-8","saltHex":"4976616e204d65647665646576","getBytes":[32,16],
       "ivSource":"kdf-next-bytes","layout":"ciphertext","plaintextEncoding":"utf-16le",
       "ciphertextEncoding":"base64","preDecode":"none","postDecode":"none"}\
      """;

  @Test
  void readsWhatIsWellFormed() {
    Profiles profiles =
        Profiles.parse(
            """
            {"profiles": {
              "legacy": {"scheme": "dotnet", "parameters": %s, "secret": "AAAA"},
              "plain-kms": {"scheme": "kms"},
              "bound-kms": {"scheme": "kms", "encryptionContext": {"app": "hr"}}
            }}\
            """
                .formatted(PARAMETERS));

    assertThat(profiles.names()).containsExactlyInAnyOrder("legacy", "plain-kms", "bound-kms");
  }

  @Test
  void readsNoProfilesAtAll() {
    assertThat(Profiles.parse("{\"profiles\":{}}").names()).isEmpty();
    assertThat(Profiles.none().names()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "hunter2", "{\"profiles\":{}} hunter2", "{\"profiles\""})
  void refusesWhatIsNotOneJsonObject(String json) {
    assertRefused(json, "the profiles");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                                                  | profiles
          {"profiles":[]}                                                     | profiles
          {"profiles":{},"hunter":1}                                          | hunter
          {"profiles":{"p":"hunter2"}}                                        | profiles.p
          {"profiles":{"p":{}}}                                               | profiles.p.scheme
          {"profiles":{"p":{"scheme":1}}}                                     | profiles.p.scheme
          {"profiles":{"p":{"scheme":"hunter2"}}}                             | profiles.p.scheme
          {"profiles":{"p":{"scheme":"kms","extra":"hunter2"}}}               | profiles.p.extra
          {"profiles":{"p":{"scheme":"kms","encryptionContext":"hunter2"}}}   | profiles.p.encryptionContext
          {"profiles":{"p":{"scheme":"kms","encryptionContext":{"a":1}}}}     | profiles.p.encryptionContext.a
          {"profiles":{"p":{"scheme":"dotnet","secret":"hunter2="}}}          | profiles.p.parameters
          {"profiles":{"p":{"scheme":"dotnet","parameters":[],"secret":""}}}  | profiles.p.parameters
          {"profiles":{"p":{"scheme":"dotnet","key":"hunter2"}}}              | profiles.p.key
          """)
  void namesTheFieldThatIsWrong(String json, String field) {
    assertRefused(json, field);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",\"secret\":1",
        ",\"secret\":\"\"",
        ",\"secret\":\"hunter2!\"",
        ",\"secret\":null"
      })
  void refusesADotNetProfileWithoutASecretInBase64(String secret) {
    assertRefused(
        "{\"profiles\":{\"p\":{\"scheme\":\"dotnet\",\"parameters\":%s%s}}}"
            .formatted(PARAMETERS, secret),
        "profiles.p.secret");
  }

  @Test
  void namesTheParameterThatIsWrong() {
    assertRefused(
        dotNet(PARAMETERS.replace("\"CBC\"", "\"hunter2\"")), "profiles.p.parameters: mode");
    assertRefused(dotNet(PARAMETERS.replace("1000", "-1")), "profiles.p.parameters: iterations");
    assertRefused(
        dotNet(PARAMETERS.replace("{\"cipher\"", "{\"hunter\":1,\"cipher\"")),
        "profiles.p.parameters: hunter");
  }

  @Test
  void refusesASecretAmongTheParameters() {
    assertRefused(
        dotNet(PARAMETERS.replace("{\"cipher\"", "{\"passphrase\":\"hunter2\",\"cipher\"")),
        "profiles.p.parameters: passphrase");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hunter2 hunter2", "hunter2\\u00e9"})
  void refusesANameThatIsNone(String name) {
    assertRefused(
        "{\"profiles\":{\"" + name + "\":{\"scheme\":\"kms\"}}}", "the name of a profile has");
  }

  @Test
  void oneWrongProfileSpoilsThemAll() {
    assertRefused(
        "{\"profiles\":{\"fine\":{\"scheme\":\"kms\"},\"p\":{\"scheme\":\"none\"}}}",
        "profiles.p.scheme");
  }

  @Test
  void anOriginalOfAProfileThatIsNotThereIsUndecodable() {
    Decoder decoder =
        Profiles.parse("{\"profiles\":{\"p\":{\"scheme\":\"kms\"}}}").decoder(new MemoryKeys());

    assertThat(decoder.decode(new SourceRow.Original(new CredentialId("t", "n"), "q", "AAAA", 1)))
        .isEqualTo(new Decoder.Undecodable(Failure.UNKNOWN_PROFILE));
  }

  private static String dotNet(String parameters) {
    return "{\"profiles\":{\"p\":{\"scheme\":\"dotnet\",\"parameters\":%s,\"secret\":\"AAAA\"}}}"
        .formatted(parameters);
  }

  private static void assertRefused(String json, String field) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Profiles.parse(json))
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code)
        .withMessageStartingWith("INVALID_CONFIGURATION: " + field)
        .satisfies(e -> assertThat(e).hasNoCause())
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain(CANARY));
  }
}
