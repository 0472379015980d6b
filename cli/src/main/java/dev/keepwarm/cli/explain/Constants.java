package dev.keepwarm.cli.explain;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The values assigned to the names of a helper, in particular numbers, texts and bytes. Immutable
 * after the source was read.
 */
final class Constants {
  /** How many names are followed in a chain. */
  private static final int MAX_STEPS = 8;

  private static final Pattern ASSIGNMENT =
      Pattern.compile(
          "(?i)(?<receiver>[\\w)\\]]*\\.)?\\b(?<name>[a-z_]\\w*)(?:\\(\\))?"
              + "(?:\\s+as\\s+(?<new>new\\s+)?(?<type>[\\w.]+)(?:\\s*\\(\\s*\\d*\\s*\\))?)?"
              + "\\s*(?<sign>(?<![=<>!+\\-*/])=(?![=>]))\\s*");

  private static final Pattern AS_NEW =
      Pattern.compile("(?i)\\b([a-z_]\\w*)\\s+as\\s+(new\\s+[\\w.]+\\s*\\()");

  /** The text before the brace of an initializer. */
  private static final Pattern INITIALIZER =
      Pattern.compile("(?is)(?:\\bnew\\s+[\\w.]+\\s*(?:[(][^()]*[)])?|\\bwith)\\s*$");

  /** An array of bytes of a given length, in Visual Basic. */
  private static final Pattern DIMENSIONED =
      Pattern.compile("(?i)\\b(\\w+)\\s*[(]\\s*(\\d+)\\s*[)]\\s*As\\s+Byte\\b(?!\\s*=)");

  private static final Pattern NAME =
      Pattern.compile("(?i)(?:\\b(?:me|this|\\w+)\\.)?([a-z_]\\w*)");

  private static final Pattern NUMBER = Pattern.compile("(?i)(?:0x|&h)([0-9a-f]+)|(\\d+)");

  private static final Pattern ARITHMETIC = Pattern.compile("(.+?)\\s*([/\\\\*>])>?\\s*(\\d+)");

  /** A text that is converted to bytes: the encoding, and the text. */
  static final Pattern ENCODED =
      Pattern.compile(
          "(?is)(?:new\\s+)?(?:system\\.)?(?:text\\.)?(?:(?:ascii|utf8|unicode)?encoding\\.)?\\(?"
              + "(?:new\\s+)?(?:system\\.)?(?:text\\.)?"
              + "(ascii|utf8|unicode|default)(?:encoding)?(?:\\(\\))?\\)?\\s*\\.\\s*getbytes\\s*[(](.*)[)]");

  /** The same with an encoding object that was created before. */
  private static final Pattern ENCODED_BY =
      Pattern.compile("(?is)(\\w+)\\s*\\.\\s*getbytes\\s*[(](.*)[)]");

  private static final Pattern ENCODING =
      Pattern.compile(
          "(?is)(?:new\\s+)?(?:system\\.)?(?:text\\.)?(?:(?:ascii|utf8|unicode)?encoding\\.)?"
              + "(ascii|utf8|unicode|default)(?:encoding)?(?:\\s*[(].*[)])?");

  private static final Pattern CALL = Pattern.compile("(?s)(?:\\w+\\.)?(\\w+)\\s*[(].*[)]");

  /** The longest expression that may result from following names. */
  private static final int MAX_FOLDED = 4096;

  private static final Pattern EMPTY_ARRAY =
      Pattern.compile("(?is)new\\s+byte\\s*([(\\[])\\s*([^)\\]]*)\\s*[)\\]]\\s*(?:\\{\\s*})?");

  private static final Pattern FILLED_ARRAY =
      Pattern.compile(
          "(?is)(?:new\\s+byte\\s*(?:\\(\\s*\\d*\\s*\\)|\\[\\s*\\d*\\s*])|new\\s*\\[\\s*])?\\s*\\{(.*)}");

  /** One assignment: the expression on the right, and its place. */
  record Assignment(String expression, int offset) {}

