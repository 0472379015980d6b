package dev.keepwarm.cli.explain;

import dev.keepwarm.cli.explain.Constants.Assignment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The findings about a helper so far, with functions to look things up. Not thread-safe. */
final class Findings {
  /** The reason for the value of a field that the source does not set. */
  static final String DEFAULT = "not set: .NET's default";

  private static final Pattern NAMED_ENCODING =
      Pattern.compile("(?is).*\\b(ASCII|UTF8|Unicode|Default)(?:Encoding)?\\b.*");

  /** Matches expressions whose bytes are derived, so that they do not come from the value. */
  private static final Pattern DERIVED = Pattern.compile("(?i)getbytes|hash");

  private static final Pattern COMPUTE_HASH =
      Pattern.compile("(?i)([\\w.()\\s]*?)\\.\\s*(?:computehash|hashdata)\\s*[(]");

  private static final List<String> ORDER =
      List.of(
          "preDecode",
          "ciphertextEncoding",
          "cipher",
          "mode",
          "feedbackSizeBits",
          "padding",
          "keySizeBits",
          "blockSizeBits",
          "keySource",
          "keyFit",
          "keyTextEncoding",
          "passphraseEncoding",
          "passphraseHash",
          "kdfHash",
          "iterations",
          "saltHex",
          "saltText",
          "saltEncoding",
          "saltSource",
          "saltLengthBytes",
          "getBytes",
          "cryptDeriveKey",
          "ivSource",
          "ivHex",
          "ivText",
          "ivLengthBytes",
          "layout",
          "plaintextEncoding",
          "postDecode");

  final HelperCode code;

  final Constants constants;

  final String text;

  final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

  final List<Explanation.Reason> reasons = new ArrayList<>();

  final Set<String> secrets = new LinkedHashSet<>();

  final Set<String> unseen = new LinkedHashSet<>();

  Findings(HelperCode code) {
    this.code = code;
    this.constants = new Constants(code);
    this.text = code.text();
  }

  /**
   * A hash of a text.
   *
   * @param word the hash's name in the scheme
   * @param encoding the encoding of the text; null if it was not found
   */
  record HashOf(String word, @Nullable String encoding) {}

  /** {@code md5.ComputeHash(Encoding.UTF8.GetBytes(pass))}. */
  Optional<HashOf> hashOf(String expression) {
    Matcher matcher = COMPUTE_HASH.matcher(expression);
    if (!matcher.lookingAt()) {
      return Optional.empty();
    }
    String receiver = String.valueOf(matcher.group(1)).strip();
    String word = hashWord(receiver);
    if (word == null) {
      word = hashWord(constants.follow(receiver));
    }
    if (word == null) {
      return Optional.empty();
    }
    String argument =
        expression.substring(
            matcher.end(),
            HelperCode.closing(expression, matcher.end() - 1, code.isVisualBasic()) - 1);
    Matcher encoded = Constants.ENCODED.matcher(constants.follow(argument));
    return Optional.of(
        new HashOf(
            word, encoded.matches() ? Constants.encoding(String.valueOf(encoded.group(1))) : null));
  }

  static @Nullable String hashWord(String expression) {
    Matcher matcher =
        Pattern.compile(
                "(?i).*?\\b(MD5|SHA1|SHA256|SHA384|SHA512)(?:Managed|CryptoServiceProvider|Cng)?\\b.*",
                Pattern.DOTALL)
            .matcher(expression);
    return matcher.matches() ? String.valueOf(matcher.group(1)).toUpperCase(Locale.ROOT) : null;
  }

  static Optional<String> encodingOf(String expression) {
    Matcher named = NAMED_ENCODING.matcher(expression);
    return named.matches() ? Optional.of(String.valueOf(named.group(1))) : Optional.empty();
  }

  void putEncoding(String field, String name, int at) {
    String word = Constants.encoding(name);
    if (word == null) {
      unseen.add(
          field
              + ": line "
              + code.line(at)
              + " uses the server's own encoding, often windows-1252");
    } else {
      put(field, word, at, "Encoding");
    }
  }

  boolean putIfFound(String field, Object value, String pattern, String why) {
    OptionalInt at = first(pattern);
    at.ifPresent(place -> put(field, value, place, why));
    return at.isPresent();
  }

  OptionalInt first(String pattern) {
    List<Integer> all = find(pattern);
    return all.isEmpty() ? OptionalInt.empty() : OptionalInt.of(all.getFirst());
  }

