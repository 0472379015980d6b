package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Json;
import dev.keepwarm.core.Kms;
import dev.keepwarm.core.MemoryKeys;
import dev.keepwarm.core.SourceRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documents show is what the code takes. */
final class DocumentsTest {
  private static final Path ROOT = Path.of(System.getProperty("keepwarm.root"));
  private static final Pattern JSON = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docs/migrating.md",
        "docs/profiles.md",
        "docs/sources.md",
        "examples/legacy-decryptor/README.md"
      })
  void theProfilesThatAreShownAreProfiles(String document) throws IOException {
    List<String> shown =
        blocks(document).stream()
            .filter(block -> block.contains("\"profiles\""))
            // One is cut short to show the outline.
            .filter(block -> !block.contains("…"))
            .toList();

    for (String block : shown) {
      assertThat(Profiles.parse(block).names()).as(block).isNotEmpty();
    }
    assertThat(shown.isEmpty()).isEqualTo(document.equals("docs/profiles.md"));
  }

  @Test
  void theExampleOfMigratingDecodesWhatSuchAHelperEncrypted() throws IOException {
    String parameters =
        blocks("docs/migrating.md").stream()
            .filter(block -> block.contains("\"keySource\""))
            .findFirst()
            .orElseThrow();
    MemoryKeys keys = new MemoryKeys();
    byte[] secret =
        keys.encrypt(
                "{\"passphrase\":\"k\"}".getBytes(StandardCharsets.UTF_8), Kms.profileContext("p"))
            .asByteArray();
    Map<String, Object> profile =
        Map.of(
            "scheme", "dotnet",
            "parameters", Json.parseObject(parameters),
            "secret", Base64.getEncoder().encodeToString(secret));
    Decoder decoder =
        Profiles.parse(Json.write(Map.of("profiles", Map.of("p", profile)))).decoder(keys);

    // The vector rfcdiv-s-004.
    assertThat(
            decoder.decode(
                new SourceRow.Original(
                    new CredentialId("t", "n"),
                    "p",
                    "egqIEDZrxh719sWUpRhwvxhN1vgb0RPz5D+d66AkXGU=",
                    1)))
        .isInstanceOfSatisfying(
            Decoder.Decoded.class,
            decoded ->
                assertThat(new String(decoded.plaintext(), StandardCharsets.UTF_8))
                    .isEqualTo("Winter24"));
  }

  private static List<String> blocks(String document) throws IOException {
    return JSON.matcher(Files.readString(ROOT.resolve(document)))
        .results()
        .map(match -> match.group(1))
        .toList();
  }
}
