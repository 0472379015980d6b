package dev.keepwarm.decryptor;

import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Decodes originals of the profile {@link #PROFILE} that {@link #encode} made. All others are
 * undecodable. Thread-safe.
 */
final class PlainDecoder implements Decoder {
  static final String PROFILE = "plain";

  /** The failure of an original that {@link #encode} did not make. */
  static final String BAD_CIPHERTEXT = "BAD_CIPHERTEXT";

  private static final String PREFIX = "plain:";

  private final List<byte[]> handedOut = new ArrayList<>();
  private Consumer<SourceRow.Original> before = original -> {};
  private int decodes;

  /** The ciphertext of a text. */
  public static String encode(String text) {
    return PREFIX + text;
  }

  /** Runs {@code hook} before every decode, on the decoding thread. */
  public synchronized void before(Consumer<SourceRow.Original> hook) {
    before = hook;
  }

  /** How many originals were decoded, including failed ones. */
  public synchronized int decodes() {
    return decodes;
  }

  /** Every plaintext that was returned; the same arrays, not copies. */
  public synchronized List<byte[]> handedOut() {
    return List.copyOf(handedOut);
  }

  @Override
  public Outcome decode(SourceRow.Original original) {
    Consumer<SourceRow.Original> hook;
    synchronized (this) {
      decodes++;
      hook = before;
    }
    hook.accept(original);
    if (!original.profile().equals(PROFILE)) {
      return new Undecodable(Failure.UNKNOWN_PROFILE);
    }
    if (!original.ciphertext().startsWith(PREFIX)) {
      return new Undecodable(BAD_CIPHERTEXT);
    }
    byte[] plaintext =
        original.ciphertext().substring(PREFIX.length()).getBytes(StandardCharsets.UTF_8);
    synchronized (this) {
      handedOut.add(plaintext);
    }
    return new Decoded(plaintext);
  }
}
