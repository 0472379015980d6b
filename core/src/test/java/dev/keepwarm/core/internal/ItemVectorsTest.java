package dev.keepwarm.core.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Holds the entries' schema to {@code item-vectors.json}. */
final class ItemVectorsTest {
  private static final CredentialId ID = new CredentialId("acme", "db/main");
  private static final long NOW = 1_767_225_600_000L;

  /** An id as EventBridge makes it. */
  private static final String EVENT = "7bf73129-1428-4cd3-a780-95db273d1602";

  /** Attributes that a reader does not use. */
  private static final List<String> DECRYPTORS =
      List.of(
          "fence",
          "dataKeyCreatedAt",
          "revokedAt",
          "fillingBy",
          "fillingUntil",
          "ttl",
          "asOf",
          "event",
          "newSince",
          "announced",
          "announcedAt",
          "clearedAt",
          "revokedFor",
          "revokedAllFor",
          "revokedAllBy",
          "revokedBeside",
          "unrevokedFor");

  private final VectorFile file = new VectorFile("item-vectors.json");

  @Test
  void theFileIsWhatTheCodeMakes() {
    List<Object> malformed = new ArrayList<>();
    List<Object> malformedForTheDecryptor = new ArrayList<>();
    for (Malformed vector : malformed()) {
      (DECRYPTORS.contains(vector.attribute()) ? malformedForTheDecryptor : malformed)
          .add(vector.toJson());
    }
    Map<String, @Nullable Object> made = new LinkedHashMap<>();
    made.put(
        "about",
        "Items of the cache table in DynamoDB's JSON. written: an entry is written as exactly this"
            + " item and read back as this entry. read: nobody writes these today, but they are"
            + " read as this entry. malformed: reading fails with TAMPERED, because of this"
            + " attribute. malformedForTheDecryptor: the same, but of an attribute that a reader"
            + " may ignore. Bytes are base64.");
    made.put("written", written().stream().map(ItemVectorsTest::toJson).toList());
    made.put("read", readOnly().stream().map(Vector::toJson).toList());
    made.put("malformed", malformed);
    made.put("malformedForTheDecryptor", malformedForTheDecryptor);

    file.check(made);
  }

