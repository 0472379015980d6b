package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keepwarm.core.internal.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LeakScanTest {
  private static final String SECRET = "s€cret \"7f3a/91c2+d0e5\"";

  static Iterable<Map.Entry<String, byte[]>> forms() {
    Map<String, byte[]> forms = new LinkedHashMap<>();
    byte[] utf8 = SECRET.getBytes(StandardCharsets.UTF_8);
    byte[] utf16 = SECRET.getBytes(StandardCharsets.UTF_16LE);
    forms.put("UTF-8", utf8);
    forms.put("UTF-16", utf16);
    forms.put("hex", HexFormat.of().formatHex(utf8).getBytes(StandardCharsets.US_ASCII));
    forms.put(
        "hex in capitals",
        HexFormat.of().withUpperCase().formatHex(utf16).getBytes(StandardCharsets.US_ASCII));
    forms.put("JSON", Json.write(SECRET).getBytes(StandardCharsets.UTF_8));
    forms.put(
        "URL",
        URLEncoder.encode(SECRET, StandardCharsets.UTF_8).getBytes(StandardCharsets.US_ASCII));
    forms.put(
        "backwards",
        new StringBuilder(SECRET).reverse().toString().getBytes(StandardCharsets.UTF_8));
    return forms.entrySet();
  }

  @ParameterizedTest
  @MethodSource("forms")
  void findsASecretHoweverItIsWritten(Map.Entry<String, byte[]> form) {
    LeakScan scan = new LeakScan("another secret", SECRET);

    scan.scan(form.getKey(), around("before it ", form.getValue()));

    assertThat(scan.leaks()).containsExactly(form.getKey());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void findsASecretInBase64AtEveryAlignment(int before) {
    for (byte[] bytes :
        new byte[][] {
          SECRET.getBytes(StandardCharsets.UTF_8), SECRET.getBytes(StandardCharsets.UTF_16LE)
        }) {
      LeakScan scan = new LeakScan(SECRET);

      scan.scan("base64", Base64.getEncoder().encodeToString(around("x".repeat(before), bytes)));

      assertThat(scan.leaks()).containsExactly("base64");
    }
  }

  @Test
  void findsTheShortestSecretInBase64AtEveryAlignment() {
    String shortest = "k9#Lm2!x";
    for (int before = 0; before < 3; before++) {
      LeakScan scan = new LeakScan(shortest);
      scan.scan(
          "base64",
          Base64.getEncoder()
              .encodeToString(
                  around("x".repeat(before), shortest.getBytes(StandardCharsets.UTF_8))));
      assertThat(scan.leaks()).as("%d before it", before).isNotEmpty();
    }
  }

  @Test
  void findsASecretInATextOfCharactersBeyondBytes() {
    LeakScan scan = new LeakScan(SECRET);

    scan.scan("text", "日本 " + SECRET);
    scan.scan("thrown", new IllegalStateException("a", new IllegalArgumentException(SECRET)));

    assertThat(scan.leaks()).containsExactly("text", "thrown");
  }

  @Test
  void findsNothingWhereNothingIs() {
    LeakScan scan = new LeakScan(SECRET);

    scan.scan("short", "s");
    scan.scan("empty", new byte[0]);
    scan.scan("half", SECRET.substring(0, SECRET.length() - 1));
    scan.scan("bytes", new byte[10_000]);

    assertThat(scan.leaks()).isEmpty();
    assertThat(scan.places()).isEqualTo(4);
  }

  @Test
  void countsEachOfManySecretsOnceAScan() {
    LeakScan scan =
        new LeakScan(IntStream.range(0, 500).mapToObj(i -> "secret-" + i + ".").toList());

    scan.scan("two", "secret-17. secret-17. and secret-400.");
    scan.scan("two", "secret-17.");
    scan.scan("one", "secret-1.");

    assertThat(scan.leaks("two")).isEqualTo(3);
    assertThat(scan.leaks("one")).isEqualTo(1);
    assertThat(scan.leaks("none")).isZero();
  }

  @Test
  void refusesWhatIsFoundInAnything() {
    assertThatIllegalArgumentException().isThrownBy(() -> new LeakScan("1234567"));
  }

  private static byte[] around(String before, byte[] bytes) {
    byte[] start = before.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[start.length + bytes.length + 1];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(bytes, 0, all, start.length, bytes.length);
    all[all.length - 1] = '!';
    return all;
  }
}
