package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./keepwarm} in a project that is already built, with a JDK that prints its arguments. */
class LauncherTest {
  @TempDir private Path directory;
  private Path project;
  private Path jdk;

  @BeforeEach
  void build() throws IOException {
    project = Files.createDirectories(directory.toRealPath().resolve("a project"));
    for (String file : new String[] {"keepwarm", ".mvn/find-jdk.sh"}) {
      Path copy = project.resolve(file);
      Files.createDirectories(copy.getParent());
      Files.copy(Checkout.root().resolve(file), copy);
    }
    Path lib = Files.createDirectories(project.resolve("cli/target/keepwarm-lib"));
    Files.createFile(lib.resolve(".built"));
    jdk = Files.createDirectories(directory.resolve("jdk"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    Files.createDirectories(jdk.resolve("bin"));
    for (String program : new String[] {"java", "javac"}) {
      script(jdk.resolve("bin").resolve(program), "echo \"$@\"");
    }
  }

  private static void script(Path file, String... lines) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void buildsOnceAndSaysHowFarItIs() throws Exception {
    Files.delete(project.resolve("cli/target/keepwarm-lib/.built"));
    script(
        project.resolve("mvnw"),
        "echo \"$@\" > called",
        "echo '[INFO] Building Keepwarm 0.1.0-SNAPSHOT  [1/2]'",
        "echo '[INFO] Compiling 3 source files'",
        "echo '[INFO] Building Keepwarm core 0.1.0-SNAPSHOT  [2/2]'",
        "mkdir -p cli/target/keepwarm-lib");
    Map<String, String> environment = Map.of("KEEPWARM_JAVA_HOME", jdk.toString());

    Ran ran = run(environment, project.resolve("keepwarm"), "status");

    assertThat(ran.status()).isZero();
    assertThat(ran.out()).endsWith(" status\n");
    assertThat(ran.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("keepwarm: building the command line; "),
            line -> assertThat(line).isEqualTo("keepwarm: building 1/2: Keepwarm"),
            line -> assertThat(line).isEqualTo("keepwarm: building 2/2: Keepwarm core"),
            line -> assertThat(line).matches("keepwarm: built in \\d+ s"));
    assertThat(Files.readString(project.resolve("called"))).contains("-pl cli -Prun package");
    assertThat(run(environment, project.resolve("keepwarm"), "status").err()).isEmpty();
  }

  @Test
  void aBuildThatFailsSaysWhyAndIsRepeated() throws Exception {
    Files.delete(project.resolve("cli/target/keepwarm-lib/.built"));
    script(
        project.resolve("mvnw"),
        "echo '[INFO] Building Keepwarm 0.1.0-SNAPSHOT  [1/2]'",
        "echo '[ERROR] no such thing'",
        "mkdir -p cli/target/keepwarm-lib",
        "exit 1");
    Map<String, String> environment =
        Map.of("KEEPWARM_JAVA_HOME", jdk.toString(), "TMPDIR", directory.toString());

    for (int i = 0; i < 2; i++) {
      Ran ran = run(environment, project.resolve("keepwarm"), "status");
      assertThat(ran.status()).isEqualTo(1);
      assertThat(ran.out()).isEmpty();
      assertThat(ran.err())
          .contains("[ERROR] no such thing\nkeepwarm: the build failed; its whole output is in ")
          .doesNotContain("[INFO]");
    }
  }

  @Test
  void findsItsProjectBehindLinks() throws Exception {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path first = Files.createSymbolicLink(bin.resolve("first"), Path.of("../a project/keepwarm"));
    Path second = Files.createSymbolicLink(directory.resolve("second"), first);
    Map<String, String> environment = Map.of("KEEPWARM_JAVA_HOME", jdk.toString());

    for (Path launcher : new Path[] {project.resolve("keepwarm"), first, second}) {
      Ran ran = run(environment, launcher, "status");
      assertThat(ran.err()).isEmpty();
      assertThat(ran.out()).contains("-Dkeepwarm.home=" + project + " ").endsWith(" status\n");
    }
  }

  @Test
  void needsNoHome() throws Exception {
    Ran found = run(Map.of("JAVA_HOME", jdk.toString()), project.resolve("keepwarm"), "status");
    assertThat(found.err()).isEmpty();
    assertThat(found.status()).isZero();

    // Either it finds a JDK in one of the usual places, or it reports that there is none.
    Ran searched = run(Map.of(), project.resolve("keepwarm"), "--version");
    assertThat(searched.err()).doesNotContain("HOME: ");
  }

  private record Ran(int status, String out, String err) {}

  private Ran run(Map<String, String> environment, Path launcher, String argument)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(launcher.toString(), argument);
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().putAll(environment);
    Path err = directory.resolve("err");
    Process process = builder.redirectError(err.toFile()).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ran(process.waitFor(), out, Files.readString(err));
  }
}
