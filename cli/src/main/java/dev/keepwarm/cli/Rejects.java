package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The file of the lines that an import rejected: JSON Lines of {@code line}, {@code problem} and
 * {@code row}, the original line. Only its owner may read it, because the lines may hold anything.
 * Not thread-safe.
 */
final class Rejects implements AutoCloseable {
  private final BufferedWriter out;

  private Rejects(BufferedWriter out) {
    this.out = out;
  }

  /** Creates the file. It must not exist: an old one may hold lines that are not corrected yet. */
  static Rejects create(Path file) {
    try {
      boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
      FileAttribute<?>[] ownerOnly =
          posix
              ? new FileAttribute<?>[] {
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
              }
              : new FileAttribute<?>[0];
      Path created = Files.createFile(file, ownerOnly);
      return new Rejects(
          Files.newBufferedWriter(created, StandardCharsets.UTF_8, StandardOpenOption.WRITE));
    } catch (FileAlreadyExistsException e) {
      throw CommandException.input("--rejects: the file exists already; choose another name");
    } catch (IOException e) {
      throw CommandException.input("--rejects: cannot be written: " + e.getClass().getSimpleName());
    }
  }

  /**
   * Adds a line.
   *
   * @param row the line; null if it could not even be read
   */
  void add(long number, String problem, @Nullable String row) throws IOException {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("line", number);
    json.put("problem", problem);
    json.put("row", row);
    out.write(Json.write(json));
    out.newLine();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
