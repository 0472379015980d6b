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

/** {@code ./keepwarm} in a project that is built, with a JDK that only prints its arguments. */
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
      Path file =
          Files.writeString(jdk.resolve("bin").resolve(program), "#!/bin/sh\necho \"$@\"\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
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

    // Either one of the usual places has a JDK, or it says that there is none.
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
