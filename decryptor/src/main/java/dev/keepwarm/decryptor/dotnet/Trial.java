package dev.keepwarm.decryptor.dotnet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Tries one candidate on all values, with every usual padding and text encoding. */
final class Trial {

  private static final List<TextEncoding> ENCODINGS =
      List.of(
          TextEncoding.UTF_8,
          TextEncoding.UTF_16LE,
          TextEncoding.UTF_8_BOM,
          TextEncoding.UTF_16LE_BOM,
          TextEncoding.WINDOWS_1252);

  private static final List<Padding> PADDINGS =
      List.of(Padding.PKCS7, Padding.ZEROS, Padding.ANSIX923, Padding.ISO10126);

  private static final List<Padding> CFB_PADDINGS =
      List.of(Padding.NONE, Padding.PKCS7, Padding.ZEROS);

  /** The most variants that a candidate has. */
  static final int MAX_VARIANTS = 20;

  /** How many values are tried before a candidate that decodes none of them is dropped. */
  private static final int FIRST_VALUES = 2;

  /** The bits that one of the first values has to gain; random bytes rarely do. */
  private static final double PROMISING = 6;

  /** The bits by which the rarer of two schemes with the same result loses. */
  private static final double OTHERWISE_EQUAL = 11;

  /** How much rarer another constant is than an IV of zeros, in bits. */
  private static final double RARE_IV = 8;

  private final Candidates.Candidate candidate;
  private final Question question;
  private final Map<String, Object> given;
  private final List<String> values;
  private final List<Optional<String>> expected;

  Trial(Candidates.Candidate candidate, Question question) {
    this.candidate = candidate;
    this.question = question;
    this.given = question.given();
    this.values = question.values();
    this.expected = question.expected();
  }

  /**
   * The result of a candidate.
   *
   * @param bits the evidence of all values, see {@link Evidence}, minus the cost of its rarity
   * @param plausible how many values were decoded to plausible text
   * @param isExpected whether some values' texts were known and match
   */
  record Result(
      String scheme,
      DotNetParameters parameters,
      DotNetDecoder decoder,
      double bits,
      int plausible,
      boolean isExpected) {

    /** Decodes a value with the found parameters. */
    DotNetOutcome decode(String value) {
      return decoder.withText(parameters.scheme()).decode(value);
    }
  }

  /** The variants that decode at least one value, in no particular order. */
  List<Result> results() {
    Scheme scheme = candidate.parameters().scheme();
    Optional<KeyDerivation> keys = question.keys(candidate.parameters());
    if (keys.isEmpty() || (LastBlocks.tell(scheme) && !mayFit(scheme, keys.get()))) {
      return List.of();
    }
    return results(scheme, new DotNetDecoder(scheme, new DerivedKeys(keys.get())));
  }

  /**
   * How many values have to fail. If each needs its own key and constants are rare, one is enough.
   */
  private int firstValues() {
    return candidate.changes() == Candidates.MAX_CHANGES
            && candidate.parameters().scheme().layout().hasSalt()
        ? 1
        : FIRST_VALUES;
  }

  /** Whether the last block of any of the first values can be the end of a text under the key. */
  private boolean mayFit(Scheme scheme, KeyDerivation keys) {
    int looked = 0;
    boolean isUnknown = false;
    for (String value : values) {
      Optional<byte[]> bytes = question.bytesOf(value, scheme);
      if (bytes.isEmpty()) {
        continue;
      }
      switch (question.lastBlocks().answer(scheme, keys, bytes.get())) {
        case MAY_FIT -> {
          return true;
        }
        case DOES_NOT_FIT -> looked++;
        case UNKNOWN -> isUnknown = true;
      }
      if (looked == firstValues()) {
        return false;
      }
    }
    return isUnknown;
  }

  private List<Result> results(Scheme scheme, DotNetDecoder decoder) {
    List<Result> results = new ArrayList<>();
    List<Optional<byte[]>> opened = new ArrayList<>();
    for (String value : values) {
      opened.add(
          decoder.open(value) instanceof Opened.Blocks(byte[] bytes)
              ? Optional.of(bytes)
              : Optional.empty());
      // Most candidates decode nothing, and some are slow.
      if (opened.size() == firstValues() && !isPromising(scheme, opened)) {
        return List.of();
      }
    }
    for (Padding padding : paddings(scheme)) {
      for (TextEncoding encoding : encodings(scheme)) {
        result(decoder, scheme, opened, padding, encoding).ifPresent(results::add);
      }
    }
    opened.forEach(blocks -> blocks.ifPresent(bytes -> Arrays.fill(bytes, (byte) 0)));
    return results;
  }