  @TestFactory
  List<DynamicTest> readsEveryItemAsTheEntryItMeans() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String array : List.of("written", "read")) {
      for (Map<String, @Nullable Object> vector : file.read(array)) {
        tests.add(
            DynamicTest.dynamicTest(
                array + " " + vector.get("id"),
                () ->
                    assertThat(meaning(EntrySchema.fromItem(item(vector))))
                        .isEqualTo(vector.get("entry"))));
      }
    }
    return tests;
  }

  @TestFactory
  List<DynamicTest> refusesEveryMalformedItem() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String array : List.of("malformed", "malformedForTheDecryptor")) {
      for (Map<String, @Nullable Object> vector : file.read(array)) {
        tests.add(
            DynamicTest.dynamicTest(
                array + " " + vector.get("id"),
                () ->
                    assertThatExceptionOfType(KeepwarmException.class)
                        .isThrownBy(() -> EntrySchema.fromItem(item(vector)))
                        .withMessageContaining((String) vector.get("attribute"))
                        .returns(ErrorCode.TAMPERED, KeepwarmException::code)));
      }
    }
    return tests;
  }

  private record Vector(String label, Map<String, AttributeValue> item, Entry entry) {
    Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("id", label);
      json.put("item", itemJson(item));
      json.put("entry", meaning(entry));
      return json;
    }
  }

  private record Malformed(String label, Map<String, AttributeValue> item, String attribute) {
    Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("id", label);
      json.put("item", itemJson(item));
      json.put("attribute", attribute);
      return json;
    }
  }

  private static Map<String, @Nullable Object> toJson(Map.Entry<String, Entry> entry) {
    return new Vector(entry.getKey(), EntrySchema.toItem(entry.getValue()), entry.getValue())
        .toJson();
  }

  private static List<Map.Entry<String, Entry>> written() {
    Revocation revocation = new Revocation(6, NOW - 60_000, NOW - 30_000);
    Revocation all = new Revocation(Revocation.ALL_VERSIONS, NOW, NOW);
    Lease lease = new Lease("5f0c-1", NOW + 5_000);
    Failure badPadding = new Failure("BAD_PADDING", NOW + 30_000);
    Failure notFound = new Failure(Failure.NOT_FOUND, NOW + 30_000);
    long ttl = 1_767_230_100L;
    return List.of(
        Map.entry("ready", Entry.ready(ID, 0, sealed(7), 3, null, ttl)),
        Map.entry("ready-after-a-revocation", Entry.ready(ID, 4, sealed(7), 3, revocation, null)),
        Map.entry(
            "ready-and-leased",
            new Entry(ID, 2, new Entry.Ready(sealed(7), 3, null), null, lease, ttl, Evidence.NONE)),
        Map.entry(
            "ready-and-asking",
            Entry.ready(ID, 0, sealed(7), 3, null, ttl).withProbe(NOW - 900_000)),
        Map.entry("ready-that-may-be-vouched-for", Entry.ready(ID, 0, vouchable(), 3, null, ttl)),
        Map.entry("ready-with-the-least-version", Entry.ready(ID, 0, sealed(0), 1, null, ttl)),
        Map.entry(
            "ready-with-the-greatest-version",
            Entry.ready(ID, Versions.MAX, sealed(Versions.MAX), 1, null, ttl)),
        Map.entry("undecodable", Entry.failed(ID, 1, 7L, badPadding, 3, null, NOW, ttl)),
        Map.entry(
            "undecodable-after-a-revocation",
            Entry.failed(
                ID,
                4,
                7L,
                badPadding,
                3,
                new Revocation(6, NOW - 60_000, badPadding.retryAt()),
                NOW,
                null)),
        Map.entry("not-found", Entry.failed(ID, 0, null, notFound, 0, null, NOW, ttl)),
        Map.entry("tombstone", tombstone(1, null, null, null, ttl)),
        Map.entry("tombstone-with-a-floor", tombstone(2, 8L, null, null, ttl)),
        Map.entry("tombstone-of-a-lease", tombstone(0, null, null, lease, ttl)),
        Map.entry("revoked", tombstone(3, null, revocation, null, null)),
        Map.entry("revoked-with-a-floor", tombstone(4, 8L, revocation, null, null)),
        Map.entry("all-versions-revoked", tombstone(1, null, all, null, null)),
        Map.entry("revoked-and-leased", tombstone(3, null, revocation, lease, null)),
        Map.entry(
            "ready-with-evidence",
            Entry.ready(ID, 0, sealed(7), 3, null, ttl)
                .withEvidence(
                    new Evidence(NOW - 60_000, EVENT, NOW - 90_000, null, null, NOW - 95_000))),
        Map.entry(
            "tombstone-that-awaits-a-version",
            tombstone(2, 7L, null, null, ttl)
                .withEvidence(new Evidence(NOW - 60_000, null, null, 8L, NOW - 1_000, null))),
        Map.entry(
            "all-versions-revoked-beside-one-that-was-named",
            tombstone(
                1,
                7L,
                new Revocation(
                    Revocation.ALL_VERSIONS, NOW, NOW, NOW - 1_000, NOW - 1_000, EVENT, 6L, null),
                null,
                null)),
        Map.entry(
            "revoked-of-an-event",
            tombstone(
                3,
                null,
                new Revocation(
                    6, NOW, NOW + 30_000, NOW - 1_000, NOW - 1_000, EVENT, null, NOW - 9_000),
                null,
                null)),
        Map.entry(
            "unrevoked",
            tombstone(
                4,
                null,
                new Revocation(
                    6, NOW - 5_000, 0, NOW - 6_000, NOW - 6_000, EVENT, null, NOW - 1_000),
                null,
                null)));
  }

  private static List<Vector> readOnly() {
    Entry ready = Entry.ready(ID, 0, sealed(7), 3, null, 1_767_230_100L);
    Entry revoked = tombstone(3, null, new Revocation(6, NOW, 0), null, null);
    return List.of(
        new Vector("without-a-fence", without(ready, "fence"), ready),
        new Vector(
            "without-a-ttl", without(ready, "ttl"), Entry.ready(ID, 0, sealed(7), 3, null, null)),
        new Vector(
            "with-an-unknown-attribute",
            with(ready, "colour", AttributeValue.fromBool(true)),
            ready),
        new Vector(
            "with-a-vouching-of-another-format",
            with(ready, "vouching", AttributeValue.fromB(SdkBytes.fromUtf8String("3rd"))),
            ready),
        new Vector("revoked-without-retry-at", without(revoked, "retryAt"), revoked),
        new Vector(
            "tombstone-with-left-overs",
            with(ready, "state", AttributeValue.fromS("INVALID")),
            tombstone(0, 7L, null, null, 1_767_230_100L)));
  }

  private static List<Malformed> malformed() {
    Entry ready =
        new Entry(
            ID,
            1,
            new Entry.Ready(sealed(7), 3, null),
            new Revocation(
                6, NOW - 60_000, NOW - 30_000, NOW - 61_000, NOW - 62_000, EVENT, 5L, NOW - 63_000),
            new Lease("5f0c-1", NOW + 5_000),
            1_767_230_100L,
            new Evidence(NOW - 64_000, EVENT, NOW - 65_000, 8L, NOW - 66_000, NOW - 67_000));
    Entry failed =
        Entry.failed(
            ID, 1, 7L, new Failure("BAD_PADDING", NOW + 30_000), 3, null, NOW, 1_767_230_100L);
    List<Malformed> vectors = new ArrayList<>();
    for (String attribute :
        List.of(
            "tenant",
            "name",
            "state",
            "version",
            "sealed",
            "dataKey",
            "dataKeyCreatedAt",
            "sealedAt",
            "softExpiresAt",
            "hardExpiresAt",
            "siblings",
            "revokedAt",
            "announced",
            "announcedAt",
            "fillingBy",
            "fillingUntil")) {
      vectors.add(
          new Malformed("ready-without-" + attribute, without(ready, attribute), attribute));
    }
    for (String attribute : List.of("failure", "retryAt", "sealedAt", "siblings")) {
      vectors.add(
          new Malformed("failed-without-" + attribute, without(failed, attribute), attribute));
    }
    for (Entry entry : List.of(ready, failed)) {
      new TreeMap<>(EntrySchema.toItem(entry))
          .forEach((attribute, value) -> {
            if (entry == ready || attribute.equals("failure")) {
              vectors.addAll(ofAnotherType(entry, attribute, value));
            }
          });
    }
    vectors.add(text(ready, "state", "empty", ""));
    vectors.add(text(ready, "state", "in-another-case", "ready"));
    vectors.add(text(ready, "state", "unknown", "PROBE"));
    vectors.add(text(failed, "failure", "empty", ""));
    vectors.add(text(failed, "failure", "a-message", "bad padding"));
    vectors.add(text(failed, "failure", "too-long", "A".repeat(65)));
    for (String part : List.of("tenant", "name")) {
      vectors.add(text(ready, part, "empty", ""));
      vectors.add(text(ready, part, "with-a-blank", "a b"));
      vectors.add(text(ready, part, "not-ascii", "é"));
      vectors.add(text(ready, part, "too-long", "a".repeat(129)));
    }
    vectors.add(bytes(ready, "sealed", Envelope.OVERHEAD - 1));
    vectors.add(bytes(ready, "dataKey", 0));
    Entry vouchable = Entry.ready(ID, 1, vouchable(), 3, null, 1_767_230_100L);
    vectors.addAll(
        ofAnotherType(
            vouchable, "vouching", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[0]))));
    vectors.add(
        new Malformed(
            "vouching-is-cut",
            with(
                vouchable,
                "vouching",
                AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {2}))),
            "vouching"));
    return vectors;
  }

  private static List<Malformed> ofAnotherType(
      Entry entry, String attribute, AttributeValue value) {
    List<Malformed> vectors = new ArrayList<>();
    boolean isNumber = value.type() == AttributeValue.Type.N;
    Map<String, AttributeValue> others = new LinkedHashMap<>();
    others.put(
        isNumber ? "a-text" : "a-number",
        isNumber ? AttributeValue.fromS(value.n()) : AttributeValue.fromN("7"));
    others.put("null", AttributeValue.fromNul(true));
    if (isNumber) {
      others.put("negative", AttributeValue.fromN("-1"));
      others.put("a-fraction", AttributeValue.fromN("1.5"));
      others.put("too-great", AttributeValue.fromN("9007199254740992"));
      others.put("not-in-plain-digits", AttributeValue.fromN("1E3"));
    }
    others.forEach((what, other) ->
        vectors.add(
            new Malformed(attribute + "-is-" + what, with(entry, attribute, other), attribute)));
    return vectors;
  }

  private static Malformed text(Entry entry, String attribute, String what, String text) {
    return new Malformed(
        attribute + "-is-" + what, with(entry, attribute, AttributeValue.fromS(text)), attribute);
  }

  private static Malformed bytes(Entry entry, String attribute, int length) {
    return new Malformed(
        attribute + "-is-of-" + length + "-bytes",
        with(entry, attribute, AttributeValue.fromB(SdkBytes.fromByteArray(new byte[length]))),
        attribute);
  }

  private static SealedCredential sealed(long version) {
    return new SealedCredential(
        version,
        SdkBytes.fromUtf8String("an envelope is at least 29 bytes"),
        SdkBytes.fromString("a wrapped data key", UTF_8),
        NOW - 3_600_000,
        NOW,
        NOW + 150_000,
        NOW + 900_000);
  }

  private static SealedCredential vouchable() {
    return sealed(7)
        .with(
            new Vouching(
                NOW + 86_400_000,
                160,
                SdkBytes.fromUtf8String("of 12 bytes."),
                SdkBytes.fromUtf8String("a public key of thirty-two bytes"),
                SdkBytes.fromUtf8String("twelve bytes and sixteen and")));
  }

  private static Entry tombstone(
      long fence,
      @Nullable Long floor,
      @Nullable Revocation revocation,
      @Nullable Lease lease,
      @Nullable Long ttl) {
    return new Entry(ID, fence, new Entry.Tombstone(floor), revocation, lease, ttl, Evidence.NONE);
  }

  private static Map<String, AttributeValue> without(Entry entry, String attribute) {
    Map<String, AttributeValue> item = new TreeMap<>(EntrySchema.toItem(entry));
    assertThat(item.remove(attribute)).as(attribute).isNotNull();
    return item;
  }

  private static Map<String, AttributeValue> with(
      Entry entry, String attribute, AttributeValue value) {
    Map<String, AttributeValue> item = new TreeMap<>(EntrySchema.toItem(entry));
    item.put(attribute, value);
    return item;
  }

  /** The entry as JSON; absent parts are null. */
  private static Map<String, @Nullable Object> meaning(Entry entry) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("tenant", entry.id().tenant());
    json.put("name", entry.id().name());
    json.put("state", entry.state().name());
    json.put("fence", entry.fence());
    json.put("version", entry.version());
    json.put("sealed", entry.sealed() == null ? null : meaning(entry.sealed()));
    json.put(
        "failure",
        entry.failure() == null
            ? null
            : ordered("code", entry.failure().code(), "retryAt", entry.failure().retryAt()));
    Revocation revocation = entry.revocation();
    json.put(
        "revocation",
        revocation == null
            ? null
            : ordered(
                "version", revocation.version(),
                "at", revocation.at(),
                "retryAt", revocation.retryAt()));
    Lease lease = entry.filling();
    json.put("filling", lease == null ? null : ordered("by", lease.by(), "until", lease.until()));
    json.put("siblings", entry.siblings() == null ? null : entry.siblings().longValue());
    json.put("writtenAt", entry.writtenAt());
    json.put("deletableAt", entry.deletableAt());
    json.put("probe", entry.probe());
    return json;
  }

  private static Map<String, @Nullable Object> meaning(SealedCredential sealed) {
    Map<String, @Nullable Object> meaning =
        ordered(
            "version", sealed.version(),
            "envelope", base64(sealed.envelope()),
            "dataKey", base64(sealed.dataKey()),
            "dataKeyCreatedAt", sealed.dataKeyCreatedAt(),
            "sealedAt", sealed.sealedAt(),
            "softExpiresAt", sealed.softExpiresAt(),
            "hardExpiresAt", sealed.hardExpiresAt());
    Vouching vouching = sealed.vouching();
    if (vouching != null) {
      meaning.put(
          "vouching",
          ordered(
              "sealedUntil", vouching.sealedUntil(),
              "slot", (long) vouching.slot(),
              "id", base64(vouching.id()),
              "signer", base64(vouching.signer())));
    }
    return meaning;
  }

  private static Map<String, @Nullable Object> ordered(Object... namesAndValues) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }

  private static String base64(SdkBytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.asByteArray());
  }

  private static Map<String, @Nullable Object> itemJson(Map<String, AttributeValue> item) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    new TreeMap<>(item)
        .forEach((name, value) ->
            json.put(
                name,
                switch (value.type()) {
                  case S -> Map.of("S", value.s());
                  case N -> Map.of("N", value.n());
                  case B -> Map.of("B", base64(value.b()));
                  case BOOL -> Map.of("BOOL", value.bool());
                  case NUL -> Map.of("NULL", value.nul());
                  default -> throw new AssertionError(value.type());
                }));
    return json;
  }

  private static Map<String, AttributeValue> item(Map<String, @Nullable Object> vector) {
    Map<String, AttributeValue> item = new LinkedHashMap<>();
    ((Map<?, ?>) vector.get("item"))
        .forEach((name, typed) -> {
          Map.Entry<?, ?> value = ((Map<?, ?>) typed).entrySet().iterator().next();
          item.put(
              (String) name,
              switch ((String) value.getKey()) {
                case "S" -> AttributeValue.fromS((String) value.getValue());
                case "N" -> AttributeValue.fromN((String) value.getValue());
                case "B" ->
                    AttributeValue.fromB(
                        SdkBytes.fromByteArray(
                            Base64.getDecoder().decode((String) value.getValue())));
                case "BOOL" -> AttributeValue.fromBool((Boolean) value.getValue());
                case "NULL" -> AttributeValue.fromNul((Boolean) value.getValue());
                default -> throw new AssertionError(value.getKey());
              });
        });
    return item;
  }
}
