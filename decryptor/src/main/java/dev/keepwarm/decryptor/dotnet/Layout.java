package dev.keepwarm.decryptor.dotnet;

import java.util.Arrays;
import java.util.Optional;

/** Which parts the stored bytes consist of, and in which order. */
enum Layout implements Word {
  CIPHERTEXT("ciphertext", false, false, false),
  IV_CIPHERTEXT("iv|ciphertext", false, true, false),
  SALT_IV_CIPHERTEXT("salt|iv|ciphertext", true, true, false),
  IV_CIPHERTEXT_HMAC("iv|ciphertext|hmac", false, true, true);

  private final String word;
  private final boolean salt;
  private final boolean iv;
  private final boolean mac;

  Layout(String word, boolean salt, boolean iv, boolean mac) {
    this.word = word;
    this.salt = salt;
    this.iv = iv;
    this.mac = mac;
  }

  @Override
  public String word() {
    return word;
  }

  boolean hasSalt() {
    return salt;
  }

  boolean hasIv() {
    return iv;
  }

  boolean hasMac() {
    return mac;
  }

  /**
   * Splits stored bytes.
   *
   * @param lengths how long the parts are; zero for those which this layout lacks
   * @return nothing if there are fewer bytes than the parts around the ciphertext need
   */
  Optional<Parts> split(byte[] stored, Lengths lengths) {
    int ciphertextAt = lengths.salt() + lengths.iv();
    int macAt = stored.length - lengths.mac();
    if (macAt < ciphertextAt) {
      return Optional.empty();
    }
    return Optional.of(
        new Parts(
            Arrays.copyOfRange(stored, 0, lengths.salt()),
            Arrays.copyOfRange(stored, lengths.salt(), ciphertextAt),
            Arrays.copyOfRange(stored, ciphertextAt, macAt),
            Arrays.copyOfRange(stored, macAt, stored.length)));
  }

  /** The lengths, in bytes, of the parts around the ciphertext. */
  record Lengths(int salt, int iv, int mac) {}

  /** The parts of one stored value; empty arrays for those the layout lacks. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Parts(byte[] salt, byte[] iv, byte[] ciphertext, byte[] mac) {}
}
