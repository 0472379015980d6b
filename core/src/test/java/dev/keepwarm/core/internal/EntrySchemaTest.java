package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

final class EntrySchemaTest {
  @Test
  void readsWhatItWrites() {
    Property.check(
        1_000,
        gen -> {
          Entry entry = Entries.any(gen);

          assertThat(EntrySchema.fromItem(EntrySchema.toItem(entry))).isEqualTo(entry);
        });
  }

  @Test
  void writesTheAttributesOfASealedEntry() {
    Map<String, AttributeValue> expected = new HashMap<>();
    expected.put("tenant", AttributeValue.fromS("acme"));
    expected.put("name", AttributeValue.fromS("db/main"));
    expected.put("state", AttributeValue.fromS("READY"));
    expected.put("fence", AttributeValue.fromN("3"));
    expected.put("version", AttributeValue.fromN("5"));
    expected.put("sealed", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[40])));
    expected.put("dataKey", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {1, 2, 3})));
    expected.put("dataKeyCreatedAt", AttributeValue.fromN("1767225599999"));
    expected.put("sealedAt", AttributeValue.fromN("1767225600000"));
    expected.put("softExpiresAt", AttributeValue.fromN("1767225600002"));
    expected.put("hardExpiresAt", AttributeValue.fromN("1767225600003"));
    expected.put("retryAt", AttributeValue.fromN("1767225599996"));
    expected.put("revoked", AttributeValue.fromN("4"));
    expected.put("revokedAt", AttributeValue.fromN("1767225599995"));
    expected.put("siblings", AttributeValue.fromN("7"));
    expected.put("fillingBy", AttributeValue.fromS("attempt-1"));
    expected.put("fillingUntil", AttributeValue.fromN("1767225600006"));
    expected.put("ttl", AttributeValue.fromN("1767230000"));
    expected.put("revokedFor", AttributeValue.fromN("1767225599993"));
    expected.put("revokedAllFor", AttributeValue.fromN("1767225599992"));
    expected.put("revokedAllBy", AttributeValue.fromS("event-1"));
    expected.put("revokedBeside", AttributeValue.fromN("3"));
    expected.put("unrevokedFor", AttributeValue.fromN("1767225599991"));
    expected.put("asOf", AttributeValue.fromN("1767225599990"));
    expected.put("event", AttributeValue.fromS("event-2"));
    expected.put("newSince", AttributeValue.fromN("1767225599989"));
    expected.put("announced", AttributeValue.fromN("6"));
    expected.put("announcedAt", AttributeValue.fromN("1767225599988"));
    expected.put("clearedAt", AttributeValue.fromN("1767225599987"));

    assertThat(EntrySchema.toItem(Entries.ready())).isEqualTo(expected);
  }

  @Test
  void writesNoAttributeForWhatIsAbsent() {
    Entry bare = Entry.bareTombstone(Entries.ID, 0, null);

    assertThat(EntrySchema.toItem(bare)).containsOnlyKeys("tenant", "name", "state", "fence");
  }

  @Test
  void anItemOf256BytesIsOneWriteUnit() {
    int overhead = Envelope.OVERHEAD;
    Entry entry =
        Entry.ready(
                new CredentialId("tenant-of-usual-length", "direct-deposit/account"),
                1,
                new SealedCredential(
                    12,
                    SdkBytes.fromByteArray(new byte[256 + overhead]),
                    // The length of KMS's ciphertext for a data key of 32 bytes.
                    SdkBytes.fromByteArray(new byte[184]),
                    Entries.NOW,
                    Entries.NOW,
                    Entries.NOW,
                    Entries.NOW),
                5,
                null,
                1L)
            .withEvidence(
                new Evidence(
                    Entries.NOW,
                    "7bf73129-1428-4cd3-a780-95db273d1602",
                    Entries.NOW,
                    null,
                    null,
                    Entries.NOW));

    assertThat(size(EntrySchema.toItem(entry))).isLessThan(1024);
  }

  @ParameterizedTest
  @CsvSource({"version", "sealed", "dataKey", "dataKeyCreatedAt", "softExpiresAt", "hardExpiresAt"})
  void aSealedEntryNeeds(String attribute) {
    assertTampered(without(Entries.ready(), attribute), attribute);
  }

  @ParameterizedTest
  @CsvSource({"failure", "retryAt"})
  void aFailedEntryNeeds(String attribute) {
    assertTampered(without(Entries.failed(), attribute), attribute);
  }

  @ParameterizedTest
  @CsvSource({"sealedAt", "siblings"})
  void anEntryThatIsNoTombstoneNeeds(String attribute) {
    assertTampered(without(Entries.ready(), attribute), attribute);
    assertTampered(without(Entries.failed(), attribute), attribute);
  }

  @ParameterizedTest
  @CsvSource({
    "tenant",
    "name",
    "state",
    "revoked",
    "revokedAt",
    "fillingBy",
    "fillingUntil",
    "announced",
    "announcedAt"
  })
  void everyEntryThatHasTheOtherHalfNeeds(String attribute) {
    for (Entry entry : List.of(Entries.ready(), Entries.failed(), Entries.tombstone())) {
      assertTampered(without(entry, attribute), attribute);
    }
  }

  @Test
  void doesWithoutTheRest() {
    assertThat(EntrySchema.fromItem(without(Entries.ready(), "fence")).fence()).isZero();
    assertThat(EntrySchema.fromItem(without(Entries.ready(), "ttl")).deletableAt()).isNull();
    assertThat(EntrySchema.fromItem(without(Entries.failed(), "version")).version()).isNull();
    assertThat(EntrySchema.fromItem(without(Entries.tombstone(), "version")).version()).isNull();
    assertThat(EntrySchema.fromItem(without(Entries.tombstone(), "retryAt")).revocation())
        .isEqualTo(Entries.tombstone().revocation().withRetryAt(0));
  }

  @Test
  void everyAttributeOfAnotherTypeIsTampering() {
    for (Entry entry : List.of(Entries.ready(), Entries.failed(), Entries.tombstone())) {
      EntrySchema.toItem(entry)
          .forEach((name, value) -> {
            for (AttributeValue other : otherTypes(value)) {
              assertTampered(with(entry, name, other), name);
            }
          });
    }
  }

  @Test
  void everyNumberOutOfRangeIsTampering() {
    EntrySchema.toItem(Entries.ready())
        .forEach((name, value) -> {
          if (value.type() == AttributeValue.Type.N) {
            for (String number :
                List.of(
                    "-1", "9007199254740992", "1.5", "1E3", "+1", "01", "99999999999999999999")) {
              assertTampered(with(Entries.ready(), name, AttributeValue.fromN(number)), name);
            }
          }
        });
    assertTampered(
        with(Entries.ready(), "siblings", AttributeValue.fromN("2147483648")), "siblings");
  }

  @ParameterizedTest
  @CsvSource({
    "state, ready",
    "state, PROBE",
    "state, ''",
    "failure, bad",
    "failure, ''",
    "tenant, a b",
    "name, é",
    "name, ''"
  })
  void everyTextOutOfItsGrammarIsTampering(String attribute, String text) {
    assertTampered(with(Entries.failed(), attribute, AttributeValue.fromS(text)), attribute);
  }

  @ParameterizedTest
  @CsvSource({"sealed, 28", "sealed, 65566", "dataKey, 0", "dataKey, 6145"})
  void bytesOfAnotherLengthAreTampering(String attribute, int length) {
    AttributeValue bytes = AttributeValue.fromB(SdkBytes.fromByteArray(new byte[length]));

    assertTampered(with(Entries.ready(), attribute, bytes), attribute);
  }

  @Test
  void readsEnvelopesOfEveryLengthThatCanBeSealed() {
    for (int length : new int[] {29, 65565}) {
      AttributeValue bytes = AttributeValue.fromB(SdkBytes.fromByteArray(new byte[length]));
      SealedCredential sealed =
          EntrySchema.fromItem(with(Entries.ready(), "sealed", bytes)).sealed();

      assertThat(sealed).isNotNull();
      assertThat(sealed.envelope().asByteArray()).hasSize(length);
    }
  }

  @Test
  void ignoresAttributesOfTheFuture() {
    assertThat(EntrySchema.fromItem(with(Entries.ready(), "colour", AttributeValue.fromBool(true))))
        .isEqualTo(Entries.ready());
  }

  @Test
  void aTombstoneHoldsNothingWhateverElseIsThere() {
    Map<String, AttributeValue> item =
        with(Entries.ready(), "state", AttributeValue.fromS("INVALID"));

    Entry entry = EntrySchema.fromItem(item);

    assertThat(entry.sealed()).isNull();
    assertThat(entry.siblings()).isNull();
    assertThat(entry.writtenAt()).isNull();
  }

  private static List<AttributeValue> otherTypes(AttributeValue value) {
    return List.of(
            AttributeValue.fromS("1"),
            AttributeValue.fromN("1"),
            AttributeValue.fromB(SdkBytes.fromUtf8String("1")),
            AttributeValue.fromBool(true),
            AttributeValue.fromNul(true),
            AttributeValue.fromSs(List.of("1")),
            AttributeValue.fromL(List.of()),
            AttributeValue.fromM(Map.of()))
        .stream()
        .filter(other -> other.type() != value.type())
        .toList();
  }

  private static Map<String, AttributeValue> without(Entry entry, String attribute) {
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(entry));
    assertThat(item.remove(attribute)).as(attribute).isNotNull();
    return item;
  }

  private static Map<String, AttributeValue> with(
      Entry entry, String attribute, AttributeValue value) {
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(entry));
    item.put(attribute, value);
    return item;
  }

  private static void assertTampered(Map<String, AttributeValue> item, String attribute) {
    assertThatExceptionOfType(KeepwarmException.class)
        .as(attribute)
        .isThrownBy(() -> EntrySchema.fromItem(item))
        .withMessageContaining(attribute)
        .withNoCause()
        .returns(ErrorCode.TAMPERED, KeepwarmException::code);
  }

  /** Counts as DynamoDB does: names and values; a number has about half a byte per digit. */
  private static int size(Map<String, AttributeValue> item) {
    int size = 0;
    for (Map.Entry<String, AttributeValue> attribute : item.entrySet()) {
      AttributeValue value = attribute.getValue();
      size += attribute.getKey().length();
      size +=
          switch (value.type()) {
            case S -> value.s().length();
            case N -> value.n().length() / 2 + 2;
            case B -> value.b().asByteArray().length;
            default -> throw new AssertionError(value.type());
          };
    }
    return size;
  }
}