  /** Bytes of the source. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Bytes(byte[] bytes, @Nullable String text, @Nullable String encoding) {
    String hex() {
      return HexFormat.of().formatHex(bytes);
    }
  }

  private final HelperCode code;
  private final Map<String, List<Assignment>> assignments = new HashMap<>();
  private final Map<String, List<Assignment>> properties = new HashMap<>();
  private final Map<String, Set<String>> parameters = new HashMap<>();

  Constants(HelperCode code) {
    this.code = code;
    String text = code.text();
    Matcher matcher = ASSIGNMENT.matcher(text);
    while (matcher.find()) {
      String name = matcher.group("name");
      Assignment assignment =
          new Assignment(
              text.substring(matcher.end(), code.endOfExpression(matcher.end())).strip(),
              matcher.start("name"));
      boolean isProperty = isProperty(text, matcher);
      add(isProperty ? properties : assignments, name, assignment);
    }
    code.argumentsByParameter()
        .forEach((name, arguments) ->
            parameters.computeIfAbsent(key(name), _ -> new LinkedHashSet<>()).addAll(arguments));
    Matcher dimensioned = DIMENSIONED.matcher(text);
    while (dimensioned.find()) {
      add(
          assignments,
          String.valueOf(dimensioned.group(1)),
          new Assignment("New Byte(" + dimensioned.group(2) + ") {}", dimensioned.start(1)));
    }
    Matcher created = AS_NEW.matcher(text);
    while (created.find()) {
      int open = created.end() - 1;
      String expression =
          text.substring(created.start(2), HelperCode.closing(text, open, code.isVisualBasic()));
      add(
          assignments,
          String.valueOf(created.group(1)),
          new Assignment(expression, created.start(1)));
    }
  }

  /** {@code x.Mode = …}, and {@code Mode = …} in an initializer; not {@code this.x = …}. */
  private static boolean isProperty(String text, Matcher matcher) {
    String receiver = matcher.group("receiver");
    if (receiver != null) {
      return !receiver.equalsIgnoreCase("me.") && !receiver.equalsIgnoreCase("this.");
    }
    int before = matcher.start("name") - 1;
    while (before >= 0 && Character.isWhitespace(text.charAt(before))) {
      before--;
    }
    if (before < 0) {
      return false;
    }
    return switch (text.charAt(before)) {
      case ',', '.' -> true;
      // Otherwise the brace begins a block.
      case '{' -> INITIALIZER.matcher(text.substring(Math.max(0, before - 120), before)).find();
      default -> false;
    };
  }

  private void add(Map<String, List<Assignment>> to, String name, Assignment assignment) {
    to.computeIfAbsent(key(name), unused -> new ArrayList<>()).add(assignment);
  }

  /** The name as a map key: Visual Basic ignores case. */
  private String key(String name) {
    return code.isVisualBasic() ? name.toLowerCase(Locale.ROOT) : name;
  }

  /** The assignments to a variable or constant of that name, in the order of the source. */
  List<Assignment> of(String name) {
    return assignments.getOrDefault(key(name), List.of());
  }

  /** The assignments to a property of that name, of any object. */
  List<Assignment> ofProperty(String name) {
    return properties.getOrDefault(key(name), List.of());
  }

  /** The name that an expression consists of; null if it is something else. */
  @Nullable String nameOf(String expression) {
    Matcher matcher = NAME.matcher(expression.strip());
    return matcher.matches() && !expression.strip().equalsIgnoreCase("nothing")
        ? matcher.group(1)
        : null;
  }

  /**
   * The expression behind names. Each name is followed as long as it has exactly one meaning: the
   * value assigned to it, the argument for a parameter, or the result of a function of this file.
   */
  String follow(String expression) {
    String followed = expression.strip();
    for (int i = 0; i < MAX_STEPS; i++) {
      String next = behind(followed);
      if (next.equals(followed)) {
        return followed;
      }
      followed = next;
    }
    return followed;
  }

  /** One step; the expression itself if there is none. */
  private String behind(String expression) {
    String name = nameOf(expression);
    if (name == null) {
      return behindCall(expression);
    }
    Set<String> given = parameters.getOrDefault(key(name), Set.of());
    List<Assignment> all = of(name);
    if (all.isEmpty() && given.isEmpty()) {
      all = ofProperty(name);
    }
    List<Assignment> real = all.stream().filter(each -> !isNothing(each.expression())).toList();
    if (real.isEmpty()) {
      return given.size() == 1 ? given.iterator().next() : expression;
    }
    String folded = real.getFirst().expression();
    for (Assignment next : real.subList(1, real.size())) {
      // x = hash(x) continues with x. With any other second value the meaning is not known.
      Matcher itself =
          Pattern.compile(
                  (code.isVisualBasic() ? "(?i)" : "")
                      + "(?<![\\w.])"
                      + Pattern.quote(name)
                      + "(?!\\w|\\s*\\.\\s*length)")
              .matcher(next.expression());
      if (!itself.find() || folded.length() > MAX_FOLDED) {
        return expression;
      }
      folded = itself.replaceAll(Matcher.quoteReplacement(folded));
    }
    return folded;
  }

  private String behindCall(String expression) {
    Matcher encoded = ENCODED_BY.matcher(expression);
    if (encoded.matches()) {
      String receiver = String.valueOf(encoded.group(1));
      Matcher encoding = ENCODING.matcher(receiver.contains("ncoding") ? "" : follow(receiver));
      return encoding.matches()
          ? "Encoding." + encoding.group(1) + ".GetBytes(" + encoded.group(2) + ")"
          : expression;
    }
    Matcher call = CALL.matcher(expression);
    return call.matches()
        ? code.returned(String.valueOf(call.group(1))).orElse(expression)
        : expression;
  }

  /** Whether an expression is {@code null}, {@code Nothing} or an empty array. */
  static boolean isNothing(String expression) {
    return expression.equals("null")
        || expression.equalsIgnoreCase("nothing")
        || expression.replaceAll("\\s", "").equals("{}");
  }

