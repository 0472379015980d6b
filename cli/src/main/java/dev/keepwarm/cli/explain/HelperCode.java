package dev.keepwarm.cli.explain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A helper's source in which everything is blanked that decryption does not use: comments, and
 * functions that only encrypt. The rest keeps its place, so that offsets are those of the file.
 * Immutable.
 */
final class HelperCode {
  private static final Pattern VB =
      Pattern.compile(
          "(?im)^\\s*(dim\\s+\\w|end\\s+(sub|function|class|module|using|namespace)\\b|imports\\s)");

  private static final Pattern VB_FUNCTION =
      Pattern.compile(
          "(?im)^(?!\\s*(?:end|exit|declare)\\b)[^\\n\"]*\\b(?:function|sub)\\s+(\\w+)\\s*[(]");

  private static final Pattern VB_END = Pattern.compile("(?im)^\\s*end\\s+(?:function|sub)\\b");

  private static final Pattern C_SHARP_FUNCTION =
      Pattern.compile(
          "(?m)^[ \\t]*(?:(?:public|private|protected|internal|static|async|unsafe|override|virtual)"
              + "\\s+)*[\\w<>\\[\\],.?]*\\s*\\b(\\w+)\\s*[(][^;{}()]*[)]\\s*(?:\\{|=>)");

  private static final Set<String> KEYWORDS =
      Set.of(
          "if", "for", "foreach", "while", "switch", "using", "catch", "lock", "fixed", "return");

  private static final Pattern DECRYPTS =
      Pattern.compile(
          "(?i)CreateDecryptor|\\bDecrypt(?:Cbc|Ecb|Cfb)?\\s*[(]|ENCRYPT\\s*:=\\s*FALSE"
              + "|\\.\\s*Init\\s*[(]\\s*false\\b");

  private static final Pattern ENCRYPTS =
      Pattern.compile(
          "(?i)CreateEncryptor|\\bEncrypt(?:Cbc|Ecb|Cfb)?\\s*[(]|\\.\\s*Init\\s*[(]\\s*true\\b");

  private final String text;
  private final boolean isVisualBasic;
  private final boolean decrypts;

  private HelperCode(String text, boolean isVisualBasic, boolean decrypts) {
    this.text = text;
    this.isVisualBasic = isVisualBasic;
    this.decrypts = decrypts;
  }

  /** Reads a source. */
  static HelperCode of(String source) {
    String unix = source.replace("\r\n", "\n").replace('\r', '\n');
    boolean visualBasic = VB.matcher(unix).find();
    String code = withoutComments(unix, visualBasic);
    boolean decrypts = DECRYPTS.matcher(code).find();
    return new HelperCode(
        decrypts ? withoutEncryption(code, visualBasic) : code, visualBasic, decrypts);
  }

  /** The remaining source; string literals are unchanged. */
  String text() {
    return text;
  }

  /** Whether it is Visual Basic; otherwise it is C#. */
  boolean isVisualBasic() {
    return isVisualBasic;
  }

  /** Whether anything in it decrypts. */
  boolean decrypts() {
    return decrypts;
  }

  /** The line of a place, from 1. */
  int line(int offset) {
    return 1 + (int) text.substring(0, offset).chars().filter(c -> c == '\n' || c == '\f').count();
  }

  /**
   * The end of a string literal.
   *
   * @param start the place of its first quotation mark
   * @return the place after its last one
   */
  static int endOfText(String code, int start, boolean visualBasic) {
    boolean verbatim = visualBasic || (start > 0 && code.charAt(start - 1) == '@');
    for (int i = start + 1; i < code.length(); i++) {
      char c = code.charAt(i);
      if (!verbatim && c == '\\') {
        i++;
      } else if (c == '"') {
        if (!verbatim || i + 1 >= code.length() || code.charAt(i + 1) != '"') {
          return i + 1;
        }
        i++;
      } else if (c == '\n' && !verbatim) {
        return i;
      }
    }
    return code.length();
  }

