package dev.keepwarm.engine;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The expressions of DynamoDB's requests, as far as Keepwarm writes them: attributes by {@code
 * #name}, values by {@code :value}, no document paths. Anything else is refused. Parsed once a
 * text; immutable and thread-safe.
 */
final class DynamoExpressions {
  private static final Map<String, Condition> CONDITIONS = new ConcurrentHashMap<>();
  private static final Map<String, Update> UPDATES = new ConcurrentHashMap<>();
  private static final Map<String, List<String>> PROJECTIONS = new ConcurrentHashMap<>();

  private DynamoExpressions() {}

  /** A condition, filter or key condition. */
  static Condition condition(String text) {
    return CONDITIONS.computeIfAbsent(text, t -> new Parser(t).condition());
  }

  /** An update expression. */
  static Update update(String text) {
    return UPDATES.computeIfAbsent(text, t -> new Parser(t).update());
  }

  /** The names that a projection expression lists. */
  static List<String> projection(String text) {
    return PROJECTIONS.computeIfAbsent(text, t -> new Parser(t).projection());
  }

  /**
   * The names and values of the expressions of one request.
   *
   * @param names attributes by {@code #name}
   * @param values values by {@code :value}
   */
  record Terms(Map<String, String> names, Map<String, AttributeValue> values) {
    static Terms of(Map<String, String> names, Map<String, AttributeValue> values) {
      return new Terms(names, values);
    }

    String name(String term) {
      String name = names.get(term);
      if (name == null) {
        throw new InvalidExpression("an undefined attribute name: " + term);
      }
      return name;
    }

    AttributeValue value(String term) {
      AttributeValue value = values.get(term);
      if (value == null) {
        throw new InvalidExpression("an undefined attribute value: " + term);
      }
      return value;
    }

    /** Every term of a request must be used, as DynamoDB has it. */
    void checkUsed(Set<String> inExpressions) {
      for (String given : names.keySet()) {
        if (!inExpressions.contains(given)) {
          throw new InvalidExpression("an unused attribute name: " + given);
        }
      }
      for (String given : values.keySet()) {
        if (!inExpressions.contains(given)) {
          throw new InvalidExpression("an unused attribute value: " + given);
        }
      }
      for (String needed : inExpressions) {
        if (needed.startsWith("#")) {
          String unused = name(needed);
        } else {
          AttributeValue unused = value(needed);
        }
      }
    }
  }

  /** An error for which DynamoDB answers with a ValidationException. */
  static final class InvalidExpression extends RuntimeException {
    private static final long serialVersionUID = 1;

    InvalidExpression(String message) {
      super(message);
    }
  }

  /**
   * A condition.
   *
   * @param terms the names and values in it
   */
  record Condition(Node node, Set<String> terms) {
    boolean holds(Map<String, AttributeValue> item, Terms given) {
      return node.holds(item, given);
    }

    /** The value that the attribute must be equal to for this to hold; null if it does not say. */
    @Nullable AttributeValue mustEqual(String attribute, Terms given) {
      return mustEqual(node, attribute, given);
    }

    private static @Nullable AttributeValue mustEqual(Node node, String attribute, Terms given) {
      return switch (node) {
        case And and -> {
          AttributeValue left = mustEqual(and.left(), attribute, given);
          yield left != null ? left : mustEqual(and.right(), attribute, given);
        }
        case Compare(Attribute(String name), String operator, Literal(String value))
            when operator.equals("=") && given.name(name).equals(attribute) ->
            given.value(value);
        default -> null;
      };
    }
  }

  /** A part of a condition. */
  sealed interface Node {
    boolean holds(Map<String, AttributeValue> item, Terms given);
  }

  private record And(Node left, Node right) implements Node {
    @Override
    public boolean holds(Map<String, AttributeValue> item, Terms given) {
      return left.holds(item, given) && right.holds(item, given);
    }
  }

