package dev.keepwarm.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.zip.Deflater;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

/**
 * Writes a zip with Unix permissions, which the JDK cannot. The same files always give the same
 * bytes. Not thread-safe.
 */
final class Zip implements AutoCloseable {
  /** The modification time of everything in a package: the earliest that a zip supports. */
  static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private static final int FILE = 0100644;
  private static final int PROGRAM = 0100755;

  private final ZipArchiveOutputStream out;

  private Zip(ZipArchiveOutputStream out) {
    this.out = out;
  }

  static Zip create(Path zip) throws IOException {
    Files.createDirectories(zip.getParent());
    ZipArchiveOutputStream out = new ZipArchiveOutputStream(zip);
    out.setLevel(Deflater.BEST_COMPRESSION);
    return new Zip(out);
  }

  void add(String name, byte[] content, boolean program) throws IOException {
    ZipArchiveEntry entry = new ZipArchiveEntry(name);
    entry.setSize(content.length);
    entry.setUnixMode(program ? PROGRAM : FILE);
    entry.setTimeLocal(TIME);
    out.putArchiveEntry(entry);
    out.write(content);
    out.closeArchiveEntry();
  }

  /** The modification time for a file on disk that must match the zip's. */
  static long millis() {
    return TIME.toInstant(ZoneOffset.UTC).toEpochMilli();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
