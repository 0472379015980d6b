package dev.keepwarm.local.aws;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The directory that keeps a stack's data: its owner's, and one stack's at a time. */
final class DataDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel lock;

  private DataDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * @param path made if it is not there
   * @throws IOException if it cannot be used, or another stack uses it
   */
  static DataDirectory open(Path path) throws IOException {
    Path directory = path.toAbsolutePath();
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory.getParent());
      Files.createDirectory(directory, PrivateFile.ownerOnly(directory, "rwx------"));
    }
    FileChannel lock =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!locked(lock)) {
      lock.close();
      throw new IOException("The data directory " + path + " is in use by another stack");
    }
    return new DataDirectory(directory, lock);
  }

  Path path() {
    return path;
  }

  /** Lets another stack use it. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // A stack in this very process has it.
      return false;
    }
  }
}
