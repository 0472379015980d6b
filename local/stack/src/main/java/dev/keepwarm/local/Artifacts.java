package dev.keepwarm.local;

import java.nio.file.Path;
import java.util.List;

/** A source of files that have Maven coordinates. */
@FunctionalInterface
interface Artifacts {
  /**
   * Fetches files.
   *
   * @param coordinates of the files
   * @param downloaded runs once for each file that had to be downloaded, on any thread
   * @return the files in the same order; they belong to this source and must not be moved
   * @throws dev.keepwarm.core.KeepwarmException {@link dev.keepwarm.core.ErrorCode#UNAVAILABLE} if
   *     one of them cannot be fetched
   */
  List<Path> fetch(List<String> coordinates, Runnable downloaded);
}
