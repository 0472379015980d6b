package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.engine.SourceRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The code accepts the examples in the documents. */
final class DocumentsTest {
  private static final Path ROOT = Checkout.root();
  private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT|Contract))\\.(\\w+)`");
  private static final Pattern SCENARIO = Pattern.compile("scenario `([a-z-]+\\.json)`");
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s#]*)(?:#([^)\\s]+))?\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Set<String> NOT_WRITTEN =
      Set.of("target", "node_modules", ".git", "results");
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
            // One example is abridged to show the outline.
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

  @Test
  void everyClaimOfTheThreatModelNamesTestsThatAreThere() throws IOException {
    List<String> lines = Files.readAllLines(ROOT.resolve("docs/threat-model.md"));
    Map<String, String> sources = testSources();
    int claims = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).equals("| claim | test |")) {
        for (int row = i + 2; lines.get(row).startsWith("|"); row++) {
          assertThat(TEST.matcher(lines.get(row)).find() || SCENARIO.matcher(lines.get(row)).find())
              .as(lines.get(row))
              .isTrue();
          claims++;
        }
      }
    }
    String text = String.join("\n", lines);

    assertThat(claims).isGreaterThan(20);
    assertThat(TEST.matcher(text).results())
        .isNotEmpty()
        .allSatisfy(test ->
            assertThat(sources.getOrDefault(test.group(1), "there is no such class"))
                .as(test.group())
                .containsPattern("void " + test.group(2) + "\\("));
    assertThat(SCENARIO.matcher(text).results())
        .isNotEmpty()
        .allSatisfy(scenario ->
            assertThat(ROOT.resolve("cache-reader/contract/scenarios").resolve(scenario.group(1)))
                .exists());
  }

  @Test
  void linksLeadToFilesAndHeadingsThatAreThere() throws IOException {
    Set<String> broken = new TreeSet<>();
    int links = 0;
    for (Path document : documents()) {
      for (MatchResult link : LINK.matcher(Files.readString(document)).results().toList()) {
        if (link.group(1).contains(":")) {
          continue;
        }
        links++;
        Path target = document.resolveSibling(link.group(1)).normalize();
        if (link.group(1).isEmpty()) {
          target = document;
        }
        boolean isThere =
            Files.exists(target)
                && (link.group(2) == null || headings(target).contains(link.group(2)));
        if (!isThere) {
          broken.add(ROOT.relativize(document) + ": " + link.group());
        }
      }
    }

    assertThat(links).isGreaterThan(200);
    assertThat(broken).isEmpty();
  }

  /** Lines with tables, code or addresses may be longer, because they cannot be broken. */
  @Test
  void linesOfProseHaveAtMost120Characters() throws IOException {
    Set<String> tooLong = new TreeSet<>();
    for (Path document : documents()) {
      boolean isCode = false;
      List<String> lines = Files.readAllLines(document);
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i);
        isCode ^= line.startsWith("```");
        if (line.length() > 120
            && !isCode
            && !line.startsWith("|")
            && !line.startsWith("Prices: ")
            && !line.contains("://")) {
          tooLong.add(ROOT.relativize(document) + ":" + (i + 1));
        }
      }
    }

    assertThat(tooLong).isEmpty();
  }

  /** All documents that people wrote, but no output of a build or a benchmark. */
  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes unused) {
            return NOT_WRITTEN.contains(directory.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes unused) {
            if (file.toString().endsWith(".md")) {
              documents.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return documents;
  }

  /** The headings of a page as links name them. */
  private static Set<String> headings(Path page) throws IOException {
    return HEADING
        .matcher(Files.readString(page))
        .results()
        .map(heading ->
            heading
                .group(1)
                .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_\\- ]", "")
                .replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  /** The text of every test class, by the simple name; of classes of one name, of all of them. */
  private static Map<String, String> testSources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> modules =
        Files.find(ROOT, 6, (path, unused) -> path.endsWith("src/test/java"))) {
      for (Path module : modules.toList()) {
        try (Stream<Path> files = Files.walk(module)) {
          for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
            String name = file.getFileName().toString().replace(".java", "");
            sources.merge(name, Files.readString(file), String::concat);
          }
        }
      }
    }
    return sources;
  }

  private static List<String> blocks(String document) throws IOException {
    return JSON.matcher(Files.readString(ROOT.resolve(document)))
        .results()
        .map(match -> match.group(1))
        .toList();
  }
}
