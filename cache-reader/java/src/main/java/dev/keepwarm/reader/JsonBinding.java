package dev.keepwarm.reader;

/**
 * Makes objects of JSON, by a library of the application's: {@code new ObjectMapper()::readValue}
 * of Jackson, {@code gson::fromJson}, {@code jsonb::fromJson}. Must be thread-safe.
 */
public interface JsonBinding {
  /**
   * Makes an object.
   *
   * @param json a JSON text, which is secret
   * @throws Exception if the text does not fit; nobody sees its message, which may quote the text
   */
  <T> T read(String json, Class<T> type) throws Exception;
}