  private boolean isPromising(Scheme scheme, List<Optional<byte[]>> opened) {
    for (int i = 0; i < opened.size(); i++) {
      if (opened.get(i).isPresent() && isPromising(scheme, opened.get(i).get(), known(i))) {
        return true;
      }
    }
    return false;
  }

  private boolean isPromising(Scheme scheme, byte[] blocks, Optional<String> known) {
    for (Padding padding : paddings(scheme)) {
      for (TextEncoding encoding : encodings(scheme)) {
        Optional<String> text =
            text(scheme, blocks, padding, encoding)
                .map(each -> padding == Padding.ZEROS ? trimmed(each) : each);
        if (text.isPresent()
            && gained(scheme, blocks, padding, text.get(), known.equals(text)) >= PROMISING) {
          return true;
        }
      }
    }
    return false;
  }

  private Optional<String> known(int value) {
    return value < expected.size() ? expected.get(value) : Optional.empty();
  }

  /** The evidence of a text. */
  private static double gained(
      Scheme scheme, byte[] blocks, Padding padding, String text, boolean isKnown) {
    int length = scheme.cipher().lengthWithout(padding, blocks).orElse(blocks.length);
    double gained =
        Evidence.of(
            blocks, padding, blocks.length - length, scheme.cipher().blockBytes(), text, isKnown);
    boolean isAuthentic = scheme.layout().hasMac() || scheme.layout().hasTag();
    gained += isAuthentic ? 8.0 * scheme.lengths().mac() : 0;
    return gained - 8.0 * scheme.plaintextPrefixBytes();
  }

  /** The text before trimming; nothing if it is not well-formed. */
  private static Optional<String> text(
      Scheme scheme, byte[] blocks, Padding padding, TextEncoding encoding) {
    if (blocks.length == 0 && !padding.allowsNoBlock()) {
      return Optional.empty();
    }
    OptionalInt length = scheme.cipher().lengthWithout(padding, blocks);
    if (length.isEmpty()) {
      return Optional.empty();
    }
    byte[] unpadded = Arrays.copyOf(blocks, length.getAsInt());
    OptionalInt from = DotNetDecoder.textAt(scheme, unpadded);
    if (from.isEmpty()) {
      return Optional.empty();
    }
    byte[] text = Arrays.copyOfRange(unpadded, from.getAsInt(), unpadded.length);
    return encoding.decode(text, text.length);
  }

  private List<Padding> paddings(Scheme scheme) {
    if (scheme.cipher().mode() == BlockCipher.Mode.GCM) {
      return List.of(Padding.NONE);
    }
    if (given.containsKey("padding")) {
      return List.of(scheme.padding());
    }
    return scheme.cipher().mode() == BlockCipher.Mode.CFB ? CFB_PADDINGS : PADDINGS;
  }

  private List<TextEncoding> encodings(Scheme scheme) {
    return given.containsKey("plaintextEncoding") ? List.of(scheme.plaintextEncoding()) : ENCODINGS;
  }

  private Optional<Result> result(
      DotNetDecoder decoder,
      Scheme scheme,
      List<Optional<byte[]>> opened,
      Padding padding,
      TextEncoding encoding) {
    boolean trim =
        scheme.trimTrailingNul() || (padding == Padding.ZEROS && !given.containsKey("postDecode"));
    double bits = -rarity(padding, encoding);
    int plausible = 0;
    boolean isExpected = false;
    for (int i = 0; i < opened.size(); i++) {
      double gained = Evidence.REFUSED;
      if (opened.get(i).isPresent()) {
        byte[] blocks = opened.get(i).get();
        Optional<String> text =
            text(scheme, blocks, padding, encoding).map(each -> trim ? trimmed(each) : each);
        Optional<String> known = known(i);
        if (known.isPresent() && !known.equals(text)) {
          return Optional.empty();
        }
        isExpected |= known.isPresent();
        if (text.isPresent()) {
          gained = gained(scheme, blocks, padding, text.get(), known.isPresent());
        }
      }
      bits += gained;
      plausible += gained > Evidence.REFUSED ? 1 : 0;
      if (i == 1 && plausible == 0 && opened.size() > 1) {
        return Optional.empty();
      }
    }
    return plausible == 0
        ? Optional.empty()
        : Optional.of(
            new Result(
                candidate.scheme(),
                parameters(padding, encoding, trim),
                decoder,
                bits,
                plausible,
                isExpected));
  }

