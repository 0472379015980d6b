package dev.keepwarm.emulator.http;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** One page of a list; {@code next} is the token for the page after it. */
public record Page<T>(List<T> items, Optional<String> next) {
  private static final int DEFAULT_LIMIT = 100;

  /**
   * @param token the offset, as an earlier page gave it
   * @throws AwsException if the limit or the token is invalid
   */
  public static <T> Page<T> of(
      List<T> all, OptionalInt limit, Optional<String> token, String error) {
    int size = limit.orElse(DEFAULT_LIMIT);
    int from = token.map(text -> offset(text, all.size(), error)).orElse(0);
    if (size < 1) {
      throw AwsException.validation("The limit must be at least 1");
    }
    int to = (int) Math.min(all.size(), (long) from + size);
    return new Page<>(
        all.subList(from, to),
        to < all.size() ? Optional.of(Integer.toString(to)) : Optional.empty());
  }

  private static int offset(String token, int size, String error) {
    try {
      int offset = Integer.parseInt(token);
      if (offset >= 0 && offset <= size) {
        return offset;
      }
    } catch (NumberFormatException e) {
      // The error is below.
    }
    throw new AwsException(400, error, "The token is not from this endpoint");
  }
}