  /** The end of a C# character such as {@code '"'}; {@code start} if there is none. */
  private static int endOfCharacter(String code, int start) {
    int escaped = start + 1 < code.length() && code.charAt(start + 1) == '\\' ? 1 : 0;
    int close = code.indexOf('\'', start + 2 + escaped);
    return close >= 0 && close - start <= 8 ? close + 1 : start + 1;
  }

  private static String withoutComments(String code, boolean visualBasic) {
    StringBuilder kept = new StringBuilder(code);
    int i = 0;
    while (i < code.length()) {
      char c = code.charAt(i);
      if (c == '"') {
        i = endOfText(code, i, visualBasic);
      } else if (visualBasic ? c == '\'' || isRem(code, i) : code.startsWith("//", i)) {
        i = blank(kept, i, endOfLine(code, i));
      } else if (!visualBasic && code.startsWith("/*", i)) {
        int close = code.indexOf("*/", i + 2);
        i = blank(kept, i, close < 0 ? code.length() : close + 2);
      } else if (!visualBasic && c == '\'') {
        i = endOfCharacter(code, i);
      } else {
        if (visualBasic && c == '_' && isContinuation(code, i)) {
          kept.setCharAt(i, ' ');
          kept.setCharAt(endOfLine(code, i), '\f');
        }
        i++;
      }
    }
    return kept.toString();
  }

  private static boolean isRem(String code, int at) {
    return code.regionMatches(true, at, "REM ", 0, 4)
        && code.substring(code.lastIndexOf('\n', at) + 1, at).isBlank();
  }

  /** Whether a statement continues in the next line. Such a line end is replaced by a form feed. */
  private static boolean isContinuation(String code, int at) {
    int end = endOfLine(code, at);
    return end < code.length()
        && code.substring(at + 1, end).isBlank()
        && at > 0
        && Character.isWhitespace(code.charAt(at - 1));
  }

  private static int endOfLine(String code, int from) {
    int end = code.indexOf('\n', from);
    return end < 0 ? code.length() : end;
  }

  private static int blank(StringBuilder code, int from, int to) {
    for (int i = from; i < to; i++) {
      if (code.charAt(i) != '\n') {
        code.setCharAt(i, ' ');
      }
    }
    return to;
  }

  private record Function(String name, int start, int end) {
    String of(String code) {
      return code.substring(start, end);
    }
  }

  /** Blanks functions that encrypt, unless decrypting calls them. */
  private static String withoutEncryption(String code, boolean visualBasic) {
    List<Function> functions = visualBasic ? basicFunctions(code) : sharpFunctions(code);
    Set<Function> used = new HashSet<>();
    for (Function function : functions) {
      String body = function.of(code);
      if (DECRYPTS.matcher(body).find() && !isEncryption(function, body)) {
        use(function, functions, code, used);
      }
    }
    if (used.isEmpty()) {
      return code;
    }
    useCallers(functions, code, used);
    StringBuilder kept = new StringBuilder(code);
    for (Function function : functions) {
      boolean isConstructor =
          function.name().equalsIgnoreCase("new")
              || Pattern.compile("\\bclass\\s+" + Pattern.quote(function.name()) + "\\b")
                  .matcher(code)
                  .find();
      if (!used.contains(function) && !isConstructor) {
        int unused = blank(kept, function.start(), function.end());
      }
    }
    return kept.toString();
  }

  /** Keeps callers of the decrypting function: they may prepare the key, or read the text. */
  private static void useCallers(List<Function> functions, String code, Set<Function> used) {
    Set<String> names = new LinkedHashSet<>();
    used.stream()
        .filter(function -> DECRYPTS.matcher(function.of(code)).find())
        .forEach(function -> names.add(function.name()));
    boolean isMore = true;
    while (isMore) {
      isMore = false;
      for (Function function : functions) {
        String body = function.of(code);
        if (!used.contains(function)
            && !isEncryption(function, body)
            && names.stream().anyMatch(name -> calls(body, name))) {
          use(function, functions, code, used);
          isMore |= names.add(function.name());
        }
      }
    }
  }

