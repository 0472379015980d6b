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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import software.amazon.awssdk.core.SdkBytes;

/** Holds the envelope to {@code envelope-vectors.json}. */
final class EnvelopeVectorsTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final String ALLOWED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@/+=-";
  private static final long NOW = 1_767_225_600_000L;

  private final VectorFile file = new VectorFile("envelope-vectors.json");
  private final VectorFile madeByNode = new VectorFile("envelope-vectors-node.json");

  @Test
  void theFileIsWhatTheCodeMakes() {
    Map<String, @Nullable Object> made = new LinkedHashMap<>();
    made.put(
        "about",
        "Envelopes of format 1. sealed: seal with this key and nonce to get envelopeHex, unseal to get"
            + " the plaintext; plaintextRepeat is that byte, that many times. tampered: each is the"
            + " first of sealed with one change, and must fail with TAMPERED.");
    made.put("sealed", sealedVectors());
    made.put("tampered", tamperedVectors());

    file.check(made);
  }

  @TestFactory
  List<DynamicTest> sealsAndUnsealsEveryVector() {
    return Stream.of(file, madeByNode)
        .flatMap(each -> each.read("sealed").stream())
        .map(vector ->
            DynamicTest.dynamicTest(
                (String) vector.get("id"),
                () -> {
                  byte[] plaintext = plaintext(vector);
                  byte[] nonce = hex(vector, "nonceHex");

                  assertThat(
                          Envelope.authenticated(
                              id(vector),
                              number(vector, "version"),
                              number(vector, "sealedAt"),
                              number(vector, "softExpiresAt"),
                              number(vector, "hardExpiresAt")))
                      .isEqualTo(hex(vector, "aadHex"));
                  assertThat(Envelope.unseal(key(vector), id(vector), sealed(vector)))
                      .isEqualTo(plaintext);
                  assertThat(
                          Envelope.withNonces(() -> nonce)
                              .seal(
                                  key(vector),
                                  id(vector),
                                  number(vector, "version"),
                                  number(vector, "sealedAt"),
                                  lifetimes(vector),
                                  plaintext))
                      .isEqualTo(sealed(vector));
                }))
        .toList();
  }

  @TestFactory
  List<DynamicTest> refusesEveryTamperedVector() {
    return file.read("tampered").stream()
        .map(vector ->
            DynamicTest.dynamicTest(
                (String) vector.get("id"),
                () ->
                    assertThatExceptionOfType(KeepwarmException.class)
                        .isThrownBy(() -> Envelope.unseal(key(vector), id(vector), sealed(vector)))
                        .returns(ErrorCode.TAMPERED, KeepwarmException::code)))
        .toList();
  }

  private static List<Map<String, @Nullable Object>> sealedVectors() {
    String longest = "x".repeat(CredentialId.MAX_LENGTH);
    String everyCharacter =
        ALLOWED + ALLOWED.substring(0, CredentialId.MAX_LENGTH - ALLOWED.length());
    byte[] utf8 = "{\"user\":\"zoë\",\"password\":\"s3cret €\"}".getBytes(UTF_8);
    return List.of(
        seal("usual", "acme", "db/main", 7, NOW, NOW + 150_000, NOW + 900_000, utf8),
        seal(
            "empty-plaintext",
            "acme",
            "db/main",
            7,
            NOW,
            NOW + 150_000,
            NOW + 900_000,
            new byte[0]),
        seal("one-byte", "a", "b", 1, NOW, NOW + 500, NOW + 3_000, new byte[] {0}),
        seal("every-byte", "acme", "keys/every", 2, NOW, NOW + 500, NOW + 3_000, everyByte()),
        seal("longest-ids", longest, longest, 7, NOW, NOW + 150_000, NOW + 900_000, utf8),
        seal(
            "all-allowed-characters",
            everyCharacter,
            new StringBuilder(everyCharacter).reverse().toString(),
            7,
            NOW,
            NOW + 150_000,
            NOW + 900_000,
            utf8),
        seal("least-numbers", "acme", "db/main", 0, 0, 0, 0, utf8),
        seal(
            "greatest-numbers",
            "acme",
            "db/main",
            Versions.MAX,
            Versions.MAX,
            Versions.MAX,
            Versions.MAX,
            utf8),
        sealRepeated("longest-plaintext", (byte) 0x5a, Envelope.MAX_PLAINTEXT));
  }

  private static Map<String, @Nullable Object> seal(
      String label,
      String tenant,
      String name,
      long version,
      long sealedAt,
      long softExpiresAt,
      long hardExpiresAt,
      byte[] plaintext) {
    Map<String, @Nullable Object> vector = new LinkedHashMap<>();
    byte[] nonce = Arrays.copyOf(derived("nonce " + label), 12);
    vector.put("id", label);
    vector.put("dataKeyHex", HEX.formatHex(derived("data key " + label)));
    vector.put("tenant", tenant);
    vector.put("name", name);
    vector.put("version", version);
    vector.put("sealedAt", sealedAt);
    vector.put("softExpiresAt", softExpiresAt);
    vector.put("hardExpiresAt", hardExpiresAt);
    vector.put("nonceHex", HEX.formatHex(nonce));
    vector.put("plaintextHex", HEX.formatHex(plaintext));
    vector.put(
        "aadHex",
        HEX.formatHex(
            Envelope.authenticated(id(vector), version, sealedAt, softExpiresAt, hardExpiresAt)));
    SealedCredential sealed =
        Envelope.withNonces(() -> nonce)
            .seal(key(vector), id(vector), version, sealedAt, lifetimes(vector), plaintext);
    vector.put("envelopeHex", HEX.formatHex(sealed.envelope().asByteArray()));
    return vector;
  }

  private static Map<String, @Nullable Object> sealRepeated(String label, byte value, int times) {
    byte[] plaintext = new byte[times];
    Arrays.fill(plaintext, value);
    Map<String, @Nullable Object> vector = new LinkedHashMap<>();
    seal(label, "acme", "db/main", 7, NOW, NOW + 150_000, NOW + 900_000, plaintext)
        .forEach((field, content) -> {
          if (field.equals("plaintextHex")) {
            Map<String, Object> repeat = new LinkedHashMap<>();
            repeat.put("byteHex", HEX.toHexDigits(value));
            repeat.put("length", times);
            vector.put("plaintextRepeat", repeat);
          } else {
            vector.put(field, content);
          }
        });
    return vector;
  }

  private static List<Map<String, @Nullable Object>> tamperedVectors() {
    List<Map<String, @Nullable Object>> vectors = new ArrayList<>();
    Map<String, @Nullable Object> usual = sealedVectors().getFirst();
    vectors.add(changed(usual, "tenant", "tenant", "acma"));
    vectors.add(changed(usual, "tenant-case", "tenant", "Acme"));
    vectors.add(changed(usual, "name", "name", "db/mail"));
    Map<String, @Nullable Object> shifted = changed(usual, "tenant-and-name", "tenant", "acmed");
    shifted.put("name", "b/main");
    vectors.add(shifted);
    vectors.add(changed(usual, "version", "version", 8L));
    vectors.add(changed(usual, "sealed-at", "sealedAt", NOW + 1));
    vectors.add(changed(usual, "soft-expires-at", "softExpiresAt", NOW + 150_001));
    vectors.add(changed(usual, "hard-expires-at", "hardExpiresAt", NOW + 1_800_000));
    vectors.add(changed(usual, "data-key", "dataKeyHex", HEX.formatHex(derived("another key"))));

    byte[] envelope = hex(usual, "envelopeHex");
    vectors.add(withEnvelope(usual, "format-0", flipped(envelope, 0, 1)));
    vectors.add(withEnvelope(usual, "format-2", flipped(envelope, 0, 3)));
    vectors.add(withEnvelope(usual, "nonce", flipped(envelope, 1, 1)));
    vectors.add(withEnvelope(usual, "ciphertext", flipped(envelope, 13, 0x80)));
    vectors.add(withEnvelope(usual, "tag", flipped(envelope, envelope.length - 1, 1)));
    vectors.add(withEnvelope(usual, "one-byte-less", Arrays.copyOf(envelope, envelope.length - 1)));
    vectors.add(withEnvelope(usual, "one-byte-more", Arrays.copyOf(envelope, envelope.length + 1)));
    vectors.add(withEnvelope(usual, "shorter-than-any", Arrays.copyOf(envelope, 28)));
    vectors.add(withEnvelope(usual, "format-byte-only", Arrays.copyOf(envelope, 1)));
    vectors.add(withEnvelope(usual, "nothing", new byte[0]));
    return vectors;
  }

  private static Map<String, @Nullable Object> changed(
      Map<String, @Nullable Object> usual, String label, String field, Object value) {
    Map<String, @Nullable Object> vector = new LinkedHashMap<>(usual);
    List.of("nonceHex", "plaintextHex", "aadHex").forEach(vector::remove);
    vector.put("id", label);
    assertThat(vector.put(field, value)).isNotEqualTo(value);
    return vector;
  }

  private static Map<String, @Nullable Object> withEnvelope(
      Map<String, @Nullable Object> usual, String label, byte[] envelope) {
    return changed(usual, label, "envelopeHex", HEX.formatHex(envelope));
  }

  private static byte[] everyByte() {
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  private static Lifetimes lifetimes(Map<String, @Nullable Object> vector) {
    long sealedAt = number(vector, "sealedAt");
    return new Lifetimes(
        number(vector, "hardExpiresAt") - sealedAt, number(vector, "softExpiresAt") - sealedAt, 0);
  }

  private static SealedCredential sealed(Map<String, @Nullable Object> vector) {
    return new SealedCredential(
        number(vector, "version"),
        SdkBytes.fromByteArray(hex(vector, "envelopeHex")),
        SdkBytes.fromUtf8String("wrapped"),
        1,
        number(vector, "sealedAt"),
        number(vector, "softExpiresAt"),
        number(vector, "hardExpiresAt"));
  }

  private static byte[] plaintext(Map<String, @Nullable Object> vector) {
    if (vector.get("plaintextRepeat") instanceof Map<?, ?> repeat) {
      byte[] plaintext = new byte[Math.toIntExact((long) repeat.get("length"))];
      Arrays.fill(plaintext, (byte) HexFormat.fromHexDigits((String) repeat.get("byteHex")));
      return plaintext;
    }
    return hex(vector, "plaintextHex");
  }
}
