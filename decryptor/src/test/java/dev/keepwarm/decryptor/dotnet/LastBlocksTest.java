package dev.keepwarm.decryptor.dotnet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LastBlocksTest {

  private static final List<String> TEXTS =
      List.of(
          "",
          "x",
          "Tr0ub4dor&3-payroll",
          "Árvíztűrő tükörfúrógép – Größe €",
          "密码 パスワード 비밀번호 كلمة السر סיסמה รหัส",
          "пароль от сервера",
          "\uD83D\uDD10 secret \uD83D\uDC69\u200D\uD83D\uDCBB\uD83D\uDC4D end",
          "Grüße aus Köln",
          "nul \0 inside, x\0\0",
          "a text that has more than one block, and ends here");

  private final Seed seed = Seed.constant();
  private final LastBlocks lastBlocks = new LastBlocks();

  /** For every padding and encoding, because a rejected key is never tried again. */
  @Test
  void aRightKeyIsNeverRejected() {
    for (String name : List.of("aes-256-explicit-key-zero-iv", "tripledes-192-explicit-key-ecb")) {
      for (String padding : List.of("PKCS7", "Zeros", "ANSIX923", "ISO10126")) {
        for (String encoding :
            List.of("utf-8", "utf-8-bom", "utf-16le", "utf-16le-bom", "windows-1252")) {
          DotNetParameters parameters =
              changed(name, Map.of("padding", padding, "plaintextEncoding", encoding));
          for (int repeated = 0; repeated < 3; repeated++) {
            DotNetSecret secret = Secrets.fitting(parameters, seed);
            for (String text : encodable(encoding)) {
              for (int cut = 0; cut < text.length(); cut++) {
                String part = text.substring(Character.isLowSurrogate(text.charAt(cut)) ? 0 : cut);
                assertThat(answer(parameters, secret, secret, part))
                    .as("%s %s %s '%s'", name, padding, encoding, part)
                    .isNotEqualTo(LastBlocks.Answer.DOES_NOT_FIT);
              }
            }
          }
        }
      }
    }
  }

  @Test
  void fewWrongKeysAreLeft() {
    DotNetParameters parameters = changed("aes-256-explicit-key-zero-iv", Map.of());
    int left = 0;
    for (int i = 0; i < 1000; i++) {
      DotNetSecret right = Secrets.fitting(parameters, seed);
      DotNetSecret wrong = Secrets.fitting(parameters, seed);
      left +=
          answer(parameters, right, wrong, "Tr0ub4dor&3-payroll") == LastBlocks.Answer.DOES_NOT_FIT
              ? 0
              : 1;
    }
    assertThat(left).isLessThan(100);
  }

  @Test
  void asTheOnlyBlockItDependsOnTheIvToo() {
    DotNetParameters parameters = changed("aes-256-explicit-key-zero-iv", Map.of());

    assertThat(
            answer(
                parameters,
                Secrets.fitting(parameters, seed),
                Secrets.fitting(parameters, seed),
                "one block"))
        .isEqualTo(LastBlocks.Answer.UNKNOWN);
  }

  private static List<String> encodable(String encoding) {
    return encoding.equals("windows-1252")
        ? TEXTS.stream()
            .filter(text -> Charset.forName(encoding).newEncoder().canEncode(text))
            .toList()
        : TEXTS;
  }

  private LastBlocks.Answer answer(
      DotNetParameters parameters, DotNetSecret encrypting, DotNetSecret tried, String text) {
    String value = new Encryptor(parameters, encrypting, seed).encrypt(text);
    Scheme scheme = parameters.scheme();
    return lastBlocks.answer(
        scheme,
        new KeyDerivation(scheme, tried),
        DotNetDecoder.storedBytes(scheme, value).orElseThrow());
  }

  private static DotNetParameters changed(String name, Map<String, Object> more) {
    Map<String, Object> fields =
        new LinkedHashMap<>(requireNonNull(KnownSchemes.all().get(name)).toMap());
    fields.putAll(more);
    return DotNetParameters.parse(fields);
  }
}
