package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The decryptor's response to a resolve: sealed entries, never a plaintext. */
public sealed interface ResolveAnswer {
  /**
   * The entries as they are in the table now: exactly one for a credential, in any state, or all
   * entries of a tenant.
   *
   * @param entries the entries
   * @param failures for a tenant: why a credential cannot be used, by name, if its entry does not
   *     say so; takes precedence over an entry of the same name
   */
  record Resolved(List<Entry> entries, Map<String, ErrorCode> failures) implements ResolveAnswer {
    /** Copies both. */
    public Resolved {
      entries = List.copyOf(entries);
      failures = Map.copyOf(failures);
    }

    /** Entries, and no failures. */
    public Resolved(List<Entry> entries) {
      this(entries, Map.of());
    }
  }

  /**
   * The request could not be resolved.
   *
   * @param code {@link ErrorCode#UNAVAILABLE}, {@link ErrorCode#DENIED}, {@link ErrorCode#TIMEOUT},
   *     {@link ErrorCode#TAMPERED}, {@link ErrorCode#INVALID_ID} or {@link
   *     ErrorCode#INVALID_REQUEST}
   * @param reason a message for people; contains no content
   */
  record Refused(ErrorCode code, String reason) implements ResolveAnswer {}

  /**
   * The answer as JSON: {@code {"entries": [item...], "failures": {name: code...}}} with items in
   * DynamoDB's own JSON and without {@code failures} if there are none, or {@code {"error":
   * {...}}}.
   */
  default String toJson() {
    return switch (this) {
      case Resolved resolved -> {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("entries", resolved.entries().stream().map(ResolveAnswer::item).toList());
        if (!resolved.failures().isEmpty()) {
          Map<String, Object> failures = new TreeMap<>();
          resolved.failures().forEach((name, code) -> failures.put(name, code.name()));
          answer.put("failures", failures);
        }
        yield Json.write(answer);
      }
      case Refused refused -> {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", refused.code().name());
        error.put("reason", refused.reason());
        yield Json.write(Map.of("error", error));
      }
    };
  }

  /**
   * Parses a response.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} if the text is not a response, {@link
   *     ErrorCode#TAMPERED} if an item in it is not an entry
   */
  static ResolveAnswer parse(String json) {
    Map<String, @Nullable Object> fields;
    try {
      fields = Json.parseObject(json);
    } catch (KeepwarmException e) {
      throw unexpected();
    }
    if (fields.get("error") instanceof Map<?, ?> error) {
      if (error.get("code") instanceof String code
          && error.get("reason") instanceof String reason) {
        return new Refused(codeOf(code), reason);
      }
      throw unexpected();
    }
    if (!(fields.get("entries") instanceof List<?> items)) {
      throw unexpected();
    }
    List<Entry> entries = new ArrayList<>();
    for (Object item : items) {
      if (!(item instanceof Map<?, ?> attributes)) {
        throw unexpected();
      }
      entries.add(entry(attributes));
    }
    return new Resolved(entries, failures(fields.get("failures")));
  }

  private static Map<String, ErrorCode> failures(@Nullable Object field) {
    if (field == null) {
      return Map.of();
    }
    if (!(field instanceof Map<?, ?> codes)) {
      throw unexpected();
    }
    Map<String, ErrorCode> failures = new TreeMap<>();
    codes.forEach((name, code) -> {
      if (!(code instanceof String text)) {
        throw unexpected();
      }
      failures.put((String) name, codeOf(text));
    });
    return failures;
  }

  private static Map<String, Object> item(Entry entry) {
    Map<String, Object> item = new LinkedHashMap<>();
    EntrySchema.toItem(entry)
        .forEach((name, value) ->
            item.put(
                name,
                switch (value.type()) {
                  case S -> Map.of("S", value.s());
                  case N -> Map.of("N", value.n());
                  case B ->
                      Map.of(
                          "B", Base64.getEncoder().encodeToString(value.b().asByteArrayUnsafe()));
                  default ->
                      throw new IllegalStateException(
                          "an entry has only attributes of the types S, N and B");
                }));
    return item;
  }

  private static Entry entry(Map<?, ?> attributes) {
    Map<String, AttributeValue> item = new LinkedHashMap<>();
    attributes.forEach((name, typed) -> {
      if (!(typed instanceof Map<?, ?> map) || map.size() != 1) {
        throw unexpected();
      }
      Map.Entry<?, ?> value = map.entrySet().iterator().next();
      if (!(value.getValue() instanceof String text)) {
        throw unexpected();
      }
      item.put((String) name, attribute((String) value.getKey(), text));
    });
    return EntrySchema.fromItem(item);
  }

  private static AttributeValue attribute(String type, String text) {
    try {
      return switch (type) {
        case "S" -> AttributeValue.fromS(text);
        case "N" -> AttributeValue.fromN(text);
        case "B" ->
            AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(Base64.getDecoder().decode(text)));
        default -> throw unexpected();
      };
    } catch (IllegalArgumentException e) {
      throw unexpected();
    }
  }

  private static ErrorCode codeOf(String code) {
    for (ErrorCode known : ErrorCode.values()) {
      if (known.name().equals(code)) {
        return known;
      }
    }
    return ErrorCode.UNAVAILABLE;
  }

  private static KeepwarmException unexpected() {
    return new KeepwarmException(ErrorCode.UNAVAILABLE, "the decryptor's response is malformed");
  }
}
