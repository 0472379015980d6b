package dev.keepwarm.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A small file that a person may edit or replace. It is compared by content, because editors,
 * checkouts and links treat times and inodes in different ways. Not thread-safe.
 */
final class WatchedFile {
  private final Path file;
  private byte @Nullable [] last;

  WatchedFile(Path file) {
    this.file = file;
    this.last = content();
  }

  /** Whether the content has changed since the last call, or since the beginning. */
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
