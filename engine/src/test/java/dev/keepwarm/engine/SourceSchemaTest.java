package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Property;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

final class SourceSchemaTest {
  private static final SourceRow.Original ROW =
      new SourceRow.Original(new CredentialId("acme", "db/main"), "legacy", "c2VjcmV0", 5);

  @Test
  void readsWhatItWrites() {
    Property.check(
        300,
        gen -> {
          long changedAt = gen.number();
          SourceRow.Original row =
              new SourceRow.Original(
                  gen.id(), gen.idPart(), "x".repeat(gen.integer(1, 50)), gen.number(), changedAt);

          assertThat(SourceSchema.fromItem(SourceSchema.toItem(row, changedAt))).isEqualTo(row);
        });
  }

  @Test
  void writesTheAttributesOfARow() {
    assertThat(SourceSchema.toItem(ROW, 1_767_225_600_000L))
        .isEqualTo(
            Map.of(
                "tenant", AttributeValue.fromS("acme"),
                "name", AttributeValue.fromS("db/main"),
                "profile", AttributeValue.fromS("legacy"),
                "ciphertext", AttributeValue.fromS("c2VjcmV0"),
                "version", AttributeValue.fromN("5"),
                "updatedAt", AttributeValue.fromN("1767225600000")));
  }

  @ParameterizedTest
  @CsvSource({"profile", "ciphertext", "version"})
  void aRowThatLacksAnAttributeOrHasItOfAnotherTypeIsBad(String attribute) {
    SourceRow bad =
        new SourceRow.Unusable(
            ROW.id(), attribute.equals("version") ? null : Long.valueOf(5), Failure.BAD_ROW, 1L);
    Map<String, AttributeValue> item = new HashMap<>(SourceSchema.toItem(ROW, 1));

    item.remove(attribute);
    assertThat(SourceSchema.fromItem(item)).isEqualTo(bad);

    for (AttributeValue other :
        List.of(
            AttributeValue.fromBool(true),
            AttributeValue.fromNul(true),
            AttributeValue.fromB(SdkBytes.fromUtf8String("5")),
            attribute.equals("version") ? AttributeValue.fromS("5") : AttributeValue.fromN("5"))) {
      item.put(attribute, other);
      assertThat(SourceSchema.fromItem(item)).isEqualTo(bad);
    }
  }

  @ParameterizedTest
  @CsvSource({"-1", "9007199254740992", "1.5"})
  void aVersionOutOfRangeIsBad(String version) {
    Map<String, AttributeValue> item = new HashMap<>(SourceSchema.toItem(ROW, 1));
    item.put("version", AttributeValue.fromN(version));

    assertThat(SourceSchema.fromItem(item))
        .isEqualTo(new SourceRow.Unusable(ROW.id(), null, Failure.BAD_ROW, 1L));
  }

  @Test
  void doesNotCareForWhatItDoesNotUse() {
    Map<String, AttributeValue> item = new HashMap<>(SourceSchema.toItem(ROW, 1));
    item.put("updatedAt", AttributeValue.fromS("2026-01-01"));
    item.put("comment", AttributeValue.fromS("by hand"));

    assertThat(SourceSchema.fromItem(item)).isEqualTo(ROW);
  }

  @Test
  void leavesOutWhatCannotBeACredential() {
    Map<String, AttributeValue> item = new HashMap<>(SourceSchema.toItem(ROW, 1));

    item.put("name", AttributeValue.fromS("a b"));
    assertThat(SourceSchema.fromItem(item)).isNull();

    item.put("name", AttributeValue.fromS("a"));
    item.put("tenant", AttributeValue.fromS("é"));
    assertThat(SourceSchema.fromItem(item)).isNull();
  }

  @Test
  void printsNoCiphertext() {
    assertThat(ROW).hasToString("Original[acme db/main, profile=legacy, version=5]");
  }
}
