package dev.keepwarm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.emulator.dynamodb.DynamoDbLocalFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DynamoDbLocalDownloadTest {
  private static final Artifacts NONE =
      (coordinates, downloaded) -> {
        throw new KeepwarmException(ErrorCode.UNAVAILABLE, "2 of 2 files: unknown host");
      };

  @TempDir private Path directory;
  private Path home;
  private Path downloads;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(printed, true, StandardCharsets.UTF_8);

  @BeforeEach
  void install() throws IOException {
    home = directory.resolve("installed");
    downloads = directory.resolve("downloads");
    list("one", "two");
  }

  @Test
  void theFirstUseDownloadsAndTheNextOneDoesNot() throws IOException {
    DynamoDbLocalFiles first = files(repository("one", "two"));

    assertThat(first.launcher())
        .isEqualTo(home.resolve("dynamodb-local/keepwarm-dynamodb-local.jar").toAbsolutePath());
    assertThat(first.libraries()).isDirectoryContaining(file -> file.endsWith("one-1.jar"));
    assertThat(first.libraries().resolve("two-1.jar")).hasContent("two");
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("downloading DynamoDB Local (2 files, only once)")
        .contains("Amazon DynamoDB Local License Agreement");

    assertThat(files(NONE)).isEqualTo(first);
  }

  @Test
  void aLongDownloadReportsItsProgress() throws IOException {
    String[] names = IntStream.range(0, 25).mapToObj(i -> "file" + i).toArray(String[]::new);
    list(names);

    files(repository(names));

    assertThat(printed.toString(StandardCharsets.UTF_8).lines().skip(1))
        .containsExactly(
            "keepwarm: downloaded 10 of 25 files", "keepwarm: downloaded 20 of 25 files");
  }

  @Test
  void anotherListIsAnotherDownload() throws IOException {
    Path before = files(repository("one", "two")).libraries();

    list("one", "three");

    assertThat(files(repository("one", "three")).libraries()).isNotEqualTo(before);
  }

  @Test
  void aFileThatIsAnotherOneIsRefusedAndNothingStays() throws IOException {
    assertThatThrownBy(() -> files(repository("one", "changed")))
        .isInstanceOfSatisfying(
            KeepwarmException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
        .hasMessageContaining("SHA-256");

    try (Stream<Path> left = Files.list(downloads)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void withoutANetworkItSaysWhatToCheck() {
    assertThatThrownBy(() -> files(NONE))
        .isInstanceOfSatisfying(
            KeepwarmException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
        .hasMessageContaining("cannot download DynamoDB Local")
        .hasMessageContaining("2 of 2 files: unknown host")
        .hasMessageContaining("settings.xml");
  }

  @Test
  void aProjectHasBuiltItsOwn() throws IOException {
    Path project = Files.createDirectories(directory.resolve("project"));

    assertThat(DynamoDbLocalComposition.files(project, downloads, NONE, err))
        .isEqualTo(DynamoDbLocalFiles.ofBuild(project));
  }

  @Test
  void aMalformedListIsRefused() throws IOException {
    Files.writeString(home.resolve("dynamodb-local/downloads.txt"), "org.example:one:jar:1\n");

    assertThatThrownBy(() -> files(NONE))
        .isInstanceOfSatisfying(
            KeepwarmException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION));
  }

  @Test
  void downloadsGoWhereTheUserOrTheSystemWantsThem() {
    Path user = directory.resolve("user");
    assertThat(DynamoDbLocalComposition.downloads(Map.of(), "Linux", user))
        .isEqualTo(user.resolve(".cache/keepwarm"));
    assertThat(DynamoDbLocalComposition.downloads(Map.of(), "Mac OS X", user))
        .isEqualTo(user.resolve("Library/Caches/keepwarm"));
    assertThat(
            DynamoDbLocalComposition.downloads(
                Map.of("LOCALAPPDATA", directory.toString()), "Windows 11", user))
        .isEqualTo(directory.resolve("keepwarm"));
    assertThat(
            DynamoDbLocalComposition.downloads(
                Map.of("XDG_CACHE_HOME", directory.toString()), "Linux", user))
        .isEqualTo(directory.resolve("keepwarm"));
    assertThat(
            DynamoDbLocalComposition.downloads(Map.of("XDG_CACHE_HOME", "relative"), "Linux", user))
        .isEqualTo(user.resolve(".cache/keepwarm"));
    assertThat(
            DynamoDbLocalComposition.downloads(
                Map.of("KEEPWARM_DOWNLOADS", directory.toString(), "XDG_CACHE_HOME", "/other"),
                "Linux",
                user))
        .isEqualTo(directory);
  }

  private DynamoDbLocalFiles files(Artifacts artifacts) throws IOException {
    return DynamoDbLocalComposition.files(home, downloads, artifacts, err);
  }

  /** Writes the list of an installed Keepwarm: files whose content is their name. */
  private void list(String... names) throws IOException {
    StringBuilder list = new StringBuilder();
    for (String name : names) {
      list.append(DownloadList.sha256(name.getBytes(StandardCharsets.UTF_8)))
          .append("  org.example:")
          .append(name)
          .append(":jar:1\n");
    }
    Path file = home.resolve("dynamodb-local/downloads.txt");
    Files.createDirectories(file.getParent());
    Files.writeString(file, list);
  }

  /** Provides files of these contents, in the order of the requests. */
  private Artifacts repository(String... contents) {
    return (coordinates, downloaded) -> {
      try {
        Path[] files = new Path[contents.length];
        for (int i = 0; i < contents.length; i++) {
          Path file =
              Files.createDirectories(directory.resolve("repository"))
                  .resolve(coordinates.get(i).split(":")[1] + "-1.jar");
          files[i] = Files.writeString(file, contents[i]);
          downloaded.run();
        }
        return List.of(files);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    };
  }
}
