package dev.keepwarm.core.internal;

import static dev.keepwarm.core.internal.VectorFile.derived;
import static dev.keepwarm.core.internal.VectorFile.flipped;
import static dev.keepwarm.core.internal.VectorFile.hex;
import static dev.keepwarm.core.internal.VectorFile.id;
import static dev.keepwarm.core.internal.VectorFile.key;
import static dev.keepwarm.core.internal.VectorFile.number;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import software.amazon.awssdk.core.SdkBytes;

/** Holds {@link Vouching} and {@link FreshnessRecord} to {@code freshness-vectors.json}. */
final class FreshnessVectorsTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final long NOW = 1_767_225_600_000L;
  private static final CredentialId ID = new CredentialId("acme", "db/main");

  private final VectorFile file = new VectorFile("freshness-vectors.json");

  @Test
  void theFileIsWhatTheCodeMakes() {
    Map<String, @Nullable Object> made = new LinkedHashMap<>();
    made.put(
        "about",
        "Format 2. vouching: an entry with these fields and this key, nonce, slot, id and signer"
            + " has the attribute vouchingHex. vouchingTampered: each is one of these with one"
            + " change, and must not unseal. vouchingMalformed: such an item is TAMPERED."
            + " vouchingUnknown: it counts as no vouching. records: these signers make recordHex of"
            + " this content. recordsRefused: each is malformed, or another slot's. recordsUnknown:"
            + " it counts as no record. recordsUnsigned: it is well-formed, but the signer did not"
            + " sign it.");
    made.put("vouching", vouching());
    made.put("vouchingTampered", vouchingTampered());
    made.put("vouchingMalformed", vouchingMalformed());
    made.put("vouchingUnknown", vouchingUnknown());
    made.put("records", records());
    made.put("recordsRefused", recordsRefused());
    made.put("recordsUnknown", recordsUnknown());
    made.put("recordsUnsigned", recordsUnsigned());

    file.check(made);
  }

  @TestFactory
  List<DynamicTest> sealsAndChecksEveryVouching() {
    return each(
        "vouching",
        vector -> {
          SealedCredential sealed = sealed(vector);
          Vouching vouching = Objects.requireNonNull(sealed.vouching());

          assertThat(Envelope.authenticated(id(vector), sealed, vouching.head()))
              .isEqualTo(hex(vector, "aadHex"));
          assertThat(Envelope.unseal(key(vector), id(vector), sealed))
              .isEqualTo("secret".getBytes(UTF_8));
          assertThat(vouching.toBytes()).isEqualTo(bytes(vector, "vouchingHex"));
          assertThat(vouching.sealedUntil()).isEqualTo(number(vector, "sealedUntil"));
          assertThat(vouching.slot()).isEqualTo((int) number(vector, "slot"));
          assertThat(vouching.id()).isEqualTo(bytes(vector, "vouchIdHex"));
          assertThat(vouching.signer()).isEqualTo(bytes(vector, "signerHex"));
        });
  }

  @TestFactory
  List<DynamicTest> refusesEveryTamperedVouching() {
    return each(
        "vouchingTampered",
        vector -> assertTampered(() -> Envelope.unseal(key(vector), id(vector), sealed(vector))));
  }

  @TestFactory
  List<DynamicTest> refusesEveryMalformedVouching() {
    return each(
        "vouchingMalformed",
        vector -> assertTampered(() -> Vouching.parse(bytes(vector, "vouchingHex"))));
  }

  @TestFactory
  List<DynamicTest> ignoresEveryUnknownVouching() {
    return each(
        "vouchingUnknown",
        vector -> assertThat(Vouching.parse(bytes(vector, "vouchingHex"))).isNull());
  }

  @TestFactory
  List<DynamicTest> signsAndReadsEveryRecord() {
    return each(
        "records",
        vector -> {
          List<SigningKey> signers =
              ((List<?>) vector.get("seedsHex"))
                  .stream().map(seed -> SigningKey.of(HEX.parseHex((String) seed))).toList();
          Map<SdkBytes, Long> named = named(vector);
          SdkBytes bytes = bytes(vector, "recordHex");
          int slot = (int) number(vector, "slot");

          assertThat(
                  FreshnessRecord.sign(
                      slot,
                      number(vector, "checkedAt"),
                      number(vector, "freshUntil"),
                      named,
                      signers))
              .isEqualTo(bytes);
          FreshnessRecord record = Objects.requireNonNull(FreshnessRecord.parse(bytes, slot));
          assertThat(record.checkedAt()).isEqualTo(number(vector, "checkedAt"));
          assertThat(record.freshUntil()).isEqualTo(number(vector, "freshUntil"));
          for (SigningKey signer : signers) {
            assertThat(record.isSignedBy(signer.publicKey())).isTrue();
          }
          named.forEach((id, probe) -> {
            assertThat(record.names(id)).isTrue();
            assertThat(record.probe(id)).isEqualTo(probe < 0 ? null : probe);
          });
          assertThat(record.names(vouchId("nobody"))).isFalse();
          assertThat(record.probe(vouchId("nobody"))).isNull();
        });
  }

  @TestFactory
  List<DynamicTest> refusesEveryMalformedRecord() {
    return each(
        "recordsRefused",
        vector ->
            assertTampered(() ->
                FreshnessRecord.parse(bytes(vector, "recordHex"), (int) number(vector, "slot"))));
  }

  @TestFactory
  List<DynamicTest> ignoresEveryUnknownRecord() {
    return each(
        "recordsUnknown",
        vector ->
            assertThat(
                    FreshnessRecord.parse(bytes(vector, "recordHex"), (int) number(vector, "slot")))
                .isNull());
  }

  @TestFactory
  List<DynamicTest> believesNoUnsignedRecord() {
    return each(
        "recordsUnsigned",
        vector ->
            assertThat(
                    Objects.requireNonNull(
                            FreshnessRecord.parse(
                                bytes(vector, "recordHex"), (int) number(vector, "slot")))
                        .isSignedBy(bytes(vector, "signerHex")))
                .isFalse());
  }

  private static List<Map<String, @Nullable Object>> vouching() {
    return List.of(
        vouching("usual", ID, 7, NOW, NOW + 86_400_000, 160),
        vouching("slot-0", ID, 7, NOW, NOW + 86_400_000, 0),
        vouching("greatest-slot", ID, 7, NOW, NOW + 86_400_000, Integer.MAX_VALUE),
        vouching("least-numbers", new CredentialId("a", "b"), 0, 0, 0, 1),
        vouching(
            "greatest-numbers",
            new CredentialId("a", "b"),
            Versions.MAX,
            Versions.MAX - 900_000,
            Versions.MAX,
            1));
  }

  private static Map<String, @Nullable Object> vouching(
      String label, CredentialId id, long version, long sealedAt, long sealedUntil, int slot) {
    Map<String, @Nullable Object> vector = new LinkedHashMap<>();
    byte[] nonce = Arrays.copyOf(derived("vouching nonce " + label), 12);
    Lifetimes lifetimes = new Lifetimes(900_000, 150_000, 0);
    vector.put("id", label);
    vector.put("dataKeyHex", HEX.formatHex(derived("data key " + label)));
    SealedCredential sealed =
        Envelope.withNonces(() -> Arrays.copyOf(derived("nonce " + label), 12))
            .seal(key(vector), id, version, sealedAt, lifetimes, "secret".getBytes(UTF_8));
    SealedCredential vouchable =
        Envelope.withNonces(() -> nonce)
            .vouchable(
                key(vector),
                id,
                sealed,
                sealedUntil,
                slot,
                vouchId(label),
                signer("ours").publicKey());
    Vouching vouching = Objects.requireNonNull(vouchable.vouching());
    vector.put("tenant", id.tenant());
    vector.put("name", id.name());
    vector.put("version", version);
    vector.put("sealedAt", sealedAt);
    vector.put("softExpiresAt", sealed.softExpiresAt());
    vector.put("hardExpiresAt", sealed.hardExpiresAt());
    vector.put("envelopeHex", hexOf(sealed.envelope()));
    vector.put("sealedUntil", sealedUntil);
    vector.put("slot", slot);
    vector.put("vouchIdHex", hexOf(vouching.id()));
    vector.put("signerHex", hexOf(vouching.signer()));
    vector.put("nonceHex", HEX.formatHex(nonce));
    vector.put("aadHex", HEX.formatHex(Envelope.authenticated(id, vouchable, vouching.head())));
    vector.put("vouchingHex", hexOf(vouching.toBytes()));
    return vector;
  }

  private static List<Map<String, @Nullable Object>> vouchingTampered() {
    Map<String, @Nullable Object> usual = vouching().getFirst();
    byte[] vouching = hex(usual, "vouchingHex");
    List<Map<String, @Nullable Object>> vectors = new ArrayList<>();
    vectors.add(tampered(usual, "sealed-until", flipped(vouching, 8, 1)));
    vectors.add(tampered(usual, "slot", flipped(vouching, 12, 1)));
    vectors.add(tampered(usual, "vouch-id", flipped(vouching, 13, 1)));
    vectors.add(tampered(usual, "signer", flipped(vouching, 56, 1)));
    vectors.add(tampered(usual, "nonce", flipped(vouching, 57, 1)));
    vectors.add(tampered(usual, "tag", flipped(vouching, 84, 1)));
    vectors.add(tampered(usual, "of-another-entry", hex(vouching().get(1), "vouchingHex")));
    return vectors;
  }

  private static Map<String, @Nullable Object> tampered(
      Map<String, @Nullable Object> usual, String label, byte[] vouching) {
    Map<String, @Nullable Object> vector = new LinkedHashMap<>(usual);
    List.of("sealedUntil", "slot", "vouchIdHex", "signerHex", "nonceHex", "aadHex")
        .forEach(vector::remove);
    vector.put("id", label);
    vector.put("vouchingHex", HEX.formatHex(vouching));
    return vector;
  }

  private static List<Map<String, @Nullable Object>> vouchingMalformed() {
    byte[] usual = hex(vouching().getFirst(), "vouchingHex");
    return List.of(
        ordered("id", "one-byte-less", "vouchingHex", HEX.formatHex(Arrays.copyOf(usual, 84))),
        ordered("id", "one-byte-more", "vouchingHex", HEX.formatHex(Arrays.copyOf(usual, 86))),
        ordered("id", "format-byte-only", "vouchingHex", "02"),
        ordered("id", "negative-slot", "vouchingHex", HEX.formatHex(flipped(usual, 9, 0x80))),
        ordered("id", "negative-time", "vouchingHex", HEX.formatHex(flipped(usual, 1, 0x80))),
        ordered("id", "time-too-great", "vouchingHex", HEX.formatHex(flipped(usual, 2, 0x20))));
  }

  private static List<Map<String, @Nullable Object>> vouchingUnknown() {
    byte[] usual = hex(vouching().getFirst(), "vouchingHex");
    return List.of(
        ordered("id", "format-1", "vouchingHex", HEX.formatHex(flipped(usual, 0, 3))),
        ordered("id", "format-3", "vouchingHex", HEX.formatHex(flipped(usual, 0, 1))),
        ordered("id", "nothing", "vouchingHex", ""));
  }

  private static List<Map<String, @Nullable Object>> records() {
    Map<SdkBytes, Long> thousand = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      thousand.put(
          vouchId("tenant " + i), i % 100 == 7 ? Long.valueOf(NOW - i) : FreshnessRecord.NO_PROBE);
    }
    Map<SdkBytes, Long> two =
        Map.of(vouchId("usual"), FreshnessRecord.NO_PROBE, vouchId("other"), NOW - 1000);
    return List.of(
        record("usual", 160, NOW, NOW + 900_000, two, List.of("ours")),
        record("nobody", 160, NOW, NOW + 900_000, Map.of(), List.of("ours")),
        record("a-thousand", 160, NOW, NOW + 900_000, thousand, List.of("ours")),
        record("two-signers", 160, NOW, NOW + 900_000, two, List.of("ours", "next")),
        record(
            "four-signers", 0, NOW, NOW + 900_000, two, List.of("ours", "next", "third", "last")),
        record("least-numbers", 0, 0, 1, Map.of(vouchId("usual"), 0L), List.of("ours")),
        record(
            "greatest-numbers",
            Integer.MAX_VALUE,
            Versions.MAX - 1,
            Versions.MAX,
            Map.of(vouchId("usual"), Versions.MAX),
            List.of("ours")));
  }

  private static Map<String, @Nullable Object> record(
      String label,
      int slot,
      long checkedAt,
      long freshUntil,
      Map<SdkBytes, Long> named,
      List<String> signers) {
    SdkBytes bytes =
        FreshnessRecord.sign(
            slot,
            checkedAt,
            freshUntil,
            named,
            signers.stream().map(FreshnessVectorsTest::signer).toList());
    List<Object> ids = new ArrayList<>();
    named.entrySet().stream()
        .sorted(Comparator.comparing(entry -> hexOf(entry.getKey())))
        .forEach(entry ->
            ids.add(
                entry.getValue() < 0
                    ? ordered("idHex", hexOf(entry.getKey()))
                    : ordered("idHex", hexOf(entry.getKey()), "probe", entry.getValue())));
    return ordered(
        "id", label,
        "slot", slot,
        "checkedAt", checkedAt,
        "freshUntil", freshUntil,
        "named", ids,
        "seedsHex", signers.stream().map(name -> HEX.formatHex(derived("seed " + name))).toList(),
        "recordHex", hexOf(bytes));
  }

  /**
   * The usual record has its slot at 1, its times at 5 and 13, the number of ids at 21, two ids at
   * 25, the number of probes at 49, a probe at 53, the number of signatures at 65, and is 162 long.
   */
  private static List<Map<String, @Nullable Object>> recordsRefused() {
    byte[] usual = hex(records().getFirst(), "recordHex");
    assertThat(usual).hasSize(162);
    byte[] swapped = usual.clone();
    System.arraycopy(usual, 25, swapped, 37, 12);
    System.arraycopy(usual, 37, swapped, 25, 12);
    byte[] twice = usual.clone();
    System.arraycopy(usual, 25, twice, 37, 12);
    byte[] endsFirst = usual.clone();
    System.arraycopy(usual, 5, endsFirst, 13, 8);
    byte[] both = hex(records().get(3), "recordHex");
    System.arraycopy(both, 66, both, 66 + 96, 96);
    List<Map<String, @Nullable Object>> vectors = new ArrayList<>();
    vectors.add(refused("another-slot", 161, usual));
    vectors.add(refused("nothing", 160, new byte[0]));
    for (int length : List.of(1, 24, 25, 36, 48, 52, 60, 65, 66, 161)) {
      vectors.add(refused("cut-to-" + length, 160, Arrays.copyOf(usual, length)));
    }
    vectors.add(refused("one-byte-more", 160, Arrays.copyOf(usual, 163)));
    vectors.add(refused("ids-in-another-order", 160, swapped));
    vectors.add(refused("an-id-twice", 160, twice));
    vectors.add(refused("fresh-for-no-time", 160, endsFirst));
    vectors.add(refused("checked-at-too-great", 160, flipped(usual, 6, 0x20)));
    vectors.add(refused("fresh-until-too-great", 160, flipped(usual, 14, 0x20)));
    vectors.add(refused("negative-fresh-until", 160, flipped(usual, 13, 0x80)));
    vectors.add(refused("one-id-more", 160, flipped(usual, 24, 1)));
    vectors.add(refused("one-id-less", 160, flipped(usual, 24, 3)));
    vectors.add(refused("too-many-ids", 160, flipped(usual, 22, 1)));
    vectors.add(refused("a-negative-number-of-ids", 160, flipped(usual, 21, 0x80)));
    vectors.add(refused("no-probe", 160, flipped(usual, 52, 1)));
    vectors.add(refused("more-probes-than-ids", 160, flipped(usual, 52, 2)));
    vectors.add(refused("a-negative-number-of-probes", 160, flipped(usual, 49, 0x80)));
    vectors.add(refused("a-probe-of-no-id", 160, flipped(usual, 56, 2)));
    vectors.add(refused("a-probe-too-great", 160, flipped(usual, 58, 0x20)));
    byte[] first = Arrays.copyOfRange(usual, 53, 65);
    byte[] second = flipped(first, 3, 1);
    vectors.add(refused("a-probe-twice", 160, withProbes(usual, first, first)));
    vectors.add(refused("probes-in-another-order", 160, withProbes(usual, second, first)));
    vectors.add(refused("no-signature", 160, flipped(usual, 65, 1)));
    vectors.add(refused("one-signature-more", 160, flipped(usual, 65, 3)));
    vectors.add(refused("signed-twice-by-one-key", 160, both));
    return vectors;
  }

  /** A record of one probe with these two in its place. */
  private static byte[] withProbes(byte[] usual, byte[] one, byte[] other) {
    return ByteBuffer.allocate(usual.length + other.length)
        .put(usual, 0, 49)
        .putInt(2)
        .put(one)
        .put(other)
        .put(usual, 65, usual.length - 65)
        .array();
  }

  private static Map<String, @Nullable Object> refused(String label, int slot, byte[] bytes) {
    return ordered("id", label, "slot", slot, "recordHex", HEX.formatHex(bytes));
  }

  private static List<Map<String, @Nullable Object>> recordsUnknown() {
    byte[] usual = hex(records().getFirst(), "recordHex");
    return List.of(
        refused("format-0", 160, flipped(usual, 0, 1)),
        refused("format-2", 160, flipped(usual, 0, 3)));
  }

  private static List<Map<String, @Nullable Object>> recordsUnsigned() {
    byte[] usual = hex(records().getFirst(), "recordHex");
    List<Map<String, @Nullable Object>> vectors = new ArrayList<>();
    vectors.add(unsigned("by-another-key", usual, signer("next").publicKey()));
    Map<String, Integer> places = new LinkedHashMap<>();
    places.put("checked-at", 12);
    places.put("fresh-until", 20);
    places.put("first-id", 36);
    places.put("last-id", 48);
    places.put("probe", 64);
    places.put("signature", 161);
    places.forEach((label, place) ->
        vectors.add(
            unsigned("another-" + label, flipped(usual, place, 1), signer("ours").publicKey())));
    // The record only claims its signer. That does not make the signature valid.
    byte[] claimed = usual.clone();
    System.arraycopy(signer("next").publicKey().asByteArray(), 0, claimed, 66, 32);
    vectors.add(unsigned("claims-another-signer", claimed, signer("next").publicKey()));
    byte[] noPoint = usual.clone();
    Arrays.fill(noPoint, 66, 98, (byte) 0xff);
    vectors.add(
        unsigned(
            "signer-is-no-key",
            noPoint,
            SdkBytes.fromByteArray(Arrays.copyOfRange(noPoint, 66, 98))));
    return vectors;
  }

  private static Map<String, @Nullable Object> unsigned(
      String label, byte[] bytes, SdkBytes signer) {
    return ordered(
        "id", label, "slot", 160, "signerHex", hexOf(signer), "recordHex", HEX.formatHex(bytes));
  }

  private interface Check {
    void of(Map<String, @Nullable Object> vector);
  }

  private List<DynamicTest> each(String array, Check check) {
    return file.read(array).stream()
        .map(vector -> DynamicTest.dynamicTest((String) vector.get("id"), () -> check.of(vector)))
        .toList();
  }

  private static void assertTampered(ThrowingCallable call) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(call)
        .returns(ErrorCode.TAMPERED, KeepwarmException::code);
  }

  private static SealedCredential sealed(Map<String, @Nullable Object> vector) {
    return new SealedCredential(
        number(vector, "version"),
        bytes(vector, "envelopeHex"),
        SdkBytes.fromUtf8String("wrapped"),
        1,
        number(vector, "sealedAt"),
        number(vector, "softExpiresAt"),
        number(vector, "hardExpiresAt"),
        Vouching.parse(bytes(vector, "vouchingHex")));
  }

  private static Map<SdkBytes, Long> named(Map<String, @Nullable Object> vector) {
    Map<SdkBytes, Long> named = new HashMap<>();
    for (Object each : (List<?>) vector.get("named")) {
      Map<?, ?> one = (Map<?, ?>) each;
      named.put(
          SdkBytes.fromByteArray(HEX.parseHex((String) one.get("idHex"))),
          one.get("probe") instanceof Long probe ? probe : FreshnessRecord.NO_PROBE);
    }
    return named;
  }

  private static SigningKey signer(String name) {
    return SigningKey.of(derived("seed " + name));
  }

  private static SdkBytes vouchId(String label) {
    return SdkBytes.fromByteArray(Arrays.copyOf(derived("id " + label), Vouching.ID_LENGTH));
  }

  private static SdkBytes bytes(Map<String, @Nullable Object> vector, String field) {
    return SdkBytes.fromByteArray(hex(vector, field));
  }

  private static String hexOf(SdkBytes bytes) {
    return HEX.formatHex(bytes.asByteArray());
  }

  private static Map<String, @Nullable Object> ordered(Object... namesAndValues) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }
}
