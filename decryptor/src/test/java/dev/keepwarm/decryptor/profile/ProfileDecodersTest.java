package dev.keepwarm.decryptor.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.decryptor.dotnet.DotNetSecret;
import dev.keepwarm.decryptor.refresh.MadeUp;
import dev.keepwarm.engine.SourceRow;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The schemes through profiles, on originals that .NET and the key service made. */
final class ProfileDecodersTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DOTNET = "aes-cbc-rfc2898-derived-iv";

  private final MemoryKeys keys = new MemoryKeys();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "aes-cbc-rfc2898-derived-iv",
        "rijndael-cbc-passwordderivebytes-fixed-iv",
        "tripledes-ecb-md5"
      })
  void decodesWhatDotNetMade(String scheme) throws IOException {
    for (Map<String, Object> vector : vectors(scheme).subList(0, 25)) {
      Decoder decoder = decoder("legacy", "legacy", vector);

      assertThat(text(decoder.decode(original("legacy", (String) vector.get("ciphertext")))))
          .as("%s", vector.get("id"))
          .isEqualTo(vector.get("plaintext"));
    }
  }

  @Test
  void whatDotNetDidNotMakeIsUndecodableWithTheDecodersReason() throws IOException {
    Decoder decoder = decoder("legacy", "legacy", vectors(DOTNET).getFirst());

    assertThat(decoder.decode(original("legacy", "!")))
        .isInstanceOfSatisfying(
            Decoder.Undecodable.class,
            undecodable -> assertThat(undecodable.failure()).matches("[A-Z0-9_]{1,64}"));
  }

  @Test
  void asksForTheSecretOnceAndAgainWhenItWasToldToForget() throws IOException {
    Map<String, Object> vector = vectors(DOTNET).getFirst();
    Decoder decoder = decoder("legacy", "legacy", vector);
    SourceRow.Original original = original("legacy", (String) vector.get("ciphertext"));

    assertThat(keys.hooks().count("decrypt")).isZero();
    assertThat(text(decoder.decode(original))).isEqualTo(vector.get("plaintext"));
    assertThat(text(decoder.decode(original))).isEqualTo(vector.get("plaintext"));
    assertThat(keys.hooks().count("decrypt")).isEqualTo(1);

    decoder.clear();
    assertThat(text(decoder.decode(original))).isEqualTo(vector.get("plaintext"));
    assertThat(keys.hooks().count("decrypt")).isEqualTo(2);
  }

  @Test
  void asksForTheSecretAheadIfItIsToldTo() throws IOException {
    Map<String, Object> vector = vectors(DOTNET).getFirst();
    Decoder decoder = decoder("legacy", "legacy", vector);

    decoder.prepare();
    assertThat(keys.hooks().count("decrypt")).isEqualTo(1);

    assertThat(text(decoder.decode(original("legacy", (String) vector.get("ciphertext")))))
        .isEqualTo(vector.get("plaintext"));
    assertThat(keys.hooks().count("decrypt")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "5, 0"})
  @SuppressWarnings("unchecked")
  void asksAheadForAFewSecretsOnly(int profiles, int asked) {
    Map<String, Object> named = new LinkedHashMap<>();
    for (int i = 0; i < profiles; i++) {
      String name = "p" + i;
      Map<String, ?> one = Json.parseObject(MadeUp.profiles(name, seal(name, MadeUp.SECRET)));
      named.putAll((Map<String, ?>) Objects.requireNonNull(one.get("profiles")));
    }

    Profiles.parse(Json.write(Map.of("profiles", named))).decoder(keys).prepare();

    assertThat(keys.hooks().count("decrypt")).isEqualTo(asked);
  }

  @Test
  void aSecretThatWasMadeForAnotherProfileIsRefused() throws IOException {
    Map<String, Object> vector = vectors(DOTNET).getFirst();

    assertThat(
            decoder("legacy", "another", vector)
                .decode(original("legacy", (String) vector.get("ciphertext"))))
        .isEqualTo(new Decoder.Undecodable("BAD_PROFILE_SECRET"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hunter2", "{}", "{\"passphrase\":1}", "{\"keyHex\":\"zz\"}"})
  void whatIsNoSecretIsRefused(String secret) throws IOException {
    Map<String, Object> vector = vectors(DOTNET).getFirst();

    assertThat(
            decoder("legacy", vector, seal("legacy", secret))
                .decode(original("legacy", (String) vector.get("ciphertext"))))
        .isEqualTo(new Decoder.Undecodable("BAD_PROFILE_SECRET"));
  }

  @Test
  void aKeyServiceThatIsDownIsNotTheSecretsFault() throws IOException {
    Map<String, Object> vector = vectors(DOTNET).getFirst();
    Decoder decoder = decoder("legacy", "legacy", vector);
    SourceRow.Original original = original("legacy", (String) vector.get("ciphertext"));
    keys.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> decoder.decode(original))
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);

    keys.hooks().clear();
    assertThat(text(decoder.decode(original))).isEqualTo(vector.get("plaintext"));
  }

  @Test
  void decodesWhatKmsEncryptedUnderTheProfilesContext() {
    Decoder decoder = kms("{\"app\":\"hr\"}");

    assertThat(text(decoder.decode(original("kms", encrypt("value", Map.of("app", "hr"))))))
        .isEqualTo("value");
  }

  @Test
  void whatKmsEncryptedUnderAnotherContextIsUndecodable() {
    assertThat(
            kms("{\"app\":\"hr\"}").decode(original("kms", encrypt("value", Map.of("app", "crm")))))
        .isEqualTo(new Decoder.Undecodable("BAD_CIPHERTEXT"));
    assertThat(kms("{}").decode(original("kms", encrypt("value", Map.of("app", "hr")))))
        .isEqualTo(new Decoder.Undecodable("BAD_CIPHERTEXT"));
  }

  @Test
  void whatKmsCannotHaveMadeIsUndecodableWithoutAskingIt() {
    Decoder decoder = kms("{}");

    assertThat(decoder.decode(original("kms", "not base64!")))
        .isEqualTo(new Decoder.Undecodable("BAD_TEXT_FORMAT"));
    assertThat(decoder.decode(original("kms", "")))
        .isEqualTo(new Decoder.Undecodable("BAD_LENGTH"));
    assertThat(decoder.decode(original("kms", Base64.getEncoder().encodeToString(new byte[6145]))))
        .isEqualTo(new Decoder.Undecodable("BAD_LENGTH"));
    assertThat(keys.hooks().count("decrypt")).isZero();
  }

  @Test
  void aKeyServiceThatIsDownIsNotTheOriginalsFault() {
    SourceRow.Original original = original("kms", encrypt("value", Map.of()));
    keys.hooks().failWith(ErrorCode.DENIED);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> kms("{}").decode(original))
        .returns(ErrorCode.DENIED, KeepwarmException::code);
  }

  private Decoder kms(String context) {
    return Profiles.parse(
            "{\"profiles\":{\"kms\":{\"scheme\":\"kms\",\"encryptionContext\":" + context + "}}}")
        .decoder(keys);
  }

  private String encrypt(String text, Map<String, String> context) {
    return Base64.getEncoder()
        .encodeToString(keys.encrypt(text.getBytes(StandardCharsets.UTF_8), context).asByteArray());
  }

  /** A decoder for a vector's parameters, its secret made for the profile {@code madeFor}. */
  private Decoder decoder(String profile, String madeFor, Map<String, Object> vector)
      throws IOException {
    Map<String, Object> secret = parameters(vector);
    secret.keySet().retainAll(DotNetSecret.fieldNames());
    return decoder(profile, vector, seal(madeFor, JSON.writeValueAsString(secret)));
  }

  private Decoder decoder(String profile, Map<String, Object> vector, String secret)
      throws IOException {
    Map<String, Object> open = parameters(vector);
    open.keySet().removeAll(DotNetSecret.fieldNames());
    Map<String, Object> fields = Map.of("scheme", "dotnet", "parameters", open, "secret", secret);
    return Profiles.parse(JSON.writeValueAsString(Map.of("profiles", Map.of(profile, fields))))
        .decoder(keys);
  }

  private String seal(String profile, String secret) {
    return encrypt(secret, Kms.profileContext(profile));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> parameters(Map<String, Object> vector) {
    return new LinkedHashMap<>((Map<String, Object>) vector.get("parameters"));
  }

  private static String text(Decoder.Outcome outcome) {
    assertThat(outcome).isInstanceOf(Decoder.Decoded.class);
    return new String(((Decoder.Decoded) outcome).plaintext(), StandardCharsets.UTF_8);
  }

  private static SourceRow.Original original(String profile, String ciphertext) {
    return new SourceRow.Original(new CredentialId("t", "n"), profile, ciphertext, 1);
  }

  private static List<Map<String, Object>> vectors(String scheme) throws IOException {
    try (InputStream file =
        Objects.requireNonNull(
            ProfileDecodersTest.class.getResourceAsStream(
                "/vectors/dotnet-legacy/" + scheme + ".json"))) {
      return JSON.readValue(file, new TypeReference<>() {});
    }
  }
}