  private static boolean calls(String body, String name) {
    return Pattern.compile("(?i)\\b" + Pattern.quote(name) + "\\s*[(]").matcher(body).find();
  }

  /** Whether a function only encrypts. Few such functions call {@code Decrypt(} for a check. */
  private static boolean isEncryption(Function function, String body) {
    return !body.contains("CreateDecryptor")
        && (function.name().toLowerCase(Locale.ROOT).startsWith("encrypt")
            || ENCRYPTS.matcher(body).find());
  }

  private static void use(
      Function function, List<Function> functions, String code, Set<Function> used) {
    if (!used.add(function)) {
      return;
    }
    String body = function.of(code);
    for (Function other : functions) {
      if (calls(body, other.name())) {
        use(other, functions, code, used);
      }
    }
  }

  private static List<Function> basicFunctions(String code) {
    List<Function> functions = new ArrayList<>();
    Matcher begin = VB_FUNCTION.matcher(code);
    Matcher end = VB_END.matcher(code);
    int from = 0;
    while (begin.find(from)) {
      from = end.find(begin.end()) ? end.end() : code.length();
      functions.add(new Function(name(begin), begin.start(), from));
      if (from >= code.length()) {
        break;
      }
    }
    return functions;
  }

  private static List<Function> sharpFunctions(String code) {
    List<Function> functions = new ArrayList<>();
    Matcher begin = C_SHARP_FUNCTION.matcher(code);
    int from = 0;
    while (from < code.length() && begin.find(from)) {
      if (KEYWORDS.contains(name(begin))) {
        from = begin.end();
        continue;
      }
      from =
          code.charAt(begin.end() - 1) == '{'
              ? closing(code, begin.end() - 1, false)
              : endOfStatement(code, begin.end());
      functions.add(new Function(name(begin), begin.start(), from));
    }
    return functions;
  }

  /**
   * The arguments with which the functions of this file call each other.
   *
   * @return by parameter, in the order of the source; parameters without calls in this file are
   *     missing
   */
  Map<String, Set<String>> argumentsByParameter() {
    Map<String, Set<String>> all = new LinkedHashMap<>();
    for (Function function : functions()) {
      int open = text.indexOf('(', text.indexOf(function.name(), function.start()));
      List<String> parameters = open < 0 ? List.of() : arguments(open);
      Matcher call =
          Pattern.compile(
                  (isVisualBasic ? "(?i)" : "")
                      + "(?<!\\bnew\\s)\\b"
                      + Pattern.quote(function.name())
                      + "\\s*[(]")
              .matcher(text);
      while (call.find()) {
        List<String> arguments = arguments(call.end() - 1);
        if (call.end() - 1 == open || arguments.size() != parameters.size()) {
          continue;
        }
        for (int i = 0; i < arguments.size(); i++) {
          String parameter = parameterName(parameters.get(i));
          if (!isDeclaration(arguments.get(i)) && !arguments.get(i).equals(parameter)) {
            all.computeIfAbsent(parameter, _ -> new LinkedHashSet<>()).add(arguments.get(i));
          }
        }
      }
    }
    return all;
  }

  private static boolean isDeclaration(String argument) {
    return argument.matches("(?is)(?:(?:ref|out|this)\\s+)?[\\w.\\[\\]<>?]+\\s+\\w+(?:\\s*=.*)?")
            && !argument.matches("(?is)new\\s.*")
        || argument.matches("(?is).*\\bAs\\s+[\\w.()]+(?:\\s*=.*)?");
  }

  private String parameterName(String declared) {
    Matcher basic =
        Pattern.compile("(?is)(?:.*\\s)?(\\w+)\\s*(?:[(]\\s*[)])?\\s+As\\s.*").matcher(declared);
    Matcher sharp = Pattern.compile("(?s).*?(\\w+)\\s*(?:=.*)?").matcher(declared);
    if (isVisualBasic && basic.matches()) {
      return name(basic);
    }
    return sharp.matches() ? name(sharp) : "";
  }

