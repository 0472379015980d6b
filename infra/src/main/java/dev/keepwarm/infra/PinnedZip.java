package dev.keepwarm.infra;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** Finds out for which architecture a release's zips were built. */
final class PinnedZip {
  private static final String PROGRAM = "jre/bin/java";
  private static final String EXTENSION = "extensions/keepwarm-reader";

  /** The offset of the machine in an ELF file, and its values, by the ELF specification. */
  private static final int MACHINE = 18;

  private static final int X86_64 = 0x3e;
  private static final int AARCH64 = 0xb7;

  private PinnedZip() {}

  /** The architecture of a zip; X86_64 if it is unknown, or if there is no zip. */
  static KeepwarmProps.PinnedArchitecture builtFor(Path zip) {
    KeepwarmProps.PinnedArchitecture said = Files.isRegularFile(zip) ? architecture(zip) : null;
    return said != null ? said : KeepwarmProps.PinnedArchitecture.X86_64;
  }

  /** The architecture of the zip's JRE; null if it has none, or one for another machine. */
  static KeepwarmProps.@Nullable PinnedArchitecture architecture(Path zip) {
    return architecture(zip, PROGRAM);
  }

  /** The architecture of the Lambda extension in the zip; null if it has none. */
  static KeepwarmProps.@Nullable PinnedArchitecture ofExtension(Path zip) {
    return architecture(zip, EXTENSION);
  }

  private static KeepwarmProps.@Nullable PinnedArchitecture architecture(Path zip, String name) {
    try (ZipFile file = new ZipFile(zip.toFile())) {
      ZipEntry program = file.getEntry(name);
      if (program == null) {
        return null;
      }
      try (InputStream in = file.getInputStream(program)) {
        byte[] head = in.readNBytes(MACHINE + 1);
        return switch (head.length > MACHINE ? head[MACHINE] & 0xff : 0) {
          case X86_64 -> KeepwarmProps.PinnedArchitecture.X86_64;
          case AARCH64 -> KeepwarmProps.PinnedArchitecture.ARM64;
          default -> null;
        };
      }
    } catch (ZipException e) {
      // Not an error here: Lambda refuses such a zip.
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
