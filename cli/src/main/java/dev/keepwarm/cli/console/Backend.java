package dev.keepwarm.cli.console;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The data and actions of the page. Thread-safe, because requests are concurrent. Documents are
 * JSON as {@link dev.keepwarm.core.internal.Json} accepts it, and never hold a credential's value.
 */
public interface Backend {
  /**
   * The snapshot that is sent to all viewers periodically. Called by one thread, and only while
   * there are viewers.
   */
  Map<String, @Nullable Object> snapshot();

  /**
   * A document that the page requests.
   *
   * @param parameters the query
   * @return null if there is no view of that name
   * @throws Refusal if the document is not available
   */
  @Nullable Map<String, @Nullable Object> view(String name, Map<String, String> parameters);

  /**
   * Performs an action; called only if the operator has allowed actions.
   *
   * @return null if there is no action of that name
   * @throws Refusal if the action was not done, or only in part
   */
  @Nullable Map<String, @Nullable Object> act(
      String name, Map<String, @Nullable Object> parameters);
}
