package dev.keepwarm.decryptor.dotnet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The derivations that return bytes call by call: two classes of .NET, and OpenSSL's. */
enum DeriveBytes implements Word {
  RFC_2898("Rfc2898DeriveBytes"),
  PASSWORD("PasswordDeriveBytes"),
  EVP_BYTES_TO_KEY("EVP_BytesToKey");

  /** .NET refuses shorter salts for PBKDF2. */
  static final int MIN_RFC_2898_SALT_BYTES = 8;

  private final String word;

  DeriveBytes(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }

  /** The hashes that .NET offers with this class. */
  List<Hash> hashes() {
    return switch (this) {
      case RFC_2898 -> List.of(Hash.SHA1, Hash.SHA256, Hash.SHA384, Hash.SHA512);
      case PASSWORD, EVP_BYTES_TO_KEY -> List.of(Hash.values());
    };
  }

  /**
   * The results of consecutive {@code GetBytes} calls on one object.
   *
   * @param passphrase in UTF-8, which both classes use
   * @param salt empty for none
   * @param lengths how many bytes each call requests
   * @return nothing if .NET fails on this salt or this sequence of calls
   */
  Optional<List<byte[]>> derive(
      Hash hash, byte[] passphrase, byte[] salt, int iterations, List<Integer> lengths) {
    return switch (this) {
      case RFC_2898 ->
          salt.length < MIN_RFC_2898_SALT_BYTES
              ? Optional.empty()
              : Optional.of(
                  cut(Pbkdf2.derive(hash, passphrase, salt, iterations, sum(lengths)), lengths));
      case EVP_BYTES_TO_KEY ->
          Optional.of(cut(evp(hash, passphrase, salt, iterations, sum(lengths)), lengths));
      case PASSWORD -> {
        PasswordDeriveBytes source = new PasswordDeriveBytes(hash, passphrase, salt, iterations);
        List<byte[]> results = new ArrayList<>();
        for (int length : lengths) {
          Optional<byte[]> result = source.getBytes(length);
          if (result.isEmpty()) {
            yield Optional.empty();
          }
          results.add(result.get());
        }
        yield Optional.of(results);
      }
    };
  }

  /** Each block is an iterated hash of the block before it, the passphrase and the salt. */
  private static byte[] evp(Hash hash, byte[] passphrase, byte[] salt, int iterations, int length) {
    byte[] stream = {};
    byte[] block = {};
    while (stream.length < length) {
      block = hash.of(block, passphrase, salt);
      for (int i = 1; i < iterations; i++) {
        block = hash.of(block);
      }
      int at = stream.length;
      stream = Arrays.copyOf(stream, at + block.length);
      System.arraycopy(block, 0, stream, at, block.length);
    }
    return stream;
  }

  private static int sum(List<Integer> lengths) {
    return lengths.stream().mapToInt(Integer::intValue).sum();
  }

  private static List<byte[]> cut(byte[] stream, List<Integer> lengths) {
    List<byte[]> results = new ArrayList<>();
    int at = 0;
    for (int length : lengths) {
      results.add(Arrays.copyOfRange(stream, at, at + length));
      at += length;
    }
    Arrays.fill(stream, (byte) 0);
    return results;
  }
}
