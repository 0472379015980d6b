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

/** What the zips of a release say of the machine that they are for. */
final class PinnedZip {
  private static final String PROGRAM = "jre/bin/java";
  private static final String EXTENSION = "extensions/keepwarm-reader";

  /** Where an ELF file says for which machine it is, and what it says, by the ELF specification. */
  private static final int MACHINE = 18;

  private static final int X86_64 = 0x3e;
  private static final int AARCH64 = 0xb7;

  private PinnedZip() {}

  /** For which architecture a zip was built; X86_64 if it does not say so, or is not there. */
  static KeepwarmProps.PinnedArchitecture builtFor(Path zip) {
    KeepwarmProps.PinnedArchitecture said = Files.isRegularFile(zip) ? architecture(zip) : null;
    return said != null ? said : KeepwarmProps.PinnedArchitecture.X86_64;
  }

  /** For which architecture its JRE was built; null if it has none, or one for another. */
  static KeepwarmProps.@Nullable PinnedArchitecture architecture(Path zip) {
    return architecture(zip, PROGRAM);
  }

  /** For which architecture the Lambda extension in it was built; null if it has none. */
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
      // Lambda refuses it in time.
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
