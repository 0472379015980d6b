package dev.keepwarm.reader;

/**
 * Parses JSON with a library of the application: {@code new ObjectMapper()::readValue} of Jackson,
 * {@code gson::fromJson}, {@code jsonb::fromJson}. Must be thread-safe.
 */
public interface JsonBinding {
  /**
   * Parses a JSON text.
   *
   * @param json the text, which is secret
   * @throws Exception if the text does not fit the type; the exception is discarded, because its
   *     message may quote the text
   */
  <T> T read(String json, Class<T> type) throws Exception;
}
