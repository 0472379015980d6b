package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.SourceRow;
import java.util.function.LongSupplier;

/** Turns an original into the plaintext credential. Blocking and thread-safe. */
public interface Decoder {
  /**
   * Decodes one original.
   *
   * @throws KeepwarmException with {@code UNAVAILABLE}, {@code DENIED} or {@code TIMEOUT} if a
   *     retry may succeed; a permanent failure is an {@link Undecodable}
   */
  Outcome decode(SourceRow.Original original);

  /**
   * Decodes one original, and waits for other services no longer than there is time. By default
   * this is {@link #decode(SourceRow.Original)}, for decoders that call no other service.
   *
   * @param millisLeft supplies the milliseconds that are left
   * @throws KeepwarmException as {@link #decode(SourceRow.Original)} does
   */
  default Outcome decode(SourceRow.Original original, LongSupplier millisLeft) {
    return decode(original);
  }

  /**
   * Unwraps secrets and derives keys now, so that the first original need not wait for them.
   *
   * @throws KeepwarmException as {@link #decode} does
   */
  default void prepare() {}

  /**
   * Forgets derived keys and everything else that must not be in a snapshot of the process. They
   * are made again on demand.
   */
  default void clear() {}

  /** The result of decoding. */
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
