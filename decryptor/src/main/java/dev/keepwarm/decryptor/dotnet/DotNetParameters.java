package dev.keepwarm.decryptor.dotnet;

import java.util.Map;
import java.util.Optional;

/**
 * How a stored value was encrypted, except for the secret. Immutable; parameters that were parsed
 * from equal objects are equal.
 */
public final class DotNetParameters {

  private final Map<String, Object> source;
  private final Scheme scheme;

  private DotNetParameters(Map<String, Object> source, Scheme scheme) {
    this.source = source;
    this.scheme = scheme;
  }

  /**
   * Validates parameters as a whole.
   *
   * @param parameters a parsed JSON object: strings, numbers, lists, maps, null
   * @throws DotNetParametersException if a field is unknown, missing, contradictory, of another
   *     type, or a secret
   */
  public static DotNetParameters parse(Map<String, ?> parameters) {
    Scheme scheme = SchemeParser.parse(parameters);
    return new DotNetParameters(Copies.ofObject(parameters), scheme);
  }

  /** The parameters as they were parsed: an unmodifiable JSON object without any secret. */
  public Map<String, Object> toMap() {
    return source;
  }

  /** Whether the secret is a key; otherwise it is a passphrase. */
  public boolean needsKey() {
    return scheme.keySource() instanceof KeySource.Explicit;
  }

  /** Whether the secret has to have a passphrase for the MAC as well. */
  public boolean needsMacPassphrase() {
    return scheme.macKeySource().equals(Optional.of(MacKeySource.SHA256_OF_MAC_PASSPHRASE));
  }

  Scheme scheme() {
    return scheme;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DotNetParameters that && source.equals(that.source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }

  @Override
  public String toString() {
    return "DotNetParameters" + source;
  }
}
