package dev.keepwarm.decryptor.dotnet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.decryptor.dotnet.DotNetDetector.Detection;
import dev.keepwarm.decryptor.dotnet.DotNetDetector.Match;
import dev.keepwarm.decryptor.dotnet.DotNetDetector.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  private final Seed seed = Seed.constant();

  Set<String> knownSchemes() {
    return KnownSchemes.all().keySet();
  }

  @ParameterizedTest
  @MethodSource("knownSchemes")
  void findsEachKnownSchemeFirst(String name) {
    DotNetParameters scheme = KnownSchemes.all().get(name);
    DotNetSecret secret = Secrets.fitting(scheme, seed);

    Detection detection = DotNetDetector.detect(encrypted(scheme, secret, TEXTS), secret, Map.of());

    assertThat(detection.advice()).isEmpty();
    assertThat(detection.verdict()).isEqualTo(Verdict.FOUND);
    assertThat(detection.matches().getFirst().scheme()).isEqualTo(name);
    assertThat(detection.matches().getFirst().parameters()).isEqualTo(scheme);
    assertThat(detection.matches().getFirst().plausible()).isEqualTo(TEXTS.size());
  }

  /** Tries a few dozen of some thousand; a wrong result is worse than none. */
  @Test
  void findsFurtherSchemes() {
    List<String> names = new ArrayList<>(FurtherSchemes.all().keySet());
    List<String> missed = new ArrayList<>();
    int tried = 0;
    for (int at = 0; at < names.size(); at += Integer.getInteger("detection.further", 331)) {
      DotNetParameters scheme =
          DotNetParameters.parse(requireNonNull(FurtherSchemes.all().get(names.get(at))).toMap());
      DotNetSecret secret = Secrets.fitting(scheme, seed);
      List<String> values;
      try {
        values = encrypted(scheme, secret, TEXTS);
      } catch (DotNetParametersException e) {
        // The passphrase is too long or too short for a key.
        continue;
      }
      tried++;
      Detection detection = DotNetDetector.detect(values, secret, Map.of());
      if (detection.verdict() != Verdict.FOUND) {
        missed.add(names.get(at) + ": " + detection.advice());
        continue;
      }
      DotNetParameters found = detection.matches().getFirst().parameters();
      DotNetDecoder decoder = DotNetDecoder.of(found, secret.adaptedTo(found).orElseThrow());
      assertThat(values.stream().map(decoder::decode))
          .as(names.get(at))
          .containsExactlyElementsOf(TEXTS.stream().map(DotNetOutcome.Decoded::new).toList());
    }
    System.out.println("DETECTION  further schemes: " + tried + ", not found: " + missed);
    // With CFB of 8 bits, three values do not tell an IV in front from a constant one.
    assertThat(missed).hasSizeLessThanOrEqualTo(tried / 5);
  }

  @Test
  void removesWhatStandsAroundEveryValue() {
    DotNetParameters scheme = requireNonNull(KnownSchemes.all().get("tripledes-ecb-md5"));
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    for (List<String> around : List.of(List.of("enc:", ""), List.of("ENC(", ")"))) {
      List<String> values =
          encrypted(scheme, secret, TEXTS).stream()
              .map(value -> around.get(0) + value + around.get(1))
              .toList();

      Detection detection = DotNetDetector.detect(values, secret, Map.of());

      assertThat(detection.verdict()).isEqualTo(Verdict.FOUND);
      assertThat(detection.matches().getFirst().parameters().toMap())
          .containsEntry("valuePrefix", around.get(0));
    }
  }

  @Test
  void findsTheTextEncodingAndTheNotation() {
    for (String notation :
        List.of("hex-upper", "hex-lower", "hex-dashed", "base64-linebreaks", "url-token")) {
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

  /** The source of an AES-GCM helper shows everything except the order of the parts. */
  @Test
  void theTagProvesTheOrderOfTheParts() {
    Map<String, Object> ofHelper =
        Map.of(
            "cipher", "AES",
            "mode", "GCM",
            "padding", "None",
            "keySizeBits", 256,
            "blockSizeBits", 128,
            "keySource", "SHA256",
            "passphraseEncoding", "utf-8",
            "plaintextEncoding", "utf-8");
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    for (String layout :
        List.of(
            "nonce|ciphertext|tag",
            "nonce|tag|ciphertext",
            "tag|nonce|ciphertext",
            "ciphertext|nonce|tag",
            "ciphertext|tag|nonce")) {
      for (int tagBytes : List.of(16, 12)) {
        DotNetParameters scheme =
            changed(
                "aes-256-sha256-gcm-" + layout.replace('|', '-') + "-12",
                Map.of("tagLengthBytes", tagBytes));

        Detection detection =
            DotNetDetector.detect(encrypted(scheme, secret, TEXTS), secret, ofHelper);

        assertThat(detection.verdict()).as("%s, %s", layout, tagBytes).isEqualTo(Verdict.FOUND);
        assertThat(detection.matches().getFirst().parameters()).isEqualTo(scheme);
      }
    }
  }

  /** With a salt in front of each value, only the passphrase is secret. */
  @Test
  void findsUnusualNumbersBehindASaltInFront() {
    Map<String, Map<String, Object>> unusual =
        Map.of(
            "aes-256-gcm-salt-nonce-ciphertext-tag-12-SHA1",
            Map.of("saltLengthBytes", 8, "iterations", 4096),
            "aes-128-rfc2898derivebytes-salt-in-front",
            Map.of("iterations", 50_000));
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    unusual.forEach((name, numbers) -> {
      DotNetParameters scheme = changed(name, numbers);

      Detection detection =
          DotNetDetector.detect(encrypted(scheme, secret, TEXTS), secret, Map.of());

      assertThat(detection.verdict()).as(name).isEqualTo(Verdict.FOUND);
      assertThat(detection.matches().getFirst().parameters()).isEqualTo(scheme);
    });
  }

  @Test
  void aSaltThatIsKnownLeavesTimeForUnusualNumbers() {
    Map<String, Object> numbers = Map.of("kdfHash", "SHA256", "iterations", 50_000);
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    for (String name :
        List.of(
            "aes-128-rfc2898derivebytes-iv-first",
            "aes-192-rfc2898derivebytes-gcm-nonce-ciphertext-tag")) {
      DotNetParameters scheme = changed(name, numbers);

      Detection detection =
          DotNetDetector.detect(
              encrypted(scheme, secret, TEXTS),
              secret,
              Map.of("saltHex", requireNonNull(scheme.toMap().get("saltHex"))));

      assertThat(detection.verdict()).as(name).isEqualTo(Verdict.FOUND);
      assertThat(detection.matches().getFirst().parameters()).isEqualTo(scheme);
    }
  }

  /** SQL Server has no UTF-8 in most databases: a varchar is in a code page. */
  @Test
  void takesAnAsciiTextOfSqlServerForOneInItsCodePage() {
    DotNetParameters scheme =
        changed("sql-server-version-2", Map.of("plaintextEncoding", "windows-1252"));
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");

    Detection detection =
        DotNetDetector.detect(
            encrypted(scheme, secret, List.of("svc-import:Sierra7079")), secret, Map.of());

    assertThat(detection.verdict()).isEqualTo(Verdict.FOUND);
    assertThat(detection.matches().getFirst().parameters()).isEqualTo(scheme);
  }

  @Test
  void noticesThatBlanksWerePlusSigns() {
    DotNetParameters scheme = KnownSchemes.all().get("tripledes-ecb-md5");
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    String value = firstWithPlus(scheme, secret).replace('+', ' ');

    List<String> values = new ArrayList<>(encrypted(scheme, secret, TEXTS));
    values.add(value);

    Match match = DotNetDetector.detect(values, secret, Map.of()).matches().getFirst();

    assertThat(match.parameters().toMap()).containsEntry("preDecode", "space-to-plus");
  }

  @Test
  void usesWhatIsKnownAlready() {
    Map<String, Object> known = Map.of("saltHex", "00112233445566778899", "iterations", 1234);
    DotNetParameters scheme = changed("aes-256-cbc-rfc2898-derived-iv", known);
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    List<String> values = encrypted(scheme, secret, TEXTS);

    assertThat(DotNetDetector.detect(values, secret, Map.of()).matches()).isEmpty();
    assertThat(DotNetDetector.detect(values, secret, known).matches().getFirst().parameters())
        .isEqualTo(scheme);
  }

  /** All but the first block decodes, which must not count as success. */
  @Test
  void aConstantIvThatNobodyTriedIsNotOneInFrontOfTheValues() {
    DotNetParameters scheme =
        changed(
            "aes-256-explicit-key-zero-iv", Map.of("ivHex", "357d410ede1fce2bd71493a06d884eeb"));
    DotNetSecret secret = Secrets.fitting(scheme, seed);
    List<String> values = encrypted(scheme, secret, TEXTS);

    List<String> random =
        encrypted(scheme, secret, List.of("kE3nGd9f7!aacdpqrsTT", "7hQz-Lw0Vb#nXr5tYu1o"));
    Detection detection = DotNetDetector.detect(random, secret, Map.of());
    assertThat(detection.verdict()).isEqualTo(Verdict.AMBIGUOUS);
    assertThat(detection.advice()).contains("ivHex", "constant");
    Detection ofOne = DotNetDetector.detect(values.subList(2, 3), secret, Map.of());
    assertThat(ofOne.verdict()).isEqualTo(Verdict.AMBIGUOUS);
    assertThat(ofOne.advice()).startsWith("either the IV is in front of each value, or ");

    List<Optional<String>> expected = List.of(Optional.empty(), Optional.of(TEXTS.get(1)));
    Detection settled = DotNetDetector.detect(values, secret, Map.of(), expected);
    assertThat(settled.verdict()).isEqualTo(Verdict.FOUND);
    assertThat(settled.matches().getFirst().parameters()).isEqualTo(scheme);
  }

  /** The IV follows from the padding of a short value and the usual beginnings of the others. */
  @Test
  void aConstantIvIsWorkedOutIfTheValuesSuffice() {
    DotNetParameters scheme =
        changed(
            "aes-256-explicit-key-zero-iv", Map.of("ivHex", "357d410ede1fce2bd71493a06d884eeb"));
    DotNetSecret secret = Secrets.fitting(scheme, seed);
    List<String> values =
        encrypted(
            scheme,
            secret,
            List.of(
                "sa", "Server=10.1.2.3;Uid=hr;Pwd=x", "CORP\\svc_hr:17-seven, and some more text"));

    Detection detection = DotNetDetector.detect(values, secret, Map.of());

    assertThat(detection.verdict()).isEqualTo(Verdict.FOUND);
    assertThat(detection.matches().getFirst().parameters()).isEqualTo(scheme);
    assertThat(detection.advice()).contains("computed", "compare");
  }

  /** An empty text without padding is stored as an empty value. */
  @Test
  void anEmptyValueSaysNothing() {
    DotNetParameters scheme =
        changed("tripledes-ecb-md5", Map.of("padding", "Zeros", "postDecode", "trim-trailing-nul"));
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    List<String> values = new ArrayList<>(encrypted(scheme, secret, TEXTS));
    values.add(0, "");

    assertThat(DotNetDetector.detect(values, secret, Map.of()).verdict()).isEqualTo(Verdict.FOUND);
  }

  @Test
  void anotherTextThanTheKnownOneExcludesAScheme() {
    DotNetParameters scheme = KnownSchemes.all().get("tripledes-ecb-md5");
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    List<String> values = encrypted(scheme, secret, TEXTS);

    assertThat(
            DotNetDetector.detect(values, secret, Map.of(), List.of(Optional.of("another")))
                .matches())
        .isEmpty();
  }

  /** Within one block, an IV of zeros has no effect. */
  @Test
  void valuesOfOneBlockDoNotTellWhetherThereIsAnIv() {
    DotNetParameters scheme = KnownSchemes.all().get("aes-256-explicit-key-ecb");
    DotNetSecret secret = Secrets.fitting(scheme, seed);

    Detection detection =
        DotNetDetector.detect(
            encrypted(scheme, secret, List.of("payroll-1", "payroll-2", "sa;Winter")),
            secret,
            Map.of());

    assertThat(detection.verdict()).isEqualTo(Verdict.AMBIGUOUS);
    assertThat(detection.advice()).contains("longer or more values");
  }

  @Test
  void aFieldThatASchemeLacksExcludesIt() {
    DotNetParameters scheme = KnownSchemes.all().get("tripledes-ecb-md5");
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");

    assertThat(
            DotNetDetector.detect(
                    encrypted(scheme, secret, TEXTS), secret, Map.of("iterations", 1000))
                .matches())
        .isEmpty();
  }

  @Test
  void takesSaltAndIvInEverySpelling() {
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    DotNetParameters scheme =
        changed(
            "aes-256-cbc-rfc2898-fixed-iv",
            Map.of(
                "saltHex", "6d7953616c7456616c7565", "ivHex", "48522354656e616e742d49562d303031"));
    List<String> values = encrypted(scheme, secret, TEXTS);
    for (Map<String, String> known :
        List.of(
            Map.of(
                "saltText",
                "mySaltValue",
                "saltEncoding",
                "us-ascii",
                "ivText",
                "HR#Tenant-IV-001"),
            Map.of("saltHex", "6d7953616c7456616c7565", "ivBase64", "SFIjVGVuYW50LUlWLTAwMQ=="))) {
      Detection detection = DotNetDetector.detect(values, secret, known);
      assertThat(detection.verdict()).isEqualTo(Verdict.FOUND);
      assertThat(detection.matches().getFirst().parameters().toMap()).containsAllEntriesOf(known);
    }
  }

  /** Some texts are odd but decoded correctly, as the padding shows. */
  @Test
  void oddTextsAreNotTakenForAnotherScheme() {
    List<String> texts =
        List.of(
            "ServiceAcct-015",
            "\0nul at start, nul \0 inside, x\0\0",
            "\uD800\uDC00\uDBFF\uDFFD lowest and highest astral");
    for (String name : List.of("aes-256-cbc-rfc2898-derived-iv", "tripledes-cbc-simple3des")) {
      DotNetParameters scheme = requireNonNull(KnownSchemes.all().get(name));
      DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");

      Detection detection =
          DotNetDetector.detect(encrypted(scheme, secret, texts), secret, Map.of());

      assertThat(detection.verdict()).as(detection.advice()).isEqualTo(Verdict.FOUND);
      assertThat(detection.matches().getFirst().parameters()).isEqualTo(scheme);
      assertThat(detection.matches().getFirst().plausible()).isEqualTo(3);
    }
  }

  /** Punctuation makes the beginnings differ from the rest, but the IV is given. */
  @Test
  void anIvThatIsGivenIsNotDoubted() {
    Map<String, Object> iv =
        Map.of("ivHex", "91206401 04b4795f 5cfd9246 06010e64".replace(" ", ""));
    DotNetParameters scheme = changed("aes-256-explicit-key-zero-iv", iv);
    DotNetSecret secret = Secrets.fitting(scheme, seed);
    List<String> values =
        encrypted(
            scheme,
            secret,
            List.of(
                "{\"~\":{\"^\":[[[[{accountnameofthepayrollservice",
                "<?#*+%$&!(){}[]:abcdefghijklmn"));

    assertThat(DotNetDetector.detect(values, secret, iv).verdict()).isEqualTo(Verdict.FOUND);
    assertThat(DotNetDetector.detect(values, secret, Map.of()).verdict())
        .isEqualTo(Verdict.AMBIGUOUS);
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
        .isEqualTo(
            new Detection(
                Verdict.NONE,
                List.of(),
                "",
                Map.of(DotNetRefusal.DPAPI_VALUE, 1, DotNetRefusal.DATA_PROTECTION_VALUE, 2)));
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

  private static DotNetParameters changed(String scheme, Map<String, ?> more) {
    Map<String, DotNetParameters> schemes =
        KnownSchemes.all().containsKey(scheme) ? KnownSchemes.all() : FurtherSchemes.all();
    Map<String, Object> fields =
        new LinkedHashMap<>(requireNonNull(schemes.get(scheme), scheme).toMap());
    fields.putAll(more);
    return DotNetParameters.parse(fields);
  }
}