  List<Integer> find(String pattern) {
    List<Integer> all = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      all.add(matcher.start());
    }
    return all;
  }

  void put(String field, Object value, int at, String why) {
    fields.put(field, value);
    reason(field, at, why);
  }

  void reason(String field, int at, String why) {
    reasons.removeIf(reason -> reason.field().equals(field));
    reasons.add(new Explanation.Reason(field, at < 0 ? 0 : code.line(at), why));
  }

  Map<String, @Nullable Object> ordered() {
    Map<String, @Nullable Object> ordered = new LinkedHashMap<>();
    for (String field : ORDER) {
      if (fields.containsKey(field)) {
        ordered.put(field, fields.get(field));
      }
    }
    return ordered;
  }

  /** A number that is assigned to a property, and the place. */
  record Size(int number, int offset) {}

  /** The first value of a property, if it is a number. */
  Optional<Size> size(String property) {
    for (Assignment assignment : constants.ofProperty(property)) {
      OptionalInt number = constants.number(assignment.expression());
      if (number.isPresent()) {
        return Optional.of(new Size(number.getAsInt(), assignment.offset()));
      }
    }
    return Optional.empty();
  }

  int placeOf(String expression) {
    int at = text.lastIndexOf(expression);
    if (constants.nameOf(expression) != null) {
      // Not a part of another word.
      Matcher word =
          Pattern.compile("(?<!\\w)" + Pattern.quote(expression) + "(?!\\w)").matcher(text);
      while (word.find()) {
        at = word.start();
      }
    }
    return Math.max(at, 0);
  }

  /** {@code 32}, {@code keySize / 8}, {@code alg.BlockSize / 8}. */
  OptionalInt length(String expression) {
    OptionalInt number = constants.number(expression);
    if (number.isPresent()) {
      return number;
    }
    Matcher ofSize =
        Pattern.compile("(?i).*\\b(KeySize|BlockSize)\\s*(?:[/\\\\]\\s*8|>>\\s*3)\\s*")
            .matcher(expression);
    if (!ofSize.matches()) {
      return OptionalInt.empty();
    }
    boolean isKey = "keysize".equalsIgnoreCase(ofSize.group(1));
    int bits =
        size(isKey ? "KeySize" : "BlockSize")
            .map(Size::number)
            .orElseGet(isKey ? this::defaultKeyBits : this::defaultBlockBits);
    return OptionalInt.of(bits / 8);
  }

  int defaultKeyBits() {
    return switch (String.valueOf(fields.get("cipher"))) {
      case "TripleDES" -> 192;
      case "DES" -> 64;
      case "RC2" -> 128;
      default -> 256;
    };
  }

  int defaultBlockBits() {
    return switch (String.valueOf(fields.get("cipher"))) {
      case "TripleDES", "DES", "RC2" -> 64;
      default -> 128;
    };
  }

  /** Whether an array is filled later: then it is not a constant. */
  boolean isAlsoFilled(String expression) {
    String name = constants.nameOf(expression);
    return name != null
        && Pattern.compile(
                "(?is)\\b(?:Copy|BlockCopy|Read|GetBytes|NextBytes|CopyTo)\\s*[(][^;\\n]*\\b"
                    + Pattern.quote(name)
                    + "\\b")
            .matcher(text)
            .find();
  }

  /**
   * How many bytes at the beginning of the value, or after another prefix, are copied to a name;
   * empty if none are.
   */
  OptionalInt headOfValue(String expression) {
    String name = constants.nameOf(expression);
    String followed = constants.follow(expression);
    Matcher take =
        Pattern.compile("(?is).*\\.\\s*Take\\s*[(](.*?)[)]\\s*\\.\\s*ToArray\\s*[(]\\s*[)]\\s*")
            .matcher(followed);
    if (take.matches() && !DERIVED.matcher(followed).find()) {
      return length(String.valueOf(take.group(1)));
    }
    Matcher slice =
        Pattern.compile(
                "(?is)\\w+\\s*(?:\\[\\s*(?:0\\s*)?\\.\\.\\s*([^\\]]+)]|\\.\\s*(?:AsSpan|Slice)\\s*[(]\\s*0\\s*,"
                    + "\\s*([^)]+)[)])(?:\\s*\\.\\s*ToArray\\s*[(]\\s*[)])?")
            .matcher(followed);
    if (slice.matches()) {
      return length(String.valueOf(slice.group(1) == null ? slice.group(2) : slice.group(1)));
    }
    if (name == null) {
      return OptionalInt.empty();
    }
    Matcher copy =
        Pattern.compile(
                "(?is)\\b(?:Array\\s*\\.\\s*Copy|Buffer\\s*\\.\\s*BlockCopy)\\s*[(]\\s*(\\w+)\\s*,\\s*([^,()]+),\\s*"
                    + Pattern.quote(name)
                    + "\\s*,\\s*0\\s*,\\s*([^,]+?)\\s*[)]\\s*[;\\n\\f]")
            .matcher(text);
    if (copy.find()) {
      return lengthOf(name, String.valueOf(copy.group(3)));
    }
    Matcher read =
        Pattern.compile(
                "(?is)\\.\\s*Read\\s*[(]\\s*"
                    + Pattern.quote(name)
                    + "\\s*,\\s*0\\s*,\\s*([^,]+?)\\s*[)]\\s*[;\\n\\f]")
            .matcher(text);
    if (read.find()) {
      return lengthOf(name, String.valueOf(read.group(1)));
    }
    return OptionalInt.empty();
  }

  /** Whether a name is declared as an array of bytes. */
  boolean isBytes(String expression) {
    String name = constants.nameOf(expression);
    return name != null
        && Pattern.compile(
                "(?i)\\bbyte\\s*\\[\\s*]\\s*"
                    + Pattern.quote(name)
                    + "\\b|\\b"
                    + Pattern.quote(name)
                    + "\\s*(?:[(]\\s*[)])?\\s+As\\s+(?:New\\s+)?Byte\\b")
            .matcher(text)
            .find();
  }

  OptionalInt lengthOf(String name, String expression) {
    if (expression.matches("(?i)" + Pattern.quote(name) + "\\s*\\.\\s*Length")) {
      Constants.Bytes empty = constants.bytes(name);
      return empty == null ? OptionalInt.empty() : OptionalInt.of(empty.bytes().length);
    }
    return length(expression);
  }
}
