package dev.keepwarm.emulator.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directory that keeps a stack's data. Only its owner can access it, and only one stack uses it
 * at a time.
 */
public final class DataDirectory implements AutoCloseable {
  private static final String LOCK = "lock";

  private final Path path;
  private final FileChannel lock;

  private DataDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * @param path created if it does not exist
   * @throws IOException if it cannot be used, or another stack uses it
   */
  public static DataDirectory open(Path path) throws IOException {
    Path directory = path.toAbsolutePath();
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory.getParent());
      Files.createDirectory(directory, PrivateFile.ownerOnly(directory, "rwx------"));
    } else {
      makePrivate(directory);
    }
    FileChannel lock =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!locked(lock)) {
      lock.close();
      throw new IOException("The data directory " + path + " is in use by another stack");
    }
    return new DataDirectory(directory, lock);
  }

  public Path path() {
    return path;
  }

  /** Releases the directory for another stack. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Restricts the directory to its owner, because it will contain master keys. Changes only a
   * directory that is empty or a stack's, because other users may need access to any other.
   */
  private static void makePrivate(Path directory) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(directory, PosixFileAttributeView.class);
    if (view == null) {
      return;
    }
    Set<PosixFilePermission> ownerOnly = PosixFilePermissions.fromString("rwx------");
    if (ownerOnly.containsAll(view.readAttributes().permissions())) {
      return;
    }
    if (!Files.exists(directory.resolve(LOCK)) && !isEmpty(directory)) {
      throw new IOException(
          "The data directory "
              + directory
              + " is open to others and has other files in it: name a new one, or chmod 700 it");
    }
    view.setPermissions(ownerOnly);
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // Another stack of this process has the lock.
      return false;
    }
  }
}
