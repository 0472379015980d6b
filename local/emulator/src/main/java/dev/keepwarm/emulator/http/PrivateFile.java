package dev.keepwarm.emulator.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that only their owner may read. */
public final class PrivateFile {
  private PrivateFile() {}

  /** Replaces the file as a whole, so that a crash leaves the old or the new content. */
  public static void write(Path file, byte[] content) throws IOException {
    Path directory = Files.createDirectories(file.toAbsolutePath().getParent());
    Path written =
        Files.createTempFile(
            directory, file.getFileName() + ".", ".tmp", ownerOnly(file, "rw-------"));
    try {
      Files.write(written, content);
      Files.move(
          written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(written);
    }
  }

  /** The attributes for creating a file; none if the file system does not have such permissions. */
  static FileAttribute<?>[] ownerOnly(Path file, String permissions) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
