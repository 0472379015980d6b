package dev.keepwarm.local;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Downloads DynamoDB Local for an installed Keepwarm, which must not contain it: AWS's licence
 * permits downloading it, but not distributing it. The download happens on first use, and every
 * file is checked. Two processes may do it at the same time. Thread-safe.
 */
final class DynamoDbLocalDownload {
  /** Number of files between two lines of progress. */
  private static final int PROGRESS_STEP = 10;

  private final Path downloads;
  private final Artifacts artifacts;
  private final PrintStream err;

  /**
   * @param downloads the directory that keeps downloads; created if it does not exist
   * @param artifacts where the files come from
   * @param err gets a line before a download starts, and lines of progress
   */
  DynamoDbLocalDownload(Path downloads, Artifacts artifacts, PrintStream err) {
    this.downloads = downloads;
    this.artifacts = artifacts;
    this.err = err;
  }

  /**
   * Returns the directory with the files of a list, and downloads them if it does not exist.
   *
   * @param list written by the build
   * @return a directory that contains all of them
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} if a file cannot be fetched, or if its
   *     checksum is not the one in the list
   */
  Path directory(DownloadList list) throws IOException {
    Path directory = downloads.resolve("dynamodb-local-" + list.id());
    if (Files.isDirectory(directory)) {
      return directory;
    }
    err.println(
        "keepwarm: downloading DynamoDB Local ("
            + list.items().size()
            + " files, only once) into "
            + directory
            + "; its licence is the Amazon DynamoDB Local License Agreement");
    List<Path> files = fetch(list);
    Files.createDirectories(downloads);
    Path partial = Files.createTempDirectory(downloads, "partial-");
    try {
      for (int i = 0; i < files.size(); i++) {
        copy(files.get(i), list.items().get(i), partial);
      }
      return publish(partial, directory);
    } finally {
      delete(partial);
    }
  }

  private List<Path> fetch(DownloadList list) {
    try {
      AtomicInteger downloaded = new AtomicInteger();
      return artifacts.fetch(
          list.items().stream().map(DownloadList.Item::coordinates).toList(),
          () -> {
            int files = downloaded.incrementAndGet();
            if (files % PROGRESS_STEP == 0) {
              err.println(
                  "keepwarm: downloaded " + files + " of " + list.items().size() + " files");
            }
          });
    } catch (KeepwarmException e) {
      throw new KeepwarmException(
          e.code(),
          "cannot download DynamoDB Local, which local and demo need: "
              + withoutCode(e)
              + " (check the network, or the mirror in Maven's settings.xml)",
          e);
    }
  }

  private static String withoutCode(KeepwarmException error) {
    String message = String.valueOf(error.getMessage());
    String code = error.code() + ": ";
    return message.startsWith(code) ? message.substring(code.length()) : message;
  }

  /**
   * Checks the bytes that it writes, because a separate check would not notice a later change of
   * the file.
   */
  private static void copy(Path file, DownloadList.Item item, Path directory) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    String sha256 = DownloadList.sha256(bytes);
    if (!sha256.equals(item.sha256())) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE,
          file
              + " is not the file that this version of Keepwarm needs: its SHA-256 is "
              + sha256
              + " and must be "
              + item.sha256());
    }
    Files.write(directory.resolve(String.valueOf(file.getFileName())), bytes);
  }

  private static Path publish(Path partial, Path directory) throws IOException {
    try {
      return Files.move(partial, directory, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // Another process was faster. Its files are the same.
      if (Files.isDirectory(directory)) {
        return directory;
      }
      throw e;
    }
  }

  /** Deletes a directory of files, if it was not moved away. */
  private static void delete(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
