package dev.keepwarm.emulator.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.decryptor.profile.LambdaInvoker;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.emulator.http.Clients;
import dev.keepwarm.engine.SourceRow;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** The scheme {@code lambda} with the example decryptors as real processes. */
class LegacyDecryptorTest {
  private static final Path EXAMPLES = Clients.projectHome().resolve("examples/legacy-decryptor");
  private static final String SALT = "4976616e204d65647665646576";

  private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();
  private LambdaServer server;
  private LambdaClient lambda;

  @BeforeEach
  void start() throws IOException {
    server = LambdaServer.start(0);
    lambda = Clients.of(LambdaClient.builder(), server.endpoint());
  }

  @AfterEach
  void stop() {
    lambda.close();
    server.close();
  }

  /** A value that a .NET helper stored, and its plaintext. */
  private record Vector(String id, String passphrase, String ciphertext, String plaintext) {}

  @Test
  void theNodeDecryptorDecodesTheVectors() throws Exception {
    List<Vector> vectors = vectors();
    List<String> passphrases = vectors.stream().map(Vector::passphrase).distinct().toList();
    Map<String, Object> keys = new LinkedHashMap<>();
    Map<String, Object> profiles = new LinkedHashMap<>();
    for (int i = 0; i < passphrases.size(); i++) {
      keys.put("key " + i, Map.of("passphrase", passphrases.get(i), "saltHex", SALT));
      profiles.put("p" + i, nodeProfile("key " + i));
    }
    register("legacy-decryptor", node(keys));
    Decoder decoder = decoder(profiles);

    for (Vector vector : vectors) {
      String profile = "p" + passphrases.indexOf(vector.passphrase());
      assertThat(text(decoder.decode(original(profile, vector.ciphertext()))))
          .as(vector.id())
          .isEqualTo(vector.plaintext());
    }
  }

  @Test
  void theNodeDecryptorsErrorsAreToldApart() throws Exception {
    register(
        "legacy-decryptor",
        node(Map.of("known", Map.of("passphrase", "Pas5pr@se", "saltHex", SALT))));
    Decoder decoder = decoder(Map.of("p", nodeProfile("known"), "q", nodeProfile("unknown")));

    assertThat(decoder.decode(original("p", "AAAAAAAAAAAAAAAAAAAAAA==")))
        .as("an error that the profile lists")
        .isEqualTo(new Decoder.Undecodable("REFUSED_BY_FUNCTION"));
    assertFails(decoder, "q", ErrorCode.UNAVAILABLE, "legacy-decryptor failed: TypeError");
  }

  @Test
  void theCSharpDecryptorDecodesTheVectors(@TempDir Path directory) throws Exception {
    Path mcs = Programs.require("mcs");
    Path mono = Programs.require("mono");
    Path program = directory.resolve("LegacyDecryptor.exe");
    compile(mcs, EXAMPLES.resolve("csharp/LegacyDecryptor.cs"), program);
    String passphrase = "E546C8DF278CD5931069B522E695D4F2";
    register(
        "legacy-decryptor",
        ProcessFunction.builder("legacy-decryptor", List.of(mono.toString(), program.toString()))
            .environment(Map.of("LEGACY_PASSPHRASE", passphrase, "LEGACY_SALT_HEX", SALT))
            .log(printed::add)
            .build());
    Decoder decoder =
        decoder(
            Map.of(
                "p",
                Map.of(
                    "scheme", "lambda",
                    "function", "legacy-decryptor",
                    "request", "${ciphertext}",
                    "timeoutMillis", 25_000L,
                    "undecodableErrors", List.of("CryptographicException", "FormatException"))));

    List<Vector> vectors =
        vectors().stream().filter(vector -> vector.passphrase().equals(passphrase)).toList();
    assertThat(vectors).isNotEmpty();
    for (Vector vector : vectors) {
      assertThat(text(decoder.decode(original("p", vector.ciphertext()))))
          .as(vector.id())
          .isEqualTo(vector.plaintext());
    }
    for (String bad : List.of("AAAAAAAAAAAAAAAAAAAAAA==", "not base64!")) {
      assertThat(decoder.decode(original("p", bad)))
          .as(bad)
          .isEqualTo(new Decoder.Undecodable("REFUSED_BY_FUNCTION"));
    }
  }

  @Test
  void aFunctionThatDoesNotAnswerInTimeMayDoSoAnotherTime() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    register(
        "hangs",
        new InProcessFunction(payload -> {
          never.await();
          return payload;
        }));
    Decoder decoder =
        decoder(
            Map.of("p", Map.of("scheme", "lambda", "function", "hangs", "timeoutMillis", 200L)));

