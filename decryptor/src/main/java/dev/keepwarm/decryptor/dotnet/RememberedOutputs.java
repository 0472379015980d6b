package dev.keepwarm.decryptor.dotnet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Derives keys of one passphrase, each once: many schemes differ only in what they do with the same
 * bytes. For one detection; not thread-safe.
 */
final class RememberedOutputs implements KeyDerivation.Outputs {

  /** Enough for a key of 32 bytes and a block of 16. */
  private static final int STREAM_BYTES = 48;

  private final Map<String, List<byte[]>> remembered = new HashMap<>();

  @Override
  public List<byte[]> of(KeySource.Derived derived, String passphrase, byte[] saltOfValue) {
    boolean isStream = derived.deriveBytes() == DeriveBytes.RFC_2898;
    int needed = derived.getBytes().stream().mapToInt(Integer::intValue).sum();
    List<Integer> lengths = isStream ? List.of(Math.max(STREAM_BYTES, needed)) : derived.getBytes();
    KeySource.Derived asked =
        new KeySource.Derived(
            derived.deriveBytes(),
            derived.hash(),
            derived.iterations(),
            derived.salt(),
            derived.password(),
            lengths);
    String id =
        String.join(
            " ",
            derived.deriveBytes().word(),
            derived.hash().word(),
            String.valueOf(derived.iterations()),
            HexFormat.of().formatHex(derived.saltFor(passphrase, saltOfValue)),
            derived.password().toString(),
            lengths.toString());
    List<byte[]> outputs =
        remembered.computeIfAbsent(id, _ -> asked.derive(passphrase, saltOfValue));
    List<byte[]> copies = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < derived.getBytes().size(); i++) {
      int length = derived.getBytes().get(i);
      copies.add(
          isStream
              ? Arrays.copyOfRange(outputs.getFirst(), at, at + length)
              : outputs.get(i).clone());
      at += length;
    }
    return copies;
  }

  /** Wipes everything. */
  void clear() {
    remembered.values().forEach(outputs -> outputs.forEach(bytes -> Arrays.fill(bytes, (byte) 0)));
    remembered.clear();
  }
}