  private record Or(Node left, Node right) implements Node {
    @Override
    public boolean holds(Map<String, AttributeValue> item, Terms given) {
      return left.holds(item, given) || right.holds(item, given);
    }
  }

  private record Not(Node of) implements Node {
    @Override
    public boolean holds(Map<String, AttributeValue> item, Terms given) {
      return !of.holds(item, given);
    }
  }

  private record Exists(Attribute attribute, boolean exists) implements Node {
    @Override
    public boolean holds(Map<String, AttributeValue> item, Terms given) {
      return (attribute.of(item, given) != null) == exists;
    }
  }

  private record HasType(Attribute attribute, Literal type) implements Node {
    private static final Set<String> TYPES =
        Set.of("S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M");

    @Override
    public boolean holds(Map<String, AttributeValue> item, Terms given) {
      String wanted = type.of(item, given).s();
      if (wanted == null || !TYPES.contains(wanted)) {
        throw new InvalidExpression("no type: " + wanted);
      }
      AttributeValue value = attribute.of(item, given);
      return value != null && typeOf(value).equals(wanted);
    }

    private static String typeOf(AttributeValue value) {
      return switch (value.type()) {
        case NUL -> "NULL";
        default -> value.type().name();
      };
    }
  }

  private record BeginsWith(Attribute attribute, Literal prefix) implements Node {
    @Override
    public boolean holds(Map<String, AttributeValue> item, Terms given) {
      AttributeValue value = attribute.of(item, given);
      AttributeValue start = prefix.of(item, given);
      if (start.s() == null && start.b() == null) {
        throw new InvalidExpression("begins_with something that is neither text nor bytes");
      }
      if (value == null) {
        return false;
      }
      if (start.s() != null) {
        return value.s() != null && value.s().startsWith(start.s());
      }
      return value.b() != null && startsWith(value.b().asByteArray(), start.b().asByteArray());
    }

    private static boolean startsWith(byte[] bytes, byte[] start) {
      return bytes.length >= start.length
          && Arrays.equals(bytes, 0, start.length, start, 0, start.length);
    }
  }

  private record Compare(Operand left, String operator, Operand right) implements Node {
    @Override
    public boolean holds(Map<String, AttributeValue> item, Terms given) {
      AttributeValue a = left.of(item, given);
      AttributeValue b = right.of(item, given);
      switch (operator) {
        case "=" -> {
          return isEqual(a, b);
        }
        case "<>" -> {
          return !isEqual(a, b);
        }
        default -> {
          checkOrdered(left, a);
          checkOrdered(right, b);
          return a != null
              && b != null
              && a.type() == b.type()
              && isOrdered(a)
              && ordering(operator).test(order(a, b));
        }
      }
    }

    /** A value of a type without an order is an error; an attribute of one is not. */
    private static void checkOrdered(Operand operand, @Nullable AttributeValue value) {
      if (operand instanceof Literal && value != null && !isOrdered(value)) {
        throw new InvalidExpression("a value that has no order");
      }
    }

    private static IntPredicate ordering(String operator) {
      return switch (operator) {
        case "<" -> order -> order < 0;
        case "<=" -> order -> order <= 0;
        case ">" -> order -> order > 0;
        default -> order -> order >= 0;
      };
    }
  }

  private record Between(Operand of, Operand least, Operand most) implements Node {
    @Override
    public boolean holds(Map<String, AttributeValue> item, Terms given) {
      if (least instanceof Literal && most instanceof Literal) {
        AttributeValue low = least.of(item, given);
        AttributeValue high = most.of(item, given);
        if (low == null || high == null || low.type() != high.type() || order(low, high) > 0) {
          throw new InvalidExpression("BETWEEN of bounds that are none");
        }
      }
      return new Compare(of, ">=", least).holds(item, given)
          && new Compare(of, "<=", most).holds(item, given);
    }
  }

