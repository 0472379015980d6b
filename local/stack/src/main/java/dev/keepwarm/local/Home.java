package dev.keepwarm.local;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.nio.file.Path;

/** Where the project is. */
public final class Home {
  /** The system property that the launcher sets. */
  public static final String PROPERTY = "keepwarm.home";

  private Home() {}

  /** The project's root. */
  public static Path directory() {
    String home = System.getProperty(PROPERTY);
    if (home == null) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          PROPERTY + ": not set; start with ./keepwarm, which sets it to the project's root");
    }
    return Path.of(home);
  }
}
