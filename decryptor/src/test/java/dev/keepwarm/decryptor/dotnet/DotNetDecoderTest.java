package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.decryptor.dotnet.DotNetOutcome.Decoded;
import dev.keepwarm.decryptor.dotnet.DotNetOutcome.Refused;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DotNetDecoderTest {

  private static final String MAC = "aes-cbc-sha256-prepended-iv-hmac";
  private static final String SALTED = "stringcipher-aes-256";

  private final Seed seed = Seed.printed();

  static Collection<DotNetParameters> knownSchemes() {
    return KnownSchemes.all().values();
  }

  @ParameterizedTest
  @MethodSource("knownSchemes")
  void recognisesForeignValuesOnEveryScheme(DotNetParameters scheme) {
    DotNetDecoder decoder = DotNetDecoder.of(scheme, Secrets.fitting(scheme, seed));

    assertThat(decoder.decode("AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAA4nLb"))
        .isEqualTo(new Refused(DotNetRefusal.DPAPI_VALUE));
    assertThat(decoder.decode("\r\n AQAAANCMnd8BFdER\r\njHoAwE/Cl+sBAAAA"))
        .isEqualTo(new Refused(DotNetRefusal.DPAPI_VALUE));
    assertThat(decoder.decode("CfDJ8KZ-_a"))
        .isEqualTo(new Refused(DotNetRefusal.DATA_PROTECTION_VALUE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "01000000D08C9DDF0115D1118C7A00C04FC297EB01000000",
        "01000000d08c9ddf0115d1118c7a00c04fc297eb01000000"
      })
  void recognisesDpapiValuesInHex(String value) {
    assertThat(of("tripledes-ecb-md5", "ciphertextEncoding", "hex-upper").decode(value))
        .isEqualTo(new Refused(DotNetRefusal.DPAPI_VALUE));
  }

  @Test
  void recognisesDpapiValuesWhosePlusSignsBecameBlanks() {
    assertThat(
            of("tripledes-ecb-md5", "preDecode", "space-to-plus")
                .decode("AQAAANCMnd8BFdERjHoAwE/Cl sBAAAA4nLb"))
        .isEqualTo(new Refused(DotNetRefusal.DPAPI_VALUE));
  }

  @Test
  void looksAtNoValueThatIsTooLong() {
    DotNetDecoder decoder = of("tripledes-ecb-md5", "preDecode", "none");

    assertThat(decoder.decode("A".repeat(DotNetDecoder.MAX_STORED_CHARS + 1)))
        .isEqualTo(new Refused(DotNetRefusal.TOO_LONG));
    assertThat(decoder.decode("A".repeat(DotNetDecoder.MAX_STORED_CHARS)))
        .isEqualTo(new Refused(DotNetRefusal.BAD_PADDING));
    assertThat(decoder.decode(null)).isEqualTo(new Refused(DotNetRefusal.NO_VALUE));
  }

  @Test
  void everyChangedByteFailsTheMac() {
    DotNetParameters scheme = KnownSchemes.all().get(MAC);
    DotNetSecret secret = DotNetSecret.ofPassphrase("any");
    DotNetDecoder decoder = DotNetDecoder.of(scheme, secret);
    byte[] stored = Base64.getDecoder().decode(new Encryptor(scheme, secret, seed).encrypt("text"));

    for (int i = 0; i < stored.length; i++) {
      stored[i] ^= 1;
      assertThat(decoder.decode(Base64.getEncoder().encodeToString(stored)))
          .isEqualTo(new Refused(DotNetRefusal.BAD_MAC));
      stored[i] ^= 1;
    }
  }

  @Test
  void weakDesKeysAreKnownWhateverTheirParity() {
    BlockCipher des = KnownSchemes.all().get("des-cbc-left8").scheme().cipher();

    assertThat(des.isWeak(new byte[] {1, 1, 1, 1, 1, 1, 1, 1})).isTrue();
    assertThat(des.isWeak(new byte[8])).isTrue();
    assertThat(des.isWeak(new byte[] {1, 1, 1, 1, 1, 1, 1, 2})).isFalse();
  }

  @Test
  void decodesTheSameAfterClear() {
    DotNetParameters scheme = KnownSchemes.all().get(SALTED);
    DotNetSecret secret = DotNetSecret.ofPassphrase("any");
    DotNetDecoder decoder = DotNetDecoder.of(scheme, secret);
    String stored = new Encryptor(scheme, secret, seed).encrypt("text");

    assertThat(decoder.decode(stored)).isEqualTo(new Decoded("text"));
    decoder.clear();
    assertThat(decoder.decode(stored)).isEqualTo(new Decoded("text"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"aes-256-cbc-rfc2898-derived-iv", SALTED})
  void decodingAgainDerivesNoKey(String name) {
    Scheme scheme = KnownSchemes.all().get(name).scheme();
    DotNetSecret secret = DotNetSecret.ofPassphrase("any");
    KeyDerivation derivation = new KeyDerivation(scheme, secret);
    AtomicInteger derived = new AtomicInteger();
    DotNetDecoder decoder =
        new DotNetDecoder(
            scheme,
            new DerivedKeys(salt -> {
              derived.incrementAndGet();
              return derivation.apply(salt);
            }));
    String stored = new Encryptor(KnownSchemes.all().get(name), secret, seed).encrypt("text");

    for (int i = 0; i < 10; i++) {
      assertThat(decoder.decode(stored)).isEqualTo(new Decoded("text"));
    }

    assertThat(derived).hasValue(1);
  }

  @Test
  void manyThreadsDecodeWhileKeysAreCleared() throws ExecutionException, InterruptedException {
    DotNetParameters scheme = KnownSchemes.all().get("aes-256-cbc-rfc2898-derived-iv");
    DotNetSecret secret = DotNetSecret.ofPassphrase("any");
    DotNetDecoder decoder = DotNetDecoder.of(scheme, secret);
    String stored = new Encryptor(scheme, secret, seed).encrypt("text");
    List<Future<DotNetOutcome>> outcomes = new ArrayList<>();

    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 500; i++) {
        outcomes.add(executor.submit(() -> decoder.decode(stored)));
        if (i % 20 == 0) {
          executor.execute(decoder::clear);
        }
      }
    }

    for (Future<DotNetOutcome> outcome : outcomes) {
      assertThat(outcome.get()).isEqualTo(new Decoded("text"));
    }
  }

  @ParameterizedTest
  @EnumSource(DotNetRefusal.class)
  void everyRefusalHasADescription(DotNetRefusal refusal) {
    assertThat(refusal.description()).isNotBlank().doesNotEndWith(".");
  }

  private static DotNetDecoder of(String scheme, String field, Object value) {
    Map<String, Object> fields = new LinkedHashMap<>(KnownSchemes.all().get(scheme).toMap());
    fields.put(field, value);
    return DotNetDecoder.of(
        DotNetParameters.parse(fields), DotNetSecret.ofPassphrase("MAKV2SPBNI99212"));
  }
}
