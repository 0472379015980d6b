package dev.keepwarm.engine;

import dev.keepwarm.core.internal.Attributes;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.enhanced.dynamodb.AttributeConverter;
import software.amazon.awssdk.enhanced.dynamodb.AttributeValueType;
import software.amazon.awssdk.enhanced.dynamodb.EnhancedType;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Converts one attribute of the wheel or of the built-in source. An attribute of another type or
 * range than Keepwarm writes counts as missing. The SDK's own converters would read the text "1" as
 * a number, and 1.5 as 1. Thread-safe.
 */
final class StrictConverter<T> implements AttributeConverter<T> {
  private final EnhancedType<T> type;
  private final AttributeValueType stored;
  private final Function<T, AttributeValue> from;
  private final Function<AttributeValue, @Nullable T> to;

  private StrictConverter(
      EnhancedType<T> type,
      AttributeValueType stored,
      Function<T, AttributeValue> from,
      Function<AttributeValue, @Nullable T> to) {
    this.type = type;
    this.stored = stored;
    this.from = from;
    this.to = to;
  }

  /** Text. */
  static StrictConverter<String> text() {
    return new StrictConverter<>(
        EnhancedType.of(String.class),
        AttributeValueType.S,
        AttributeValue::fromS,
        AttributeValue::s);
  }

  /** A whole number from {@code least} to {@code most}, written in digits only. */
  static StrictConverter<Long> number(long least, long most) {
    return new StrictConverter<>(
        EnhancedType.of(Long.class),
        AttributeValueType.N,
        number -> AttributeValue.fromN(number.toString()),
        attribute -> Attributes.number(attribute, least, most));
  }

  @Override
  public AttributeValue transformFrom(T value) {
    return from.apply(value);
  }

  /** The value; null if Keepwarm cannot have written the attribute. */
  @Override
  @SuppressWarnings("NullAway") // The interface is not annotated; the mapper passes null on.
  public @Nullable T transformTo(AttributeValue attribute) {
    return to.apply(attribute);
  }

  @Override
  public EnhancedType<T> type() {
    return type;
  }

  @Override
  public AttributeValueType attributeValueType() {
    return stored;
  }
}
