package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CredentialTest {
  private static final String SECRET = "correct horse battery staple";

  @Test
  void printsNothingOfTheValue() {
    Credential credential = credential(SECRET);
    TenantCredentials all =
        new TenantCredentials("acme", Map.of("bank", credential), Map.of("tax", ErrorCode.REVOKED));
    NearEntry near =
        new NearEntry(
            new Found.Usable(credential),
            new Moment(0, 0),
            new Moment(0, 0),
            0,
            0,
            0,
            false,
            new java.util.concurrent.atomic.AtomicBoolean());

    assertThat(Stream.of(credential, all, near, List.of(credential), new Object[] {credential}))
        .allSatisfy(printed ->
            assertThat(printed instanceof Object[] a ? Arrays.toString(a) : "" + printed)
                .contains("redacted")
                .doesNotContain("horse"));
    assertThat(String.format("%s", credential))
        .isEqualTo("Credential[acme bank, version 3, redacted]");
  }

  @Test
  void hidesTheValueFromLibrariesThatPrintFields() {
    assertThat(Credential.class.getDeclaredFields())
        .filteredOn(field -> field.getType() == byte[].class || field.getType() == String.class)
        .isNotEmpty()
        .extracting(Field::getModifiers)
        .allMatch(Modifier::isTransient);
  }

  @Test
  void cannotBeSerialized() {
    assertThatExceptionOfType(NotSerializableException.class)
        .isThrownBy(() ->
            new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(credential(SECRET)));
  }

  record Login(String user, int port) {}

  @Test
  void makesObjectsByTheApplicationsLibrary() {
    try (ReaderWorld world =
        new ReaderWorld(builder -> builder.json(new ObjectMapper()::readValue))) {
      world.table.plant(world.ready(BANK, 1, "{\"user\": \"app\", \"port\": 5432}"));

      assertThat(world.reader.get(BANK).json(Login.class)).isEqualTo(new Login("app", 5432));
    }
  }

  @Test
  void sayNothingOfWhatTheLibraryCannotRead() {
    Credential credential =
        Credential.of(
            BANK,
            1,
            Instant.EPOCH,
            "{\"port\": \"horse\"}".getBytes(StandardCharsets.UTF_8),
            new ObjectMapper()::readValue);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> credential.json(Login.class))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNDECODABLE))
        .satisfies(e -> assertThat(e.failure()).isEqualTo("NOT_JSON"))
        .satisfies(e -> assertThat(printed(e)).doesNotContain("horse").contains("Login"));
  }

  @Test
  void makesNoObjectsWithoutALibrary() {
    assertFails(ErrorCode.INVALID_CONFIGURATION, () -> credential("{}").json(Login.class));
  }

  @Test
  void isMadeByTests() {
    byte[] value = "abc".getBytes(StandardCharsets.UTF_8);
    Credential credential =
        Credential.of(BANK, 7, Instant.ofEpochMilli(5), value, Credential.NO_BINDING);
    value[0] = 'x';

    assertThat(credential.text()).isEqualTo("abc");
    assertThat(credential.version()).isEqualTo(7);
    assertThat(credential.expiresAt()).isEqualTo(Instant.ofEpochMilli(5));
    assertThat(credential).isNotEqualTo(Credential.of(BANK, 7, Instant.EPOCH, "abc"));
  }

  @Test
  void errorsSayNothingOfTheValue() {
    for (String value : new String[] {SECRET, "{\"horse\": 1, \"horse\": 2}"}) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> credential(value).json())
          .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNDECODABLE))
          .satisfies(e -> assertThat(e.failure()).isEqualTo("NOT_JSON"))
          .satisfies(e -> assertThat(printed(e)).doesNotContain("horse"));
    }
  }

  @Test
  void noErrorOfAReadSaysAnythingOfTheValue() throws IOException {
    try (ReaderWorld world = new ReaderWorld()) {
      world.table.plant(world.ready(BANK, 1, SECRET));
      world.reader.get(BANK);
      world.resolver.refuse(ErrorCode.UNAVAILABLE);
      assertThatExceptionOfType(CredentialRejectedException.class)
          .isThrownBy(() ->
              world.reader.withCredential(
                  BANK,
                  credential -> {
                    throw new CredentialRejectedException("401 for " + credential);
                  }))
          .satisfies(e -> assertThat(printed(e)).doesNotContain("horse"));
    }
  }

  @Test
  void bytesAreACopy() {
    Credential credential = credential(SECRET);
    Arrays.fill(credential.bytes(), (byte) 0);
    assertThat(credential.bytes()).isEqualTo(SECRET.getBytes(StandardCharsets.UTF_8));
    assertThat(credential.text()).isEqualTo(SECRET);
  }

  @Test
  void givesFieldsByType() {
    CredentialFields fields =
        credential(
                "{\"user\": \"u\", \"port\": 5432, \"tls\": true, \"none\": null,"
                    + " \"big\": 9007199254740993, \"rate\": 0.1, \"huge\": 1e30,"
                    + " \"inner\": {\"user\": \"i\"}}")
            .fields();
    assertThat(fields.text("user")).isEqualTo("u");
    assertThat(fields.integer("port")).isEqualTo(5432);
    assertThat(fields.bool("tls")).isTrue();
    assertThat(fields.number("big")).isEqualTo("9007199254740993");
    assertThat(fields.number("rate")).isEqualTo("0.1");
    assertThat(fields.number("huge")).isEqualByComparingTo("1e30");
    assertThat(fields.object("inner").text("user")).isEqualTo("i");
    assertThat(fields.has("none")).isFalse();
    assertThat(fields).hasToString("CredentialFields[acme bank, redacted]");
    for (Runnable wrong :
        new Runnable[] {
          () -> fields.text("port"),
          () -> fields.integer("user"),
          () -> fields.integer("big"),
          () -> fields.integer("rate"),
          () -> fields.number("tls"),
          () -> fields.bool("none"),
          () -> fields.object("absent")
        }) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(wrong::run)
          .returns(ErrorCode.UNDECODABLE, KeepwarmException::code)
          .returns("BAD_FIELD", KeepwarmException::failure);
    }
  }

  @Test
  void readsJson() {
    assertThat(credential("{\"user\": \"u\", \"port\": 5432, \"tls\": true}").json())
        .containsExactly(Map.entry("user", "u"), Map.entry("port", 5432L), Map.entry("tls", true));
  }

  @Test
  void isStrictAboutText() {
    assertThat(credential("pässwörd \uFFFD").text()).isEqualTo("pässwörd \uFFFD");
    Credential binary =
        new Credential(BANK, 3, 0, 0, new byte[] {(byte) 0xC3, 0x28}, Credential.NO_BINDING);
    assertFails(ErrorCode.UNDECODABLE, binary::text);
    assertFails(ErrorCode.UNDECODABLE, binary::json);
    assertThat(binary.bytes()).hasSize(2);
  }

  @Test
  void comparesByIdentity() {
    Credential one = credential(SECRET);
    assertThat(one).isNotEqualTo(credential(SECRET));
    assertThat(one.differsFrom(credential(SECRET))).isFalse();
    assertThat(one.differsFrom(credential("other"))).isTrue();
  }

  private static Credential credential(String value) {
    return new Credential(
        BANK, 3, 0, 0, value.getBytes(StandardCharsets.UTF_8), Credential.NO_BINDING);
  }

  private static String printed(Throwable e) {
    StringWriter out = new StringWriter();
    e.printStackTrace(new PrintWriter(out));
    return out.toString();
  }
}