  private record In(Operand of, List<Operand> choices) implements Node {
    @Override
    public boolean holds(Map<String, AttributeValue> item, Terms given) {
      AttributeValue value = of.of(item, given);
      for (Operand choice : choices) {
        if (isEqual(value, choice.of(item, given))) {
          return true;
        }
      }
      return false;
    }
  }

  /** Something that has a value. */
  sealed interface Operand {
    @Nullable AttributeValue of(Map<String, AttributeValue> item, Terms given);
  }

  private record Attribute(String term) implements Operand {
    @Override
    public @Nullable AttributeValue of(Map<String, AttributeValue> item, Terms given) {
      return item.get(given.name(term));
    }
  }

  private record Literal(String term) implements Operand {
    @Override
    public AttributeValue of(Map<String, AttributeValue> item, Terms given) {
      return given.value(term);
    }
  }

  private record Size(Attribute attribute) implements Operand {
    @Override
    public @Nullable AttributeValue of(Map<String, AttributeValue> item, Terms given) {
      AttributeValue value = attribute.of(item, given);
      if (value == null) {
        return null;
      }
      return switch (value.type()) {
        case S -> number(BigDecimal.valueOf(value.s().getBytes(StandardCharsets.UTF_8).length));
        case B -> number(BigDecimal.valueOf(value.b().asByteArrayUnsafe().length));
        default -> null;
      };
    }
  }

  private record IfNotExists(Attribute attribute, Operand otherwise) implements Operand {
    @Override
    public @Nullable AttributeValue of(Map<String, AttributeValue> item, Terms given) {
      AttributeValue value = attribute.of(item, given);
      return value != null ? value : otherwise.of(item, given);
    }
  }

  private record Sum(Operand left, boolean minus, Operand right) implements Operand {
    @Override
    public AttributeValue of(Map<String, AttributeValue> item, Terms given) {
      BigDecimal a = operand(left, item, given);
      BigDecimal b = operand(right, item, given);
      return number(checked(minus ? a.subtract(b) : a.add(b)));
    }

    private static BigDecimal operand(
        Operand operand, Map<String, AttributeValue> item, Terms given) {
      AttributeValue value = operand.of(item, given);
      if (value == null) {
        throw new InvalidExpression("an attribute that does not exist is an operand");
      }
      if (value.n() == null) {
        throw new InvalidExpression("an operand of an incorrect data type");
      }
      return new BigDecimal(value.n());
    }
  }

  /**
   * An update.
   *
   * @param set the values to set, by term
   * @param remove the terms to remove
   * @param terms the names and values in it
   */
  record Update(Map<String, Operand> set, List<String> remove, Set<String> terms) {
    /** The item after the update; its operands see the one before. */
    Map<String, AttributeValue> of(Map<String, AttributeValue> before, Terms given) {
      Map<String, AttributeValue> after = new HashMap<>(before);
      Set<String> touched = new HashSet<>();
      set.forEach((term, operand) -> {
        String name = touch(touched, term, given);
        AttributeValue value = operand.of(before, given);
        if (value == null) {
          throw new InvalidExpression("an attribute that does not exist is an operand");
        }
        after.put(name, value);
      });
      remove.forEach(term -> after.remove(touch(touched, term, given)));
      return after;
    }

    private static String touch(Set<String> touched, String term, Terms given) {
      String name = given.name(term);
      if (!touched.add(name)) {
        throw new InvalidExpression("two document paths overlap: " + name);
      }
      return name;
    }

    /** The attributes that are changed. */
    Set<String> attributes(Terms given) {
      Set<String> attributes = new HashSet<>();
      set.keySet().forEach(term -> attributes.add(given.name(term)));
      remove.forEach(term -> attributes.add(given.name(term)));
      return attributes;
    }
  }

  private static boolean isEqual(@Nullable AttributeValue a, @Nullable AttributeValue b) {
    if (a == null || b == null || a.type() != b.type()) {
      return false;
    }
    return a.type() == AttributeValue.Type.N ? order(a, b) == 0 : a.equals(b);
  }