  private DotNetParameters parameters(Padding padding, TextEncoding encoding, boolean trim) {
    Map<String, Object> fields = new LinkedHashMap<>(candidate.fields());
    fields.put("padding", padding.word());
    fields.put("plaintextEncoding", encoding.word());
    if (trim) {
      fields.put("postDecode", "trim-trailing-nul");
    }
    return DotNetParameters.parse(fields);
  }

  /** How much rarer a variant is than the usual one, so that a tie goes to the usual one. */
  private double rarity(Padding padding, TextEncoding encoding) {
    // The sample's own padding is a little likelier than another one.
    boolean isOwn = padding.word().equals(candidate.fields().get("padding"));
    double bits = 2.0 * candidate.changes() + (isOwn ? 0 : 1);
    Object iv = candidate.fields().getOrDefault("ivHex", "");
    if (candidate.changes() > 0 && !given.containsKey("ivHex") && !iv.toString().matches("0*")) {
      bits += RARE_IV;
    }
    // Random bytes in front of a text have the same effect as an IV in that place.
    bits += candidate.fields().containsKey("plaintextPrefixBytes") ? 2 * OTHERWISE_EQUAL : 0;
    bits +=
        switch (padding) {
          case PKCS7 -> 0;
          // Without padding, CFB gives the same text, unless it ends with zeros.
          case ZEROS ->
              candidate.parameters().scheme().cipher().mode() == BlockCipher.Mode.CFB ? 15 : 3;
          case ANSIX923, ISO10126 -> 13;
          case NONE -> 2;
        };
    bits +=
        switch (encoding) {
          // SQL Server encrypts its own types: nvarchar, or varchar in a code page.
          case UTF_8 -> candidate.parameters().scheme().sqlServerHeader() ? 13 : 0;
          case US_ASCII -> 0;
          case UTF_16LE -> 1;
          case UTF_8_BOM, UTF_16LE_BOM -> 2;
          case WINDOWS_1252 -> candidate.parameters().scheme().sqlServerHeader() ? 0 : 13;
        };
    return bits;
  }

  private static String trimmed(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == 0) {
      end--;
    }
    return text.substring(0, end);
  }

  /**
   * The constant IV under which the first value with a known text has that text, if the rest of the
   * value fits.
   */
  Optional<Candidates.Candidate> withIvOfKnownText(TextEncoding encoding) {
    DotNetParameters parameters = candidate.parameters();
    Scheme scheme = parameters.scheme();
    int blockBytes = scheme.cipher().blockBytes();
    Optional<DotNetDecoder> decoder =
        question.keys(parameters).map(keys -> new DotNetDecoder(scheme, new DerivedKeys(keys)));
    for (int i = 0; i < Math.min(expected.size(), values.size()); i++) {
      if (decoder.isPresent()
          && expected.get(i).isPresent()
          && decoder.get().open(values.get(i)) instanceof Opened.Blocks(byte[] blocks)
          && blocks.length >= blockBytes) {
        byte[] text = encoding.encode(expected.get(i).get());
        byte[] whole = Arrays.copyOf(text, blocks.length);
        if (text.length > blocks.length) {
          return Optional.empty();
        }
        if (scheme.padding() == Padding.PKCS7) {
          Arrays.fill(whole, text.length, whole.length, (byte) (whole.length - text.length));
        }
        if (!Arrays.equals(whole, blockBytes, whole.length, blocks, blockBytes, blocks.length)) {
          return Optional.empty();
        }
        byte[] iv = scheme.fixedIv().clone();
        for (int at = 0; at < blockBytes; at++) {
          iv[at] ^= (byte) (whole[at] ^ blocks[at]);
        }
        Map<String, Object> fields = new LinkedHashMap<>(candidate.fields());
        fields.put("ivHex", HexFormat.of().formatHex(iv));
        return Optional.of(
            new Candidates.Candidate(
                candidate.scheme(), DotNetParameters.parse(fields), candidate.changes() + 1));
      }
    }
    return Optional.empty();
  }
}
