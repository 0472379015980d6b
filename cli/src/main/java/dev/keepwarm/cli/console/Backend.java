package dev.keepwarm.cli.console;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the page shows and does. Thread-safe: requests come side by side. Documents are JSON as
 * {@link dev.keepwarm.core.internal.Json} takes it, and never hold a credential's value.
 */
public interface Backend {
  /**
   * What everybody who looks is sent again and again. Called by one thread, while somebody looks.
   */
  Map<String, @Nullable Object> snapshot();

  /**
   * A document that the page asks for.
   *
   * @param parameters the query
   * @return null if there is no view of that name
   * @throws Refusal if it cannot be had
   */
  @Nullable Map<String, @Nullable Object> view(String name, Map<String, String> parameters);

  /**
   * Does something; called only if the operator has allowed it.
   *
   * @return null if there is no action of that name
   * @throws Refusal if it was not done, or not all of it
   */
  @Nullable Map<String, @Nullable Object> act(
      String name, Map<String, @Nullable Object> parameters);
}
