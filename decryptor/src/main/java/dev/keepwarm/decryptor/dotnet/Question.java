package dev.keepwarm.decryptor.dotnet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one detection is asked, and what it has found out once for all candidates. Not thread-safe;
 * closed, it wipes the keys.
 */
final class Question implements AutoCloseable {

  private final Map<String, Object> given;
  private final DotNetSecret secret;
  private final List<String> values;
  private final List<Optional<String>> expected;
  private final RememberedOutputs outputs = new RememberedOutputs();
  private final LastBlocks lastBlocks = new LastBlocks();
  private @Nullable Beginnings beginnings;
  private final Map<String, Optional<byte[]>> bytes = new HashMap<>();

  /**
   * Nothing is tried yet.
   *
   * @param given the parameters that every candidate has
   * @param expected the values' texts as far as they are known
   */
  Question(
      Map<String, Object> given,
      DotNetSecret secret,
      List<String> values,
      List<Optional<String>> expected) {
    this.given = given;
    this.secret = secret;
    this.values = values;
    this.expected = expected;
  }

  Map<String, Object> given() {
    return given;
  }

  DotNetSecret secret() {
    return secret;
  }

  List<String> values() {
    return values;
  }

  List<Optional<String>> expected() {
    return expected;
  }

  LastBlocks lastBlocks() {
    return lastBlocks;
  }

  /** How texts begin; learned when first needed. */
  Beginnings beginnings() {
    Beginnings known = beginnings == null ? new Beginnings() : beginnings;
    beginnings = known;
    return known;
  }

  /** How a scheme gets its keys from the secret; nothing if it cannot. */
  Optional<KeyDerivation> keys(DotNetParameters parameters) {
    try {
      return secret
          .adaptedTo(parameters)
          .map(each -> new KeyDerivation(parameters.scheme(), each, outputs));
    } catch (DotNetParametersException e) {
      // The secret gives no key of this scheme's size, so the scheme is not the one.
      return Optional.empty();
    }
  }

  /** A value's bytes, in the notation that is the same for all candidates. */
  Optional<byte[]> bytesOf(String value, Scheme scheme) {
    return bytes.computeIfAbsent(value, _ -> DotNetDecoder.storedBytes(scheme, value));
  }

  @Override
  public void close() {
    outputs.clear();
    lastBlocks.clear();
  }
}
