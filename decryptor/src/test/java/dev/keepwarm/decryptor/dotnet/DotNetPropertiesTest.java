package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.decryptor.dotnet.DotNetOutcome.Decoded;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Properties of all inputs, tested on random ones. A failure names the seed that repeats it. */
class DotNetPropertiesTest {

  private static final int[][] ANY_TEXT = {
    {0, 0x7F}, {0x80, 0x7FF}, {0x800, 0xD7FF}, {0xE000, 0xFFFF}, {0x10000, 0x10FFFF}
  };

  private final Seed seed = Seed.printed();

  @Test
  void decodingUndoesEncryptionWhateverTheParameters() {
    for (int i = 0; i < 2000; i++) {
      DotNetParameters parameters = DotNetParameters.parse(randomParameters());
      DotNetSecret secret = Secrets.fitting(parameters, seed);
      String text = randomText(parameters);
      String stored = new Encryptor(parameters, secret, seed).encrypt(text);

      assertThat(DotNetDecoder.of(parameters, secret).decode(stored))
          .as("%s", parameters)
          .isEqualTo(new Decoded(text));
    }
  }

  @Test
  void anyStringGivesAnOutcome() {
    for (int i = 0; i < 3000; i++) {
      DotNetParameters parameters = DotNetParameters.parse(randomParameters());
      DotNetDecoder decoder = DotNetDecoder.of(parameters, Secrets.fitting(parameters, seed));
      String stored =
          switch (seed.below(3)) {
            case 0 -> seed.text(80, ANY_TEXT);
            case 1 -> seed.text(200, new int[][] {{'+', '9'}, {'A', 'Z'}, {'a', 'z'}, {'=', '='}});
            default ->
                new Encryptor(parameters, Secrets.fitting(parameters, seed), seed)
                    .encrypt(randomText(parameters));
          };

      assertThat(decoder.decode(stored)).isInstanceOf(DotNetOutcome.class);
    }
  }

  /** Compares with an implementation that reads base64 character by character, like .NET's. */
  @Test
  void base64IsReadAsDotNetReadsIt() {
    int accepted = 0;
    for (int i = 0; i < 50_000; i++) {
      String text =
          seed.text(
              14,
              new int[][] {
                {'A', 'B'},
                {'+', '+'},
                {'/', '/'},
                {'=', '='},
                {' ', ' '},
                {'\n', '\n'},
                {'z', '{'},
                {'-', '-'},
                {0xA0, 0xA0}
              });
      if (seed.below(4) > 0) {
        text = text.replaceAll("[{\u00A0-]", "A");
      }
      Optional<String> expected = base64Model(text).map(HexFormat.of()::formatHex);

      assertThat(TextNotation.BASE64.decode(text).map(HexFormat.of()::formatHex))
          .as("base64 %s", text)
          .isEqualTo(expected);
      accepted += expected.isPresent() ? 1 : 0;
    }
    assertThat(accepted).isGreaterThan(1000);
  }

  private static Optional<byte[]> base64Model(String text) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int bits = 0;
    int inGroup = 0;
    int padding = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        continue;
      }
      if (c == '=') {
        padding++;
        continue;
      }
      if (padding > 0 || alphabet.indexOf(c) < 0) {
        return Optional.empty();
      }
      bits = bits << 6 | alphabet.indexOf(c);
      inGroup++;
      if (inGroup == 4) {
        bytes.write(bits >> 16);
        bytes.write(bits >> 8);
        bytes.write(bits);
        bits = 0;
        inGroup = 0;
      }
    }
    if (inGroup == 2 && padding == 2) {
      bytes.write(bits >> 4);
    } else if (inGroup == 3 && padding == 1) {
      bytes.write(bits >> 10);
      bytes.write(bits >> 2);
    } else if (inGroup != 0 || padding != 0) {
      return Optional.empty();
    }
    return Optional.of(bytes.toByteArray());
  }

  private String randomText(DotNetParameters parameters) {
    TextEncoding encoding = parameters.scheme().plaintextEncoding();
    boolean narrow = encoding == TextEncoding.US_ASCII || encoding == TextEncoding.WINDOWS_1252;
    String text = narrow ? seed.text(60, new int[][] {{0, 0x7F}}) : seed.text(60, ANY_TEXT);
    if (parameters.scheme().padding() == Padding.ZEROS) {
      // This padding cannot be distinguished from the end of a text.
      return text + "x";
    }
    return parameters.scheme().trimTrailingNul() ? text + "x" : text;
  }

  private Map<String, Object> randomParameters() {
    DotNetParameters known = seed.oneOf(new ArrayList<>(KnownSchemes.all().values()));
    Map<String, Object> fields = new LinkedHashMap<>(known.toMap());
    fields.computeIfPresent("iterations", (field, value) -> 1 + seed.below(20));
    fields.put("padding", seed.oneOf(List.of("PKCS7", "Zeros", "ANSIX923", "ISO10126")));
    fields.put("plaintextEncoding", seed.oneOf(List.of(TextEncoding.values())).word());
    fields.put("ciphertextEncoding", seed.oneOf(List.of(TextNotation.values())).word());
    boolean zeros = fields.get("padding").equals("Zeros");
    fields.put("postDecode", zeros || seed.flip() ? "trim-trailing-nul" : "none");
    if (fields.get("keySource").equals("PasswordDeriveBytes")) {
      fields.put("kdfHash", seed.oneOf(List.of(Hash.values())).word());
    }
    return fields;
  }
}