  /** The number of an expression; empty if this file does not show it. */
  OptionalInt number(String expression) {
    String followed = follow(expression);
    Matcher matcher = NUMBER.matcher(followed);
    if (matcher.matches()) {
      try {
        return OptionalInt.of(
            matcher.group(1) != null
                ? Integer.parseInt(matcher.group(1), 16)
                : Integer.parseInt(String.valueOf(matcher.group(2))));
      } catch (NumberFormatException e) {
        return OptionalInt.empty();
      }
    }
    Matcher arithmetic = ARITHMETIC.matcher(followed);
    if (arithmetic.matches()) {
      OptionalInt left = number(String.valueOf(arithmetic.group(1)).replaceAll("^\\(int\\)", ""));
      int right = Integer.parseInt(String.valueOf(arithmetic.group(3)));
      return left.isEmpty() || right == 0
          ? OptionalInt.empty()
          : OptionalInt.of(
              switch (String.valueOf(arithmetic.group(2))) {
                case "*" -> left.getAsInt() * right;
                case ">" -> left.getAsInt() >> right;
                default -> left.getAsInt() / right;
              });
    }
    return OptionalInt.empty();
  }

  /** The text of an expression; null if this file does not show it. */
  @Nullable String text(String expression) {
    String followed = follow(expression);
    boolean verbatim = followed.startsWith("@\"");
    int start = verbatim ? 1 : 0;
    if (!followed.startsWith("\"", start)
        || HelperCode.endOfText(followed, start, code.isVisualBasic()) != followed.length()) {
      return null;
    }
    String quoted = followed.substring(start + 1, followed.length() - 1);
    return verbatim || code.isVisualBasic() ? quoted.replace("\"\"", "\"") : unescaped(quoted);
  }

  private static @Nullable String unescaped(String quoted) {
    try {
      // The escapes that samples use are the same in C# and Java; C#'s \0 is an octal one in Java.
      return quoted.translateEscapes();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The bytes of an expression; null if this file does not show them. */
  @Nullable Bytes bytes(String expression) {
    String followed = follow(expression);
    Matcher ofText = ENCODED.matcher(followed);
    if (ofText.matches()) {
      String text = text(String.valueOf(ofText.group(2)));
      String encoding = encoding(String.valueOf(ofText.group(1)));
      Charset charset = charset(encoding);
      return text == null || encoding == null || charset == null
          ? null
          : new Bytes(text.getBytes(charset), text, encoding);
    }
    Matcher ofBase64 =
        Pattern.compile("(?is)(?:system\\.)?convert\\.frombase64string\\s*\\((.*)\\)")
            .matcher(followed);
    if (ofBase64.matches()) {
      String text = text(String.valueOf(ofBase64.group(1)));
      return text == null ? null : ofBase64(text);
    }
    Matcher empty = EMPTY_ARRAY.matcher(followed);
    if (empty.matches()) {
      OptionalInt length = number(String.valueOf(empty.group(2)));
      // In Visual Basic, this number is the greatest index, not the length.
      int more = "(".equals(empty.group(1)) ? 1 : 0;
      return length.isEmpty() || length.getAsInt() > 256
          ? null
          : new Bytes(new byte[length.getAsInt() + more], null, null);
    }
    Matcher filled = FILLED_ARRAY.matcher(followed);
    return filled.matches() ? ofList(String.valueOf(filled.group(1))) : null;
  }

  private static @Nullable Bytes ofBase64(String text) {
    try {
      return new Bytes(Base64.getDecoder().decode(text), null, null);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private @Nullable Bytes ofList(String list) {
    List<Integer> numbers = new ArrayList<>();
    for (String item : list.strip().split("\\s*,\\s*", -1)) {
      String plain = item.strip().replaceAll("(?is)^(?:\\(byte\\)|cbyte\\()\\s*|\\)$", "");
      OptionalInt number =
          plain.length() == 3 && plain.startsWith("'") && plain.endsWith("'")
              ? OptionalInt.of(plain.charAt(1))
              : number(plain);
      if (number.isEmpty() || number.getAsInt() > 255) {
        return null;
      }
      numbers.add(number.getAsInt());
    }
    byte[] bytes = new byte[numbers.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = numbers.get(i).byteValue();
    }
    return new Bytes(bytes, null, null);
  }

  /** The word of the scheme for one of .NET's encodings; null if it has none. */
  static @Nullable String encoding(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "ascii" -> "us-ascii";
      case "utf8" -> "utf-8";
      case "unicode" -> "utf-16le";
      default -> null;
    };
  }

  private static @Nullable Charset charset(@Nullable String encoding) {
    return switch (encoding) {
      case "us-ascii" -> StandardCharsets.US_ASCII;
      case "utf-8" -> StandardCharsets.UTF_8;
      case "utf-16le" -> StandardCharsets.UTF_16LE;
      case null, default -> null;
    };
  }
}
