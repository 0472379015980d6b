package dev.keepwarm.decryptor.dotnet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether a scheme whose key fits has the right IV as well. A wrong IV spoils only the
 * first block of each value, so padding and text do not show it. Instead this compares how well the
 * first blocks are explained by the scheme's own IV, by random bytes in front of each value, or by
 * some constant.
 */
final class IvDoubt {

  /** By how many bits one explanation has to be better than the others. */
  private static final double AHEAD = 10;

  /** How much likelier a given IV is than one that is only common, in bits. */
  private static final double GIVEN = 40;

  private final Answer answer;
  private final byte[] iv;

  /** What the values show about the IV. */
  enum Answer {
    /** It is the scheme's own. */
    OWN,
    /** It is a constant that does not follow from the values. */
    CONSTANT,
    /** It is a constant that follows from the values. */
    WORKED_OUT,
    /** It is in front of each value, or is a constant. */
    EITHER
  }

  private IvDoubt(Answer answer, byte[] iv) {
    this.answer = answer;
    this.iv = iv;
  }

  private IvDoubt(Answer answer) {
    this(answer, new byte[0]);
  }

  Answer answer() {
    return answer;
  }

  /** The constant, if it was worked out. */
  byte[] iv() {
    return iv;
  }

  /** Whether this applies to a scheme: in other modes, a wrong IV has other effects. */
  static boolean concerns(Scheme scheme) {
    return scheme.cipher().mode() == BlockCipher.Mode.CBC
        && Set.of(
                Layout.CIPHERTEXT,
                Layout.SALT_CIPHERTEXT,
                Layout.IV_CIPHERTEXT,
                Layout.SALT_IV_CIPHERTEXT)
            .contains(scheme.layout())
        && scheme.ivSource() != IvSource.KDF_FIRST_BYTES
        && scheme.plaintextPrefixBytes() == 0
        && !scheme.sqlServerHeader();
  }

  /** The fields with the same key and a constant IV. */
  static Map<String, Object> withConstant(Map<String, Object> fields, String ivHex) {
    Map<String, Object> constant = new LinkedHashMap<>(fields);
    constant.keySet().removeAll(Set.of("ivHex", "ivText", "ivBase64", "ivLengthBytes"));
    constant.put(
        "layout",
        String.valueOf(fields.get("layout")).startsWith("salt|")
            ? "salt|ciphertext"
            : "ciphertext");
    constant.put("ivSource", "parameter");
    constant.put("ivHex", ivHex);
    if (fields.get("keySizeBits") instanceof Integer bits) {
      constant.computeIfPresent("getBytes", (_, _) -> List.of(bits / 8));
    }
    return constant;
  }

  /**
   * Examines a result whose scheme this {@link #concerns}.
   *
   * @param isGiven whether the IV was given
   */
  static IvDoubt of(Trial.Result result, Question question, boolean isGiven) {
    Scheme scheme = result.parameters().scheme();
    int block = scheme.cipher().blockBytes();
    DotNetParameters constant =
        DotNetParameters.parse(withConstant(result.parameters().toMap(), "00".repeat(block)));
    Optional<KeyDerivation> keys = question.keys(constant);
    if (keys.isEmpty()) {
      return new IvDoubt(Answer.OWN);
    }
    DotNetDecoder decoder = new DotNetDecoder(constant.scheme(), new DerivedKeys(keys.get()));
    List<ConstantIv.Value> values = new ArrayList<>();
    Map<ConstantIv.Value, byte[]> ivs = new LinkedHashMap<>();
    for (String stored : question.values()) {
      if (decoder.open(stored) instanceof Opened.Blocks(byte[] blocks)) {
        value(blocks, scheme)
            .ifPresent(value -> {
              values.add(value);
              if (result.decoder().open(stored) instanceof Opened.Blocks(byte[] own)
                  && own.length == blocks.length) {
                ivs.put(value, xor(value.first(), own));
                Arrays.fill(own, (byte) 0);
              }
            });
        Arrays.fill(blocks, (byte) 0);
      }
    }
    try {
      return values.isEmpty()
          ? new IvDoubt(Answer.OWN)
          : of(values, ivs, question, scheme, isGiven);
    } finally {
      for (ConstantIv.Value value : values) {
        Arrays.fill(value.first(), (byte) 0);
        Arrays.fill(value.rest(), (byte) 0);
      }
    }
  }

  private static IvDoubt of(
      List<ConstantIv.Value> values,
      Map<ConstantIv.Value, byte[]> ivs,
      Question question,
      Scheme scheme,
      boolean isGiven) {
    ConstantIv search =
        new ConstantIv(question.beginnings(), values, scheme.padding(), scheme.plaintextEncoding());
    ConstantIv.Found found = search.search();
    boolean isInFront = scheme.layout().hasIv();
    double own =
        isInFront
            ? search.bitsIfPrepended(Evidence.REFUSED)
            : ownBits(search, ivs) + (isGiven ? GIVEN : 0);
    double ahead = found.bits() - own;
    if (ahead > AHEAD) {
      return found.ahead() >= AHEAD
          ? new IvDoubt(Answer.WORKED_OUT, found.iv())
          : new IvDoubt(Answer.CONSTANT);
    }
    if (ahead < -AHEAD) {
      return new IvDoubt(Answer.OWN);
    }
    if (!isInFront) {
      return new IvDoubt(ahead > 0 ? Answer.CONSTANT : Answer.OWN);
    }
    return new IvDoubt(scheme.layout() == Layout.SALT_IV_CIPHERTEXT ? Answer.OWN : Answer.EITHER);
  }

  private static double ownBits(ConstantIv search, Map<ConstantIv.Value, byte[]> ivs) {
    List<byte[]> own = new ArrayList<>();
    for (ConstantIv.Value value : search.values()) {
      byte[] iv = ivs.get(value);
      own.add(iv == null ? new byte[value.first().length] : iv);
    }
    return search.bitsOf(own);
  }

  private static Optional<ConstantIv.Value> value(byte[] blocks, Scheme scheme) {
    int block = scheme.cipher().blockBytes();
    if (blocks.length == block) {
      return Optional.of(new ConstantIv.Value(blocks.clone(), new byte[0], true));
    }
    if (blocks.length < block) {
      return Optional.empty();
    }
    int end = scheme.cipher().lengthWithout(scheme.padding(), blocks).orElse(0);
    if (scheme.padding() == Padding.ZEROS) {
      while (end > block && blocks[end - 1] == 0) {
        end--;
      }
      boolean isWide =
          scheme.plaintextEncoding() == TextEncoding.UTF_16LE
              || scheme.plaintextEncoding() == TextEncoding.UTF_16LE_BOM;
      end += isWide ? end % 2 : 0;
    }
    return end < block
        ? Optional.empty()
        : Optional.of(
            new ConstantIv.Value(
                Arrays.copyOf(blocks, block), Arrays.copyOfRange(blocks, block, end), false));
  }

  private static byte[] xor(byte[] one, byte[] other) {
    byte[] xor = one.clone();
    for (int at = 0; at < xor.length; at++) {
      xor[at] ^= other[at];
    }
    return xor;
  }
}
