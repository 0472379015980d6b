package dev.keepwarm.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The start of the pinned package, and the JDKs with which it may be built. */
class PinnedPackageTest {
  @TempDir private Path directory;

  private Path task;

  @BeforeEach
  void unpack() throws IOException {
    task = Files.createDirectory(directory.resolve("task"));
    Path lib = Files.createDirectory(task.resolve("lib"));
    Files.createFile(lib.resolve("b.jar"));
    Files.createFile(lib.resolve("a.jar"));
    Path java = Files.createDirectories(task.resolve("jre/bin")).resolve("java");
    // A stand-in for the JVM, which prints one argument per line.
    script(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    script(task.resolve("bootstrap"), PinnedPackage.bootstrap(lib));
  }

  @Test
  void driversOfLayersAreOnTheClassPathBehindWhatTheCacheWasTrainedWith() throws Exception {
    Path drivers = Files.createDirectories(directory.resolve("opt/java/lib"));
    Files.createFile(drivers.resolve("a driver.jar"));
    Files.createFile(drivers.resolve("postgresql.jar"));

    assertThat(classPath())
        .isEqualTo(
            "lib/a.jar:lib/b.jar:"
                + drivers.resolve("a driver.jar")
                + ":"
                + drivers.resolve("postgresql.jar"));
  }

  @Test
  void withoutLayersTheClassPathIsThatOfTheCache() throws Exception {
    assertThat(classPath()).isEqualTo("lib/a.jar:lib/b.jar");
  }

  @Test
  void aJdkForANewerSystemThanLambdasIsRefused() throws IOException {
    Path library = library("\0GLIBC_2.2.5\0GLIBC_2.38\0GLIBC_2.17\0");

    assertThatThrownBy(() -> Elf.refuseNewerThanLambda(library))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("libjvm.so of this JDK needs glibc 2.38")
        .hasMessageContaining("has 2.34");
  }

  @Test
  void aJdkForLambdasSystemIsTaken() throws IOException {
    Path library = library("\0GLIBC_2.2.5\0GLIBC_2.34\0");

    assertThatCode(() -> Elf.refuseNewerThanLambda(library)).doesNotThrowAnyException();
  }

  private Path library(String strings) throws IOException {
    Path library = directory.resolve("libjvm.so");
    return Files.write(library, strings.getBytes(StandardCharsets.ISO_8859_1));
  }

  private String classPath() throws Exception {
    ProcessBuilder bootstrap =
        new ProcessBuilder(task.resolve("bootstrap").toString()).redirectErrorStream(true);
    bootstrap.environment().put("KEEPWARM_LAYERS", directory.resolve("opt").toString());
    bootstrap.environment().put("_HANDLER", "dev.keepwarm.warmer.WarmerHandler");
    Process process = bootstrap.start();
    List<String> arguments =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).as(arguments.toString()).isZero();
    return arguments.get(arguments.indexOf("-cp") + 1);
  }

  private static void script(Path file, String content) throws IOException {
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