  private static boolean isOrdered(AttributeValue value) {
    return switch (value.type()) {
      case S, N, B -> true;
      default -> false;
    };
  }

  private static int order(AttributeValue a, AttributeValue b) {
    return switch (a.type()) {
      case N -> compareNumbers(a.n(), b.n());
      // In the order of its UTF-8 bytes, which is the order of code points.
      case S -> Arrays.compareUnsigned(utf8(a.s()), utf8(b.s()));
      case B -> Arrays.compareUnsigned(a.b().asByteArrayUnsafe(), b.b().asByteArrayUnsafe());
      default -> throw new InvalidExpression("values that have no order");
    };
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static int compareNumbers(String a, String b) {
    return isShort(a) && isShort(b)
        ? Long.compare(Long.parseLong(a), Long.parseLong(b))
        : new BigDecimal(a).compareTo(new BigDecimal(b));
  }

  /** Whether a number is whole and certainly fits a long. */
  private static boolean isShort(String text) {
    return !text.isEmpty() && text.length() <= 18 && isDigits(text);
  }

  private static boolean isDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  /** A number as DynamoDB stores it: 38 significant digits at most. */
  static String normalised(String text) {
    if (isShort(text) && (text.length() == 1 || text.charAt(0) != '0')) {
      return text;
    }
    try {
      return checked(new BigDecimal(text)).toPlainString();
    } catch (NumberFormatException e) {
      throw new InvalidExpression("cannot convert to a number");
    }
  }

  private static BigDecimal checked(BigDecimal number) {
    BigDecimal stripped = number.stripTrailingZeros();
    if (stripped.signum() == 0) {
      return BigDecimal.ZERO;
    }
    int magnitude = stripped.precision() - stripped.scale() - 1;
    if (stripped.precision() > 38 || magnitude > 125 || magnitude < -130) {
      throw new InvalidExpression("a number out of range");
    }
    return stripped;
  }

  private static AttributeValue number(BigDecimal number) {
    return AttributeValue.fromN(number.toPlainString());
  }

  /** Reads one expression. */
  private static final class Parser {
    private final List<String> tokens = new ArrayList<>();
    private final Set<String> terms = new HashSet<>();
    private final String text;
    private int next;

    Parser(String text) {
      this.text = text;
      int at = 0;
      while (at < text.length()) {
        char c = text.charAt(at);
        int end = at + 1;
        if (Character.isWhitespace(c)) {
          at = end;
          continue;
        }
        if (c == '#' || c == ':' || isWord(c)) {
          while (end < text.length() && isWord(text.charAt(end))) {
            end++;
          }
        } else if ((c == '<' || c == '>') && end < text.length()) {
          String two = text.substring(at, end + 1);
          end += two.equals("<=") || two.equals(">=") || two.equals("<>") ? 1 : 0;
        } else if ("=(),+-<>".indexOf(c) < 0) {
          throw unsupported("'" + c + "'");
        }
        tokens.add(text.substring(at, end));
        at = end;
      }
    }

    private static boolean isWord(char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }

    Condition condition() {
      Node node = or();
      end();
      return new Condition(node, Set.copyOf(terms));
    }

    Update update() {
      Map<String, Operand> set = new LinkedHashMap<>();
      List<String> remove = new ArrayList<>();
      Set<String> clauses = new HashSet<>();
      while (next < tokens.size()) {
        String clause = take();
        if (!clauses.add(clause)) {
          throw new InvalidExpression("the clause comes twice: " + clause);
        }
        switch (clause) {
          case "SET" -> {
            do {
              String term = attribute().term();
              expect("=");
              if (set.put(term, sum()) != null) {
                throw new InvalidExpression("two document paths overlap: " + term);
              }
            } while (takeIf(","));
          }
          case "REMOVE" -> {
            do {
              remove.add(attribute().term());
            } while (takeIf(","));
          }
          default -> throw unsupported(clause);
        }
      }
      return new Update(set, remove, Set.copyOf(terms));
    }

    List<String> projection() {
      List<String> names = new ArrayList<>();
      do {
        names.add(attribute().term());
      } while (takeIf(","));
      end();
      return names;
    }

    private Node or() {
      Node node = and();
      while (takeIf("OR")) {
        node = new Or(node, and());
      }
      return node;
    }

    private Node and() {
      Node node = not();
      while (takeIf("AND")) {
        node = new And(node, not());
      }
      return node;
    }

    private Node not() {
      if (takeIf("NOT")) {
        return new Not(not());
      }
      if (takeIf("(")) {
        Node node = or();
        expect(")");
        return node;
      }
      return switch (peek()) {
        case "attribute_exists" -> new Exists(only(), true);
        case "attribute_not_exists" -> new Exists(only(), false);
        case "attribute_type" -> {
          Attribute attribute = first();
          yield new HasType(attribute, last());
        }
        case "begins_with" -> {
          Attribute attribute = first();
          yield new BeginsWith(attribute, last());
        }
        default -> comparison();
      };
    }

    private Node comparison() {
      Operand left = operand();
      String operator = take();
      switch (operator) {
        case "=", "<>", "<", "<=", ">", ">=" -> {
          return new Compare(left, operator, operand());
        }
        case "BETWEEN" -> {
          Operand least = operand();
          expect("AND");
          return new Between(left, least, operand());
        }
        case "IN" -> {
          expect("(");
          List<Operand> choices = new ArrayList<>();
          do {
            choices.add(operand());
          } while (takeIf(","));
          expect(")");
          return new In(left, choices);
        }
        default -> throw unsupported(operator);
      }
    }

    private Operand operand() {
      return switch (peek().charAt(0)) {
        case '#' -> attribute();
        case ':' -> literal();
        default -> {
          if (!peek().equals("size")) {
            throw unsupported(peek());
          }
          yield new Size(only());
        }
      };
    }

    private Operand sum() {
      Operand left = value();
      boolean minus = next < tokens.size() && peek().equals("-");
      return minus || (next < tokens.size() && peek().equals("+"))
          ? new Sum(left, !take().equals("+"), value())
          : left;
    }

    private Operand value() {
      if (!takeIf("if_not_exists")) {
        return operand();
      }
      expect("(");
      Attribute attribute = attribute();
      expect(",");
      Operand otherwise = value();
      expect(")");
      return new IfNotExists(attribute, otherwise);
    }

    private Attribute only() {
      String unused = take();
      expect("(");
      Attribute attribute = attribute();
      expect(")");
      return attribute;
    }

    private Attribute first() {
      String unused = take();
      expect("(");
      Attribute attribute = attribute();
      expect(",");
      return attribute;
    }

    private Literal last() {
      Literal literal = literal();
      expect(")");
      return literal;
    }

    private Attribute attribute() {
      return new Attribute(term('#'));
    }

    private Literal literal() {
      return new Literal(term(':'));
    }

    private String term(char kind) {
      String term = take();
      if (term.charAt(0) != kind || term.length() == 1) {
        throw unsupported(term);
      }
      terms.add(term);
      return term;
    }

    private String peek() {
      if (next == tokens.size()) {
        throw new InvalidExpression("it ends too early: " + text);
      }
      return tokens.get(next);
    }

    private String take() {
      String token = peek();
      next++;
      return token;
    }

    private boolean takeIf(String token) {
      boolean is = next < tokens.size() && tokens.get(next).equals(token);
      next += is ? 1 : 0;
      return is;
    }

    private void expect(String token) {
      if (!takeIf(token)) {
        throw new InvalidExpression("no " + token + " at token " + next + ": " + text);
      }
    }

    private void end() {
      if (next < tokens.size()) {
        throw unsupported(tokens.get(next));
      }
    }

    private UnsupportedOperationException unsupported(String what) {
      return new UnsupportedOperationException("not supported here: " + what + " in " + text);
    }
  }
}