    assertFails(decoder, "p", ErrorCode.TIMEOUT, "cannot invoke function hangs: timed out");
    never.countDown();
  }

  @Test
  void aFunctionThatIsNotThereMayBeAnotherTime() {
    Decoder decoder = decoder(Map.of("p", Map.of("scheme", "lambda", "function", "missing")));

    assertFails(decoder, "p", ErrorCode.UNAVAILABLE, "ResourceNotFoundException");
  }

  private static Map<String, Object> nodeProfile(String key) {
    return Map.of(
        "scheme",
        "lambda",
        "function",
        "legacy-decryptor",
        "request",
        Map.of("Key", key, "Encrypted", "${ciphertext}"),
        "pointer",
        "/Plaintext",
        // The maximum allowed, because a process must start.
        "timeoutMillis",
        25_000L,
        "undecodableErrors",
        List.of("DecodeError"));
  }

  private ProcessFunction node(Map<String, Object> keys) {
    return ProcessFunction.builder(
            "legacy-decryptor", List.of(Programs.require("node").toString(), "bootstrap.mjs"))
        .directory(EXAMPLES.resolve("node"))
        .environment(Map.of("LEGACY_KEYS", Json.write(keys)))
        .log(printed::add)
        .build();
  }

  private void register(String name, LocalFunction function) {
    server.register(name, function, Patience.LIMIT);
  }

  private Decoder decoder(Map<String, Object> profiles) {
    return Profiles.parse(Json.write(Map.of("profiles", profiles)))
        .decoder(new NoSecrets(), () -> new LambdaInvoker(lambda));
  }

  private static SourceRow.Original original(String profile, String ciphertext) {
    return new SourceRow.Original(new CredentialId("acme", "payroll"), profile, ciphertext, 1);
  }

  private String text(Decoder.Outcome outcome) {
    assertThat(outcome).as(() -> "printed: " + printed).isInstanceOf(Decoder.Decoded.class);
    return new String(((Decoder.Decoded) outcome).plaintext(), StandardCharsets.UTF_8);
  }

  private static void assertFails(Decoder decoder, String profile, ErrorCode code, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> decoder.decode(original(profile, "AAAA")))
        .withMessageContaining(message)
        .satisfies(e -> assertThat(e.code()).isEqualTo(code));
  }

  private static void compile(Path mcs, Path source, Path program) throws Exception {
    Process compiler =
        new ProcessBuilder(mcs.toString(), "-out:" + program, source.toString())
            .redirectErrorStream(true)
            .start();
    try (InputStream output = compiler.getInputStream()) {
      String lines = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(compiler.waitFor()).as(lines).isZero();
    }
  }

  private static List<Vector> vectors() throws IOException {
    Path file =
        Clients.projectHome()
            .resolve("decryptor/src/test/resources/vectors/dotnet-legacy")
            .resolve("aes-cbc-rfc2898-derived-iv.json");
    List<Vector> vectors = new ArrayList<>();
    for (JsonNode vector : new ObjectMapper().readTree(Files.readAllBytes(file))) {
      JsonNode parameters = vector.get("parameters");
      boolean same =
          parameters.get("saltHex").asText().equals(SALT)
              && parameters.get("kdfHash").asText().equals("SHA1")
              && parameters.get("iterations").asInt() == 1000
              && parameters.get("getBytes").get(0).asInt() == 32
              && parameters.get("plaintextEncoding").asText().equals("utf-16le")
              && parameters.get("preDecode").asText().equals("none")
              // No function can tell an empty credential from an error it swallowed.
              && !vector.get("plaintext").asText().isEmpty();
      if (same) {
        vectors.add(
            new Vector(
                vector.get("id").asText(),
                parameters.get("passphrase").asText(),
                vector.get("ciphertext").asText(),
                vector.get("plaintext").asText()));
      }
    }
    assertThat(vectors).hasSizeGreaterThan(20);
    return vectors;
  }

  /** The functions have the keys, not the profiles. */
  private static final class NoSecrets implements SecretCipher {
    @Override
    public SdkBytes encrypt(byte[] plaintext, Map<String, String> context) {
      throw new AssertionError("nothing is to be encrypted");
    }

    @Override
    public byte[] decrypt(SdkBytes ciphertext, Map<String, String> context) {
      throw new AssertionError("nothing is to be decrypted");
    }
  }
}
