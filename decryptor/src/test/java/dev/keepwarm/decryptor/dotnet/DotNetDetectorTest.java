package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.decryptor.dotnet.DotNetDetector.Detection;
import dev.keepwarm.decryptor.dotnet.DotNetDetector.Match;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DotNetDetectorTest {

  private static final List<String> TEXTS =
      List.of(
          "{\"username\":\"hr_sync\",\"password\":\"Wint€r-2024!\"}",
          "Server=sql01.corp.example;User Id=sa;Password=pa$$w0rd;",
          "a much longer text, with line breaks\r\nand Ümläute, so that it has some blocks");

  private final Seed seed = Seed.printed();

  Set<String> knownSchemes() {
    return KnownSchemes.all().keySet();
  }

  @ParameterizedTest
  @MethodSource("knownSchemes")
  void findsEachKnownSchemeFirst(String name) {
    DotNetParameters scheme = KnownSchemes.all().get(name);
    DotNetSecret secret = Secrets.fitting(scheme, seed);

    Detection detection = DotNetDetector.detect(encrypted(scheme, secret, TEXTS), secret, Map.of());

    assertThat(detection.matches().getFirst())
        .isEqualTo(new Match(name, withDefaults(scheme, Map.of()), TEXTS.size()));
  }

  @Test
  void findsTheTextEncodingAndTheNotation() {
    for (String notation : List.of("hex-upper", "hex-lower", "hex-dashed", "base64-linebreaks")) {
      for (String encoding : List.of("utf-8", "utf-8-bom", "utf-16le", "utf-16le-bom")) {
        Map<String, Object> fields =
            new LinkedHashMap<>(KnownSchemes.all().get("tripledes-ecb-md5").toMap());
        fields.put("ciphertextEncoding", notation);
        fields.put("plaintextEncoding", encoding);
        DotNetParameters scheme = DotNetParameters.parse(fields);
        DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
        List<String> values = encrypted(scheme, secret, TEXTS);

        Match match = DotNetDetector.detect(values, secret, Map.of()).matches().getFirst();

        assertThat(match.scheme()).isEqualTo("tripledes-ecb-md5");
        assertThat(match.parameters().toMap()).containsEntry("plaintextEncoding", encoding);
        assertThat(match.plausible()).isEqualTo(TEXTS.size());
      }
    }
  }

  @Test
  void noticesThatBlanksWerePlusSigns() {
    DotNetParameters scheme = KnownSchemes.all().get("tripledes-ecb-md5");
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    String value = firstWithPlus(scheme, secret).replace('+', ' ');

    Match match = DotNetDetector.detect(List.of(value), secret, Map.of()).matches().getFirst();

    assertThat(match.parameters().toMap()).containsEntry("preDecode", "space-to-plus");
  }

  @Test
  void usesWhatIsKnownAlready() {
    Map<String, Object> known = Map.of("saltHex", "00112233445566778899", "iterations", 1234);
    DotNetParameters scheme =
        withDefaults(KnownSchemes.all().get("aes-256-cbc-rfc2898-derived-iv"), known);
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    List<String> values = encrypted(scheme, secret, TEXTS);

    assertThat(DotNetDetector.detect(values, secret, Map.of()).matches()).isEmpty();
    assertThat(DotNetDetector.detect(values, secret, known).matches())
        .startsWith(new Match("aes-256-cbc-rfc2898-derived-iv", scheme, TEXTS.size()));
  }

  @Test
  void findsNothingWithAnotherPassphrase() {
    DotNetParameters scheme = KnownSchemes.all().get("stringcipher-rijndael-256");
    List<String> values = encrypted(scheme, DotNetSecret.ofPassphrase("right"), TEXTS);

    assertThat(
            DotNetDetector.detect(values, DotNetSecret.ofPassphrase("wrong"), Map.of()).matches())
        .isEmpty();
  }

  @Test
  void countsWhatOnlyWindowsOrTheApplicationCanDecrypt() {
    List<String> values =
        List.of(
            "AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAAabcdefgh",
            "CfDJ8AAAAAAAAAAAAAAA_aaaa-bbb",
            "CfDJ8AAAAAAAAAAAAAAA_aaaa-ccc");

    assertThat(DotNetDetector.detect(values, DotNetSecret.ofPassphrase("any"), Map.of()))
        .isEqualTo(new Detection(List.of(), 1, 2));
  }

  @Test
  void refusesAKnownFieldThatSuitsNoScheme() {
    DotNetSecret secret = DotNetSecret.ofPassphrase("any");

    assertThatExceptionOfType(DotNetParametersException.class)
        .isThrownBy(() -> DotNetDetector.detect(List.of("AAAA"), secret, Map.of("saltHax", "00")))
        .satisfies(e -> assertThat(e.field()).isEqualTo("saltHax"));
    assertThatExceptionOfType(DotNetParametersException.class)
        .isThrownBy(() -> DotNetDetector.detect(List.of("AAAA"), secret, Map.of("ivHex", "0011")))
        .satisfies(e -> {
          assertThat(e.field()).isEqualTo("ivHex");
          assertThat(e.code()).isEqualTo(DotNetParametersException.Code.CONTRADICTION);
        });
  }

  private String firstWithPlus(DotNetParameters scheme, DotNetSecret secret) {
    Encryptor encryptor = new Encryptor(scheme, secret, seed);
    for (int i = 0; ; i++) {
      String value = encryptor.encrypt("user-" + i + ";password");
      if (value.contains("+")) {
        return value;
      }
    }
  }

  private List<String> encrypted(DotNetParameters scheme, DotNetSecret secret, List<String> texts) {
    Encryptor encryptor = new Encryptor(scheme, secret, seed);
    return texts.stream().map(encryptor::encrypt).toList();
  }

  private static DotNetParameters withDefaults(DotNetParameters scheme, Map<String, Object> more) {
    Map<String, Object> fields = new LinkedHashMap<>(scheme.toMap());
    fields.putAll(more);
    return DotNetParameters.parse(fields);
  }
}
