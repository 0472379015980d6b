package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request of the warmer to the resolver that keeps one of its instances initialised: {@code
 * {"warmUp": holdMillis}}. It asks for no credential and contains no ids.
 *
 * @param holdMillis the minimum time that the instance stays busy, in milliseconds, so that a
 *     request that is sent at the same time reaches another instance: 0 to {@link #LONGEST}
 */
public record WarmUp(long holdMillis) {
  /** The longest that a request may keep an instance from answering a reader, in milliseconds. */
  public static final long LONGEST = 1_000;

  private static final String FIELD = "warmUp";

  /** Checks the time. */
  public WarmUp {
    if (holdMillis < 0 || holdMillis > LONGEST) {
      throw malformed();
    }
  }

  /** The request as JSON. */
  public String toJson() {
    return Json.write(Map.of(FIELD, holdMillis));
  }

  /**
   * Parses a request.
   *
   * @return null if it is another kind of request, or not a request at all
   * @throws KeepwarmException {@link ErrorCode#INVALID_REQUEST} if it is of this kind and malformed
   */
  public static @Nullable WarmUp parse(String json) {
    if (!json.contains(FIELD)) {
      return null;
    }
    Map<String, @Nullable Object> fields;
    try {
      fields = Json.parseObject(json);
    } catch (KeepwarmException e) {
      return null;
    }
    if (!fields.containsKey(FIELD)) {
      return null;
    }
    if (fields.size() != 1 || !(fields.get(FIELD) instanceof Long holdMillis)) {
      throw malformed();
    }
    return new WarmUp(holdMillis);
  }

  private static KeepwarmException malformed() {
    return new KeepwarmException(
        ErrorCode.INVALID_REQUEST,
        "warmUp: must be the only field, and a whole number of milliseconds from 0 to " + LONGEST);
  }
}
