package dev.keepwarm.core.internal;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * How long tests wait, in one place. It is so long that only a hanging test takes longer, however
 * busy the machine is. JUnit finds this extension by itself and sets Awaitility's default to {@link
 * #LIMIT}. Waits on a latch or a queue have no limit of their own: the build's default timeout of a
 * test, in {@code junit-platform.properties}, ends them too.
 */
public final class Patience implements BeforeAllCallback {
  /** For deadlines and timeouts that a test must set and that must not pass. */
  public static final Duration LIMIT = Duration.ofMinutes(5);

  /** For a function's calls, none of which is to be given up. */
  public static final CallTimeouts CALLS = new CallTimeouts(LIMIT, LIMIT);

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(LIMIT);
  }
}