  /** The returned expression, if this file has one function of that name with one return. */
  Optional<String> returned(String function) {
    List<Function> named =
        functions().stream()
            .filter(each ->
                isVisualBasic
                    ? each.name().equalsIgnoreCase(function)
                    : each.name().equals(function))
            .toList();
    if (named.size() != 1) {
      return Optional.empty();
    }
    String body = named.getFirst().of(text);
    Matcher matcher = Pattern.compile("(?i)\\breturn\\b\\s*").matcher(body);
    if (!matcher.find()) {
      return Optional.empty();
    }
    int from = named.getFirst().start() + matcher.end();
    return matcher.find()
        ? Optional.empty()
        : Optional.of(text.substring(from, endOfExpression(from)).strip());
  }

  /** The whole of the function of that name; empty if there is none. */
  String bodyOf(String function) {
    return functions().stream()
        .filter(each -> each.name().equalsIgnoreCase(function))
        .map(each -> each.of(text))
        .findFirst()
        .orElse("");
  }

  private List<Function> functions() {
    return isVisualBasic ? basicFunctions(text) : sharpFunctions(text);
  }

  private static String name(Matcher matcher) {
    @Nullable String name = matcher.group(1);
    return name == null ? "" : name;
  }

  private static int endOfStatement(String code, int from) {
    int end = code.indexOf(';', from);
    return end < 0 ? code.length() : end + 1;
  }

  /** The place after the bracket that closes the one at {@code open}. */
  static int closing(String code, int open, boolean visualBasic) {
    int depth = 0;
    int i = open;
    while (i < code.length()) {
      char c = code.charAt(i);
      if (isQuote(c, visualBasic)) {
        i = endOfQuoted(code, i, visualBasic);
        continue;
      }
      if (opens(c)) {
        depth++;
      } else if (closes(c)) {
        depth--;
        if (depth == 0) {
          return i + 1;
        }
      }
      i++;
    }
    return code.length();
  }

  private static boolean isQuote(char c, boolean visualBasic) {
    return c == '"' || (!visualBasic && c == '\'');
  }

  private static int endOfQuoted(String code, int start, boolean visualBasic) {
    return code.charAt(start) == '"'
        ? endOfText(code, start, visualBasic)
        : endOfCharacter(code, start);
  }

  private static boolean opens(char c) {
    return c == '(' || c == '{' || c == '[';
  }

  private static boolean closes(char c) {
    return c == ')' || c == '}' || c == ']';
  }

  /**
   * The end of the expression that begins at a place, which is the end of its statement, argument
   * or initializer.
   */
  int endOfExpression(int from) {
    return outside(
        from,
        text.length(),
        i -> {
          char c = text.charAt(i);
          return closes(c)
              || c == ';'
              || c == ','
              || (c == '\n' && isVisualBasic && !text.substring(from, i).isBlank());
        });
  }

  /** The arguments of a call, the bracket of which is at {@code open}. */
  List<String> arguments(int open) {
    List<String> arguments = new ArrayList<>();
    int end = closing(text, open, isVisualBasic) - 1;
    int from = open + 1;
    while (from < end) {
      int next = Math.min(outside(from, end, i -> text.charAt(i) == ','), end);
      arguments.add(text.substring(from, next).strip());
      from = next + 1;
    }
    return arguments;
  }

  /** The first place outside quotes and inner brackets that matches; {@code end} if none does. */
  private int outside(int from, int end, IntPredicate ends) {
    int i = from;
    while (i < end) {
      char c = text.charAt(i);
      if (isQuote(c, isVisualBasic)) {
        i = endOfQuoted(text, i, isVisualBasic);
      } else if (opens(c)) {
        i = closing(text, i, isVisualBasic);
      } else if (ends.test(i)) {
        return i;
      } else {
        i++;
      }
    }
    return end;
  }
}
