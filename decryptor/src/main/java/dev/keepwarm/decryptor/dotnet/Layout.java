package dev.keepwarm.decryptor.dotnet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The parts of the stored bytes and their order, as listed in the layout's word. */
enum Layout implements Word {
  CIPHERTEXT("ciphertext"),
  IV_CIPHERTEXT("iv|ciphertext"),
  CIPHERTEXT_IV("ciphertext|iv"),
  SALT_CIPHERTEXT("salt|ciphertext"),
  SALT_IV_CIPHERTEXT("salt|iv|ciphertext"),
  IV_SALT_CIPHERTEXT("iv|salt|ciphertext"),
  /** Four bytes, little endian, with the length of the IV. */
  IV_LENGTH_IV_CIPHERTEXT("ivlength|iv|ciphertext"),
  IV_CIPHERTEXT_HMAC("iv|ciphertext|hmac"),
  HMAC_IV_CIPHERTEXT("hmac|iv|ciphertext"),
  IV_HMAC_CIPHERTEXT("iv|hmac|ciphertext"),
  SALT_IV_CIPHERTEXT_HMAC("salt|iv|ciphertext|hmac"),
  SALT_MAC_SALT_IV_CIPHERTEXT_HMAC("salt|macsalt|iv|ciphertext|hmac"),
  NONCE_CIPHERTEXT_TAG("nonce|ciphertext|tag"),
  NONCE_TAG_CIPHERTEXT("nonce|tag|ciphertext"),
  TAG_NONCE_CIPHERTEXT("tag|nonce|ciphertext"),
  CIPHERTEXT_NONCE_TAG("ciphertext|nonce|tag"),
  CIPHERTEXT_TAG_NONCE("ciphertext|tag|nonce"),
  SALT_NONCE_CIPHERTEXT_TAG("salt|nonce|ciphertext|tag"),
  SALT_NONCE_TAG_CIPHERTEXT("salt|nonce|tag|ciphertext"),
  /** Each length has four bytes, little endian. */
  NONCE_LENGTH_NONCE_TAG_LENGTH_TAG_CIPHERTEXT("noncelength|nonce|taglength|tag|ciphertext"),
  /** OpenSSL's: eight ASCII characters, then a salt of eight bytes. */
  OPENSSL("Salted__|salt|ciphertext"),
  /** SQL Server's: version 1 in front of TripleDES, version 2 in front of AES. */
  SQL_SERVER("version|iv|ciphertext");

  private static final byte[] NONE = {};
  private static final byte[] SALTED = "Salted__".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] VERSION_1 = HexFormat.of().parseHex("01000000");
  private static final byte[] VERSION_2 = HexFormat.of().parseHex("02000000");
  private static final int DES_BLOCK_BYTES = 8;

  private final String word;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> parts;

  Layout(String word) {
    this.word = word;
    this.parts = List.of(word.split("\\|"));
  }

  @Override
  public String word() {
    return word;
  }

  boolean hasSalt() {
    return parts.contains("salt");
  }

  boolean hasMacSalt() {
    return parts.contains("macsalt");
  }

  boolean hasIv() {
    return parts.contains("iv") || hasTag();
  }

  boolean hasMac() {
    return parts.contains("hmac");
  }

  /** Whether the cipher itself authenticates. */
  boolean hasTag() {
    return parts.contains("tag");
  }

  /** The parts that an HMAC covers, unless it covers the ciphertext alone. */
  String covered() {
    return parts.stream().filter(part -> !part.equals("hmac")).collect(Collectors.joining("|"));
  }

  /**
   * Splits stored bytes.
   *
   * @param lengths the lengths of the parts; zero for those that this layout lacks
   * @return nothing if there are too few bytes for the parts around the ciphertext, or if constant
   *     parts of the layout have other bytes
   */
  Optional<Parts> split(byte[] stored, Lengths lengths) {
    int around = parts.stream().mapToInt(part -> lengthOf(part, lengths)).sum();
    if (stored.length < around) {
      return Optional.empty();
    }
    Map<String, byte[]> found = new HashMap<>();
    int at = 0;
    for (String part : parts) {
      int length = part.equals("ciphertext") ? stored.length - around : lengthOf(part, lengths);
      byte[] bytes = Arrays.copyOfRange(stored, at, at + length);
      if (!constant(part, lengths).map(each -> Arrays.equals(each, bytes)).orElse(true)) {
        return Optional.empty();
      }
      found.put(part, bytes);
      at += length;
    }
    return Optional.of(
        new Parts(
            found.getOrDefault("salt", NONE),
            found.getOrDefault("macsalt", NONE),
            found.getOrDefault(hasTag() ? "nonce" : "iv", NONE),
            found.getOrDefault("ciphertext", NONE),
            found.getOrDefault(hasTag() ? "tag" : "hmac", NONE),
            hasMac() ? withoutMac(found) : NONE));
  }

  private byte[] withoutMac(Map<String, byte[]> found) {
    ByteArrayOutputStream covered = new ByteArrayOutputStream();
    parts.stream()
        .filter(part -> !part.equals("hmac"))
        .forEach(part -> covered.writeBytes(found.getOrDefault(part, NONE)));
    return covered.toByteArray();
  }

  private static int lengthOf(String part, Lengths lengths) {
    return switch (part) {
      case "salt" -> lengths.salt();
      case "macsalt" -> lengths.macSalt();
      case "iv", "nonce" -> lengths.iv();
      case "hmac", "tag" -> lengths.mac();
      case "ciphertext" -> 0;
      case "Salted__" -> SALTED.length;
      default -> 4;
    };
  }

  /** The content of a part that is the same in every value. */
  private static Optional<byte[]> constant(String part, Lengths lengths) {
    return switch (part) {
      case "Salted__" -> Optional.of(SALTED);
      case "version" -> Optional.of(lengths.iv() == DES_BLOCK_BYTES ? VERSION_1 : VERSION_2);
      case "ivlength", "noncelength" -> Optional.of(littleEndian(lengths.iv()));
      case "taglength" -> Optional.of(littleEndian(lengths.mac()));
      default -> Optional.empty();
    };
  }

  private static byte[] littleEndian(int number) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array();
  }

  /** The lengths, in bytes, of the parts around the ciphertext. */
  record Lengths(int salt, int macSalt, int iv, int mac) {}

  /**
   * The parts of one stored value; those that the layout lacks are empty arrays.
   *
   * @param mac the HMAC or the cipher's tag
   * @param covered all parts but the HMAC, in their order; empty without one
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Parts(
      byte[] salt, byte[] macSalt, byte[] iv, byte[] ciphertext, byte[] mac, byte[] covered) {}
}
