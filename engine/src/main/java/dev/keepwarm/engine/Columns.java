package dev.keepwarm.engine;

import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.enhanced.dynamodb.mapper.ImmutableAttribute;

/**
 * The columns of a table schema, which are properties of items of type {@code T} and of their
 * builders of type {@code B}. A stored attribute that Keepwarm cannot have written leaves its part
 * of the builder null. Thread-safe.
 */
final class Columns<T, B> {
  private final Class<T> item;
  private final Class<B> builder;

  Columns(Class<T> item, Class<B> builder) {
    this.item = item;
    this.builder = builder;
  }

  /** A string. */
  ImmutableAttribute<T, B, String> text(
      String name, Function<T, @Nullable String> getter, BiConsumer<B, String> setter) {
    return ImmutableAttribute.builder(item, builder, String.class)
        .name(name)
        .getter(getter::apply)
        .setter(setter)
        .attributeConverter(StrictConverter.text())
        .build();
  }

  /** A whole number from {@code least} to {@code most}. */
  ImmutableAttribute<T, B, Long> number(
      String name,
      long least,
      long most,
      Function<T, @Nullable Long> getter,
      BiConsumer<B, Long> setter) {
    return ImmutableAttribute.builder(item, builder, Long.class)
        .name(name)
        .getter(getter::apply)
        .setter(setter)
        .attributeConverter(StrictConverter.number(least, most))
        .build();
  }
}
