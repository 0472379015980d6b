package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
  private static final String SNIPPETS =
      "{}[]\",:\\ \n\t\u0000eE+-.0123456789truefalsnu/bd\u00e9\u2028";

  private final JsonMapper jackson =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  @Test
  void readsEveryKindOfValue() {
    Map<String, @Nullable Object> object =
        Json.parseObject(
            """
             {"text": "a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00", "whole": -12, "part": 1.50,
            \t"yes": true,"no":false , "nothing":null,"list":[1,[],{}],"":{"a":{}}}\r
            """);

    Map<String, @Nullable Object> expected = new LinkedHashMap<>();
    expected.put("text", "a\"\\/\b\f\n\r\té\ud83d\ude00");
    expected.put("whole", -12L);
    expected.put("part", new BigDecimal("1.50"));
    expected.put("yes", true);
    expected.put("no", false);
    expected.put("nothing", null);
    expected.put("list", List.of(1L, List.of(), Map.of()));
    expected.put("", Map.of("a", Map.of()));
    assertThat(object).isEqualTo(expected);
    assertThat(object.keySet()).containsExactlyElementsOf(expected.keySet());
  }

  @Test
  void readsWholeNumbersHoweverTheyAreWritten() {
    assertThat(number("1.0")).isEqualTo(1L);
    assertThat(number("1e2")).isEqualTo(100L);
    assertThat(number("120E-1")).isEqualTo(12L);
    assertThat(number("-0")).isEqualTo(0L);
    assertThat(number("0e99999")).isEqualTo(0L);
    assertThat(number("9007199254740991")).isEqualTo(9007199254740991L);
    assertThat(number("999999999999999999")).isEqualTo(999999999999999999L);
  }

  @Test
  void doesNotExpandGreatNumbers() {
    assertThat(number("1000000000000000000")).isEqualTo(new BigDecimal("1000000000000000000"));
    assertThat(number("1e2147483647")).isEqualTo(new BigDecimal("1e2147483647"));
    assertThat(number("1e-400")).isEqualTo(new BigDecimal("1e-400"));
    assertMalformed("{\"a\":1e99999999999}", "too large");
    assertThat(number("1".repeat(64))).isEqualTo(new BigDecimal("1".repeat(64)));
    assertMalformed("{\"a\":" + "1".repeat(65) + "}", "more than 64 characters");
  }

  @Test
  void readsTextsOfAnyLength() {
    String text = "x".repeat(1_000_000);

    assertThat(Json.parseObject("{\"" + text + "\":\"" + text + "\"}"))
        .isEqualTo(Map.of(text, text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "1",
        "\"{}\"",
        "[{}]",
        "{",
        "{}}",
        "{}{}",
        "{},{}",
        "{} x",
        "{}]",
        "{}],[{}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1 \"b\":2}",
        "{1:1}",
        "{null:1}",
        "{\"a\":[}",
        "{\"a\":]}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":-}",
        "{\"a\":--1}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":0x10}",
        "{\"a\":1.2.3}",
        "{\"a\":1-1}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":nul}",
        "{\"a\":nullx}",
        "{\"a\":truex}",
        "{\"a\":True}",
        "{\"a\":undefined}",
        "{\"a\":\"x}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\u0000\"}",
        "{\"a\":\"\\q\"}",
        "{\"a\":\"\\u00g0\"}",
        "{\"a\":\"\\u00\"}",
        "{\"a\":\"\\",
        "{\"a\":\"\\u12",
        "{/**/}",
        "{}//",
        "\ufeff{}",
        "\u00a0{}",
        "{}\u00a0",
        "{\"a\":1\u2003}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "{\"\\u0061\":1,\"a\":2}",
        "{\"a\":null,\"a\":null}",
        "\uffff",
        "{}\uffff"
      })
  void refusesWhatIsNotOneJsonObject(String text) {
    assertMalformed(text, "");
  }

  @Test
  void readsAValueOfAnyKind() {
    assertThat(Json.parse(" \"text\" ")).isEqualTo("text");
    assertThat(Json.parse("-1.5")).isEqualTo(new BigDecimal("-1.5"));
    assertThat(Json.parse("null")).isNull();
    assertThat(Json.parse("[true]")).isEqualTo(List.of(true));
    assertThat(Json.parse("{\"a\":{}}")).isEqualTo(Map.of("a", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "1 2", "\"a\" x", "[1", "nullx", "<html>", "01", "\"a"})
  void refusesWhatIsNotOneValue(String text) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Json.parse(text))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT));
  }

  @Test
  void refusesDeepNestingBeforeItHurts() {
    String deepest = "{\"a\":".repeat(32) + "1" + "}".repeat(32);
    assertThat(Json.parseObject(deepest)).containsKey("a");

    assertMalformed("{\"a\":" + deepest + "}", "deeper than 32");
    assertMalformed("{\"a\":" + "[".repeat(100_000), "deeper than 32");
  }

  @Test
  void neverRepeatsTheText() {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Json.parseObject("{\"s3cret\": s3cret}"))
        .withMessageNotContaining("s3cret")
        .withNoCause();
  }

  @Test
  void writesEveryKindOfValueOnOneLine() {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    object.put("text", "\"\\\n\r\t\u0001/é\ud83d\ude00");
    object.put("numbers", List.of(1, -2L, 1.5, new BigDecimal("1E+3")));
    object.put("rest", Arrays.asList(true, null, Map.of(), List.of()));

    assertThat(Json.write(object))
        .isEqualTo(
            "{\"text\":\"\\\"\\\\\\n\\r\\t\\u0001/é\ud83d\ude00\",\"numbers\":[1,-2,1.5,1E+3],"
                + "\"rest\":[true,null,{},[]]}");
  }

  @Test
  void writesHalfASurrogatePairAsAnEscape() {
    assertThat(Json.write("a\ud83d")).isEqualTo("\"a\\ud83d\"");
    assertThat(Json.write("\ude00\ud83da")).isEqualTo("\"\\ude00\\ud83da\"");
  }

  @Test
  void readsHalfASurrogatePair() {
    assertThat(Json.parseObject("{\"a\":\"\\ud83d\"}")).isEqualTo(Map.of("a", "\ud83d"));
  }

  @Test
  void refusesToWriteWhatIsNoJsonValue() {
    assertThatIllegalArgumentException().isThrownBy(() -> Json.write(new Object()));
    assertThatIllegalArgumentException().isThrownBy(() -> Json.write(Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> Json.write(Map.of(1, 2)));
  }

  @Test
  void readsWhatItWrites() {
    Property.check(
        500,
        gen -> {
          Map<String, @Nullable Object> object = object(gen, 0);

          assertThat(Json.parseObject(Json.write(object))).isEqualTo(object);
        });
  }

  @Test
  void agreesWithJacksonAboutWhatIsJsonAndWhatItSays() {
    Property.check(
        3_000,
        gen -> {
          String text = mutated(gen, Json.write(object(gen, 0)));

          assertThat(ours(text)).as(text).isEqualTo(theirs(text));
        });
  }

  private static @Nullable Object number(String literal) {
    return Json.parseObject("{\"a\":" + literal + "}").get("a");
  }

  private static void assertMalformed(String text, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Json.parseObject(text))
        .withMessageContaining(message)
        .returns(ErrorCode.INVALID_EVENT, KeepwarmException::code);
  }

  private static Map<String, @Nullable Object> object(Property.Gen gen, int depth) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = gen.integer(0, 4); i > 0; i--) {
      object.put(text(gen), value(gen, depth + 1));
    }
    return object;
  }

  private static @Nullable Object value(Property.Gen gen, int depth) {
    return switch (gen.integer(0, depth > 3 ? 5 : 7)) {
      case 0 -> null;
      case 1 -> gen.oneIn(2);
      case 2 -> gen.number();
      case 3 -> -gen.number();
      case 4 -> new BigDecimal(gen.integer(-999, 999) + "." + gen.integer(1, 9));
      case 5 -> text(gen);
      case 6 -> object(gen, depth);
      default -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = gen.integer(0, 4); i > 0; i--) {
          list.add(value(gen, depth + 1));
        }
        yield list;
      }
    };
  }

  /** Without surrogates: JSON's grammar allows halves of a pair, Jackson does not. */
  private static String text(Property.Gen gen) {
    StringBuilder text = new StringBuilder();
    for (int i = gen.integer(0, 6); i > 0; i--) {
      text.append(
          (char)
              (gen.oneIn(4) ? gen.integer(0, Character.MIN_SURROGATE - 1) : gen.integer(' ', '~')));
    }
    return text.toString();
  }

  private static String mutated(Property.Gen gen, String text) {
    StringBuilder mutated = new StringBuilder(text);
    for (int i = gen.integer(0, 3); i > 0; i--) {
      int at = gen.integer(0, mutated.length());
      char c = SNIPPETS.charAt(gen.integer(0, SNIPPETS.length() - 1));
      if (gen.oneIn(2) || at == mutated.length()) {
        mutated.insert(at, c);
      } else if (gen.oneIn(2)) {
        mutated.deleteCharAt(at);
      } else {
        mutated.setCharAt(at, c);
      }
    }
    return mutated.toString();
  }

  private static Object ours(String text) {
    try {
      return comparable(Json.parseObject(text));
    } catch (KeepwarmException e) {
      return "malformed";
    }
  }

  private Object theirs(String text) {
    try {
      Object value = jackson.readValue(text, Object.class);
      return value instanceof Map ? comparable(value) : "malformed";
    } catch (JsonProcessingException | NumberFormatException e) {
      return "malformed";
    }
  }

  /** All numbers in one form. */
  private static Object comparable(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Integer number -> new BigDecimal(number).stripTrailingZeros();
      case Long number -> new BigDecimal(number).stripTrailingZeros();
      case BigInteger number -> new BigDecimal(number).stripTrailingZeros();
      case BigDecimal number -> number.stripTrailingZeros();
      case List<?> list -> list.stream().map(JsonTest::comparable).toList();
      case Map<?, ?> map -> {
        Map<Object, Object> sorted = new LinkedHashMap<>();
        map.forEach((name, field) -> sorted.put(Objects.requireNonNull(name), comparable(field)));
        yield sorted;
      }
      default -> value;
    };
  }
}
