package dev.keepwarm.packaging;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Removes the parts of a Linux library that only debuggers read: its symbol table, which is a sixth
 * of the JVM's library, and the section headers. The segments, which the loader reads, stay
 * unchanged. Follows the ELF-64 object file format of the System V ABI.
 */
final class Elf {
  private static final int MAGIC = 0x464c457f;
  private static final int CLASS_64_LITTLE = 0x0102;
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADERS = 32;
  private static final int SECTION_HEADERS = 40;
  private static final int PROGRAM_HEADER_SIZE = 54;
  private static final int PROGRAM_HEADER_COUNT = 56;
  private static final int SECTION_COUNT = 60;
  private static final int SEGMENT_OFFSET = 8;
  private static final int SEGMENT_FILE_SIZE = 32;

  /** The C library of {@code provided.al2023}, 2.x. */
  private static final int GLIBC_OF_LAMBDA = 34;

  /** The names of C library versions whose functions a file calls. */
  private static final Pattern GLIBC = Pattern.compile("GLIBC_2\\.(\\d{1,3})(?:\\.\\d+)?\\x00");

  private Elf() {}

  /**
   * Refuses files that do not start on Lambda: a distribution's own JDK may be built against a
   * newer C library than that of Amazon Linux 2023.
   *
   * @throws IOException names the file and the version that it needs, and says what to do
   */
  static void refuseNewerThanLambda(Path file) throws IOException {
    Matcher versions =
        GLIBC.matcher(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
    int newest =
        versions.results().mapToInt(found -> Integer.parseInt(found.group(1))).max().orElse(0);
    if (newest > GLIBC_OF_LAMBDA) {
      throw new IOException(
          file
              + " of this JDK needs glibc 2."
              + newest
              + ", and Lambda's Amazon Linux 2023 has 2."
              + GLIBC_OF_LAMBDA
              + ": build with another JDK 25, such as Eclipse Temurin");
    }
  }

  /** Removes these parts; leaves any other file unchanged. */
  static void strip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < HEADER || elf.getInt(0) != MAGIC || elf.getShort(4) != CLASS_64_LITTLE) {
      return;
    }
    long headers = elf.getLong(PROGRAM_HEADERS);
    int size = elf.getShort(PROGRAM_HEADER_SIZE);
    int count = elf.getShort(PROGRAM_HEADER_COUNT);
    long end = headers + (long) size * count;
    for (int i = 0; i < count; i++) {
      int header = Math.toIntExact(headers + (long) i * size);
      end =
          Math.max(
              end, elf.getLong(header + SEGMENT_OFFSET) + elf.getLong(header + SEGMENT_FILE_SIZE));
    }
    elf.putLong(SECTION_HEADERS, 0);
    // Clears the number of sections, and the index of their names.
    elf.putInt(SECTION_COUNT, 0);
    Files.write(file, Arrays.copyOf(bytes, Math.toIntExact(end)));
  }
}
