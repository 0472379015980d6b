package dev.keepwarm.decryptor.dotnet;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Derives keys of one passphrase, each of them once, because many schemes use the same bytes in
 * different ways. For one detection; not thread-safe.
 */
final class RememberedOutputs implements KeyDerivation.Outputs {

  /** Enough for the longest key of AES, which most schemes have. */
  private static final int STREAM_BYTES = 32;

  private final Map<Id, byte[]> remembered = new HashMap<>();

  /** The inputs of the bytes. The number of bytes and of calls is not among them. */
  private record Id(
      DeriveBytes deriveBytes,
      Hash hash,
      int iterations,
      ByteBuffer salt,
      KeySource.Password password) {}

  @Override
  public List<byte[]> of(KeySource.Derived derived, String passphrase, byte[] saltOfValue) {
    byte[] salt = derived.saltFor(passphrase, saltOfValue);
    Id id =
        new Id(
            derived.deriveBytes(),
            derived.hash(),
            derived.iterations(),
            ByteBuffer.wrap(salt),
            derived.password());
    return derived.deriveBytes() == DeriveBytes.PASSWORD
        ? ofPassword(id, derived, passphrase)
        : ofStream(id, derived, passphrase);
  }

  /** Remembers only the iterated base: the calls after it are cheap. */
  private List<byte[]> ofPassword(Id id, KeySource.Derived derived, String passphrase) {
    byte[] base =
        remembered.computeIfAbsent(
            id,
            _ ->
                PasswordDeriveBytes.base(
                    id.hash(),
                    derived.password().bytesOf(passphrase),
                    id.salt().array(),
                    id.iterations()));
    PasswordDeriveBytes source = new PasswordDeriveBytes(id.hash(), base);
    // The parser refuses sequences of calls on which .NET fails.
    return derived.getBytes().stream().map(count -> source.getBytes(count).orElseThrow()).toList();
  }

  /**
   * Remembers as many bytes as were needed so far: each further block costs as much as the first.
   */
  private List<byte[]> ofStream(Id id, KeySource.Derived derived, String passphrase) {
    int needed = derived.getBytes().stream().mapToInt(Integer::intValue).sum();
    byte[] stream = remembered.get(id);
    if (stream == null || stream.length < needed) {
      int hashBytes = id.hash().lengthBytes();
      int blocks = Math.ceilDiv(Math.max(needed, STREAM_BYTES), hashBytes);
      byte[] longer =
          derived
              .withGetBytes(List.of(blocks * hashBytes))
              .derive(passphrase, id.salt().array())
              .getFirst();
      if (stream != null) {
        Arrays.fill(stream, (byte) 0);
      }
      stream = longer;
      remembered.put(id, stream);
    }
    List<byte[]> copies = new ArrayList<>();
    int at = 0;
    for (int length : derived.getBytes()) {
      copies.add(Arrays.copyOfRange(stream, at, at + length));
      at += length;
    }
    return copies;
  }

  /** Wipes everything. */
  void clear() {
    remembered.values().forEach(bytes -> Arrays.fill(bytes, (byte) 0));
    remembered.clear();
  }
}
