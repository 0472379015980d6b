package dev.keepwarm.decryptor.dotnet;

/** The result of decoding a stored value. */
public sealed interface DotNetOutcome {

  /**
   * The value was decoded. Without a MAC this does not prove the key: a wrong key sometimes yields
   * well-formed text.
   *
   * @param text exactly what .NET returns; never part of the printed form
   */
  record Decoded(String text) implements DotNetOutcome {
    @Override
    public String toString() {
      return "Decoded[redacted]";
    }
  }

  /**
   * The value was not decoded.
   *
   * @param reason why
   */
  record Refused(DotNetRefusal reason) implements DotNetOutcome {}
}
