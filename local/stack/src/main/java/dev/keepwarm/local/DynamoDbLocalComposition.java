package dev.keepwarm.local;

import dev.keepwarm.emulator.dynamodb.DynamoDbLocalFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Finds DynamoDB Local: the build's in a checkout, or a downloaded one for an installed Keepwarm.
 */
public final class DynamoDbLocalComposition {
  /** The variable that names the directory of downloads. */
  static final String DOWNLOADS = "KEEPWARM_DOWNLOADS";

  private static final String LIST = "dynamodb-local/downloads.txt";
  private static final String LAUNCHER = "dynamodb-local/keepwarm-dynamodb-local.jar";

  private DynamoDbLocalComposition() {}

  /**
   * Returns the files to run. An installed Keepwarm downloads them on first use.
   *
   * @param home the root of the project, or the directory of the installed Keepwarm
   * @param err gets a line before a download starts, and lines of progress
   * @throws dev.keepwarm.core.KeepwarmException {@link dev.keepwarm.core.ErrorCode#UNAVAILABLE} if
   *     it cannot be downloaded
   */
  public static DynamoDbLocalFiles files(Path home, PrintStream err) throws IOException {
    return files(
        home,
        downloads(
            System.getenv(),
            System.getProperty("os.name"),
            Path.of(System.getProperty("user.home"))),
        MavenArtifacts.ofUser(),
        err);
  }

  static DynamoDbLocalFiles files(Path home, Path downloads, Artifacts artifacts, PrintStream err)
      throws IOException {
    Path list = home.resolve(LIST);
    if (!Files.exists(list)) {
      return DynamoDbLocalFiles.ofBuild(home);
    }
    return new DynamoDbLocalFiles(
        home.resolve(LAUNCHER),
        new DynamoDbLocalDownload(downloads, artifacts, err).directory(DownloadList.read(list)));
  }

  /**
   * The directory that the variable names, or else one in the operating system's cache directory.
   */
  static Path downloads(Map<String, String> environment, String system, Path userHome) {
    String own = environment.getOrDefault(DOWNLOADS, "");
    if (!own.isBlank()) {
      return Path.of(own).toAbsolutePath();
    }
    return caches(environment, system.toLowerCase(Locale.ROOT), userHome).resolve("keepwarm");
  }

  private static Path caches(Map<String, String> environment, String system, Path userHome) {
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    // The XDG specification says that a relative path must be ignored.
    if (!xdg.isBlank() && Path.of(xdg).isAbsolute()) {
      return Path.of(xdg);
    }
    String windows = environment.getOrDefault("LOCALAPPDATA", "");
    if (system.startsWith("windows") && !windows.isBlank()) {
      return Path.of(windows);
    }
    return userHome.resolve(system.startsWith("mac") ? "Library/Caches" : ".cache");
  }
}
