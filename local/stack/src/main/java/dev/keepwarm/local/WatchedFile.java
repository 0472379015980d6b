package dev.keepwarm.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A small file that somebody may edit or replace. Compared by content: editors, checkouts and links
 * change times and identities in their own ways. Not thread-safe.
 */
final class WatchedFile {
  private final Path file;
  private byte @Nullable [] last;

  WatchedFile(Path file) {
    this.file = file;
    this.last = content();
  }

  /** Whether it is another than the last time, or than at the beginning. */
  boolean hasChanged() {
    byte[] now = content();
    boolean changed = !Arrays.equals(last, now);
    last = now;
    return changed;
  }

  /** Null if it cannot be read. */
  private byte @Nullable [] content() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      return null;
    }
  }
}
