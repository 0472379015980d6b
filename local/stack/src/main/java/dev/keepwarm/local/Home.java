package dev.keepwarm.local;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.nio.file.Path;

/** The directory of Keepwarm: the project, or its unpacked archive. */
public final class Home {
  /** The system property that the launcher sets. */
  public static final String PROPERTY = "keepwarm.home";

  private Home() {}

  /** The root of the project, or of the unpacked archive. */
  public static Path directory() {
    String home = System.getProperty(PROPERTY);
    if (home == null) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          PROPERTY + ": not set; start with ./keepwarm or bin/keepwarm, which set it");
    }
    return Path.of(home);
  }
}
