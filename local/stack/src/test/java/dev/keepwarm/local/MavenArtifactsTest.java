package dev.keepwarm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import eu.maveniverse.maven.mima.context.ContextOverrides;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mirror in the user's settings is a directory, so no request leaves the machine. */
class MavenArtifactsTest {
  @TempDir private Path directory;
  private Path mirror;
  private MavenArtifacts artifacts;

  @BeforeEach
  void configure() throws IOException {
    mirror = Files.createDirectories(directory.resolve("mirror"));
    Path settings =
        Files.writeString(
            directory.resolve("settings.xml"),
            "<settings><mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>"
                + mirror.toUri()
                + "</url></mirror></mirrors></settings>");
    artifacts =
        new MavenArtifacts(
            ContextOverrides.create()
                .withUserSettings(true)
                .withUserSettingsXmlOverride(settings)
                .withLocalRepositoryOverride(directory.resolve("local"))
                .build());
  }

  @Test
  void filesComeThroughTheMirrorOfTheUsersSettings() throws IOException {
    put("org/example/one/1/one-1.jar");
    put("org/example/two/2/two-2-linux.so");

    List<String> coordinates = List.of("org.example:two:so:linux:2", "org.example:one:jar:1");
    AtomicInteger downloaded = new AtomicInteger();
    List<Path> files = artifacts.fetch(coordinates, downloaded::incrementAndGet);

    assertThat(files)
        .extracting(file -> file.getFileName().toString())
        .containsExactly("two-2-linux.so", "one-1.jar");
    assertThat(files.getFirst()).hasContent("org/example/two/2/two-2-linux.so");
    assertThat(downloaded).hasValue(2);

    assertThat(artifacts.fetch(coordinates, downloaded::incrementAndGet)).isEqualTo(files);
    assertThat(downloaded).as("those in the local repository are not downloaded").hasValue(2);
  }

  @Test
  void aMissingFileIsNamed() throws IOException {
    put("org/example/one/1/one-1.jar");

    assertThatThrownBy(() ->
            artifacts.fetch(List.of("org.example:one:jar:1", "org.example:three:jar:3"), () -> {}))
        .isInstanceOfSatisfying(
            KeepwarmException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
        .hasMessageContaining("1 of 2 files")
        .hasMessageContaining("three");
  }

  private void put(String file) throws IOException {
    Path path = mirror.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, file);
  }
}
