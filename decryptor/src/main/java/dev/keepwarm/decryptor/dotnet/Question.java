package dev.keepwarm.decryptor.dotnet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The input of one detection, and the results that all candidates share. Not thread-safe; closing
 * it wipes the keys.
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
   * The question before any candidate is tried.
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

  /** The key derivation of a scheme with this secret; nothing if they do not fit. */
  Optional<KeyDerivation> keys(DotNetParameters parameters) {
    try {
      return secret
          .adaptedTo(parameters)
          .map(each -> new KeyDerivation(parameters.scheme(), each, outputs));
    } catch (DotNetParametersException e) {
      // The secret gives no key of this scheme's size, so the scheme cannot be the right one.
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
