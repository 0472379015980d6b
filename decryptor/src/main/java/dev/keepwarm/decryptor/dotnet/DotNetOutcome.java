package dev.keepwarm.decryptor.dotnet;

/** What became of a stored value. */
public sealed interface DotNetOutcome {

  /**
   * The value was decoded. Without a MAC that is no proof: a wrong key yields well-formed text now
   * and then.
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
