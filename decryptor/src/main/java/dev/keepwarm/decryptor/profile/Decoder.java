package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.SourceRow;
import java.util.function.LongSupplier;

/** Turns an original into the plaintext credential. Blocking and thread-safe. */
public interface Decoder {
  /**
   * Decodes one original.
   *
   * @throws KeepwarmException with {@code UNAVAILABLE}, {@code DENIED} or {@code TIMEOUT} if it may
   *     work another time: what will never work is an {@link Undecodable}
   */
  Outcome decode(SourceRow.Original original);

  /**
   * Decodes one original, and waits for others no longer than there is time. By default this is
   * {@link #decode(SourceRow.Original)}, for decoders that wait for nobody.
   *
   * @param millisLeft how many milliseconds are left, asked when it matters
   * @throws KeepwarmException as there
   */
  default Outcome decode(SourceRow.Original original, LongSupplier millisLeft) {
    return decode(original);
  }

  /**
   * Makes at once what the first original would otherwise wait for: unwrapped secrets and derived
   * keys.
   *
   * @throws KeepwarmException as {@link #decode} does
   */
  default void prepare() {}

  /**
   * Forgets derived keys and whatever else must not be in a snapshot of the process; they are made
   * again on demand.
   */
  default void clear() {}

  /** What came of decoding. */
  sealed interface Outcome {}

  /**
   * The credential.
   *
   * @param plaintext the receiver's to wipe; text is UTF-8
   */
  record Decoded(byte[] plaintext) implements Outcome {
    @Override
    public String toString() {
      return "Decoded[redacted]";
    }
  }

  /**
   * The original cannot be decoded.
   *
   * @param failure a stable code, see {@link dev.keepwarm.core.internal.Failure}
   */
  record Undecodable(String failure) implements Outcome {}
}
