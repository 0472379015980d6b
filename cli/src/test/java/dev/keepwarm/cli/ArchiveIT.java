package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Patience;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Unpacks the archives and runs them as a user does: from another directory and with another HOME.
 * They download from a directory instead of a repository, so nothing leaves this machine.
 */
class ArchiveIT {
  private static final Pattern EXPORT = Pattern.compile("export ([A-Z_]+)='(.*)'");

  @TempDir private static Path unpacked;
  private static Path zip;
  @TempDir private Path directory;
  private Path home;

  @BeforeAll
  static void unpack() throws IOException {
    Path archive = Checkout.root().resolve("cli/target/keepwarm-cli.zip");
    try (FileSystem files =
        FileSystems.newFileSystem(archive, Map.of("enablePosixFileAttributes", true))) {
      Path root = files.getPath("/");
      try (Stream<Path> all = Files.walk(root)) {
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          Path copy = unpacked.resolve(root.relativize(file).toString());
          Files.createDirectories(copy.getParent());
          Files.copy(file, copy);
          Files.setPosixFilePermissions(copy, Files.getPosixFilePermissions(file));
        }
      }
    }
    try (Stream<Path> children = Files.list(unpacked)) {
      zip = children.toList().getFirst();
    }
  }

  @BeforeEach
  void makeHome() throws IOException {
    home = Files.createDirectory(directory.resolve("home"));
  }

  @Test
  void bothArchivesRunWithoutACheckout() throws Exception {
    Path tar = Files.createDirectory(directory.resolve("tar"));
    Process unpack =
        new ProcessBuilder(
                "tar",
                "-xzf",
                Checkout.root().resolve("cli/target/keepwarm-cli.tar.gz").toString(),
                "-C",
                tar.toString())
            .inheritIO()
            .start();
    assertThat(unpack.waitFor()).isZero();

    for (Path root : List.of(zip, tar.resolve(zip.getFileName()))) {
      Ran version = run(root, Map.of(), "--version");
      assertThat(version.err()).isEmpty();
      assertThat(version.out()).startsWith("keepwarm ");
      assertThat(run(root, Map.of(), "--help").out()).contains("Usage: keepwarm");
      assertThat(root.resolve("bin/keepwarm.cmd")).content().contains("\r\n");
    }
  }

  @Test
  void theArchiveHasItsLicencesAndNoDynamoDbLocal() throws IOException {
    assertThat(zip.resolve("LICENSE")).exists();
    assertThat(zip.resolve("NOTICE")).content().contains("DynamoDB Local");
    try (Stream<Path> files = Files.walk(zip)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("DynamoDBLocal") || name.contains("sqlite4java"));
    }
  }

  @Test
  void localDownloadsDynamoDbLocalAndRunsItInTheBackground() throws Exception {
    configureMaven("<mirrors>" + mirror(repository()) + "</mirrors>");
    Ran detached = run(zip, Map.of(), "local", "--detach", "--warmer=off");
    assertThat(detached.err())
        .contains("keepwarm: downloading DynamoDB Local (")
        .contains(home.resolve(".cache/keepwarm").toString())
        .contains("keepwarm: downloaded 10 of ");
    assertThat(detached.status()).isZero();
    Map<String, String> exports = exports(detached.out());
    ProcessHandle stack =
        ProcessHandle.of(Long.parseLong(exports.get("KEEPWARM_LOCAL_PID"))).orElseThrow();
    try {
      assertThat(run(zip, exports, "status").out()).containsPattern("wheel table +ok");
      assertThat(run(zip, exports, "local", "--stop").status()).isZero();
      assertThat(stack.isAlive()).isFalse();
    } finally {
      stack.destroyForcibly();
    }
  }

  @Test
  void withoutANetworkLocalSaysWhatToCheck() throws Exception {
    configureMaven("<mirrors>" + mirror(directory.resolve("nothing")) + "</mirrors>");
    Path downloads = directory.resolve("downloads");

    Ran local = run(zip, Map.of("KEEPWARM_DOWNLOADS", downloads.toString()), "local", "--detach");

    assertThat(local.status()).isEqualTo(5);
    assertThat(local.out()).isEmpty();
    assertThat(local.err())
        .contains("keepwarm: downloading DynamoDB Local (")
        .contains("into " + downloads)
        .contains("keepwarm: UNAVAILABLE: cannot download DynamoDB Local")
        .contains("check the network, or the mirror in Maven's settings.xml");
  }

  /** A Maven repository with the files that the build of DynamoDB Local has collected. */
  private Path repository() throws IOException {
    Path repository = directory.resolve("repository");
    Path built = Checkout.root().resolve("local/dynamodb-local/target/lib");
    for (String line : Files.readAllLines(zip.resolve("dynamodb-local/downloads.txt"))) {
      String[] part = line.split(" {2}")[1].split(":");
      String version = part[part.length - 1];
      String classifier = part.length == 5 ? "-" + part[3] : "";
      String name = part[1] + "-" + version + classifier + "." + part[2];
      Path file = repository.resolve(part[0].replace('.', '/')).resolve(part[1]).resolve(version);
      Files.copy(built.resolve(name), Files.createDirectories(file).resolve(name));
    }
    return repository;
  }

  private static String mirror(Path repository) {
    URI url = repository.toUri();
    return "<mirror><id>test</id><mirrorOf>*</mirrorOf><url>" + url + "</url></mirror>";
  }

  private void configureMaven(String settings) throws IOException {
    Path file = home.resolve(".m2/settings.xml");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "<settings>" + settings + "</settings>");
  }

  private static Map<String, String> exports(String out) {
    return EXPORT
        .matcher(out)
        .results()
        .collect(Collectors.toMap((MatchResult m) -> m.group(1), m -> m.group(2)));
  }

  private record Ran(int status, String out, String err) {}

  private Ran run(Path root, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(directory, "out", "");
    Path err = Files.createTempFile(directory, "err", "");
    ProcessBuilder builder = new ProcessBuilder(root.resolve("bin/keepwarm").toString());
    builder.command().addAll(List.of(arguments));
    Map<String, String> own = new HashMap<>(environment);
    own.put("PATH", "/usr/bin:/bin");
    own.put("HOME", home.toString());
    own.put("KEEPWARM_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().clear();
    builder.environment().putAll(own);
    Process process =
        builder
            .directory(home.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    boolean ended = process.waitFor(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly();
    }
    assertThat(ended).as(() -> String.join(" ", arguments)).isTrue();
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
