package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.decryptor.profile.Profiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;

/** {@code keepwarm profile add}, {@code show}, {@code test} and {@code detect}. */
class ProfileCommandsTest {
  private static final String PASSPHRASE = "MAKV2SPBNI99212";
  private static final String SECRET = "N0t-A-R3al-Secret!";

  /** A JSON object with {@link #SECRET} in it. */
  private static final String STORED =
      "1iJ7qqoJzekSUWvUK6tFjBfd3Xpsw7SGXPIQ0WYEWCMMny5Y0R60TWISjIHcbLblBvMgqPBcdK0CuDrpkJHvPQ==";

  private static final String STORED_LINES = "iZlFBX8+7lP9KonOolfTxKE66wL3xVxv";

  /** Encrypted under an IV that no sample has. */
  private static final String OWN_IV_VALUE =
      "ZYtHApFOwTrPcOZ+jFlEzrLB9H+1eI6/zs9u4e0zeCRFljDlY+wSwP2wknTq"
          + "JIacuaejjvn00KoO5mf7iGnTsg==";

  private static final String OWN_IV_TEXT =
      "Server=sql01.corp.example;User Id=hr_sync;Password=pa$$w0rd;";

  private static final String PARAMETERS =
      """
      {"cipher":"TripleDES","mode":"ECB","padding":"PKCS7","keySizeBits":128,"blockSizeBits":64,
       "keySource":"MD5","passphraseEncoding":"utf-8","ivSource":"none","layout":"ciphertext",
       "plaintextEncoding":"utf-8","ciphertextEncoding":"base64"}
      """;

  private final CommandWorld world = new CommandWorld();

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void begin() {
    file = directory.resolve("profiles.json");
  }

  @Test
  void addEncryptsThePassphraseBoundToTheProfile() throws IOException {
    CommandWorld.Result result = add("payroll", PARAMETERS, PASSPHRASE + "\n");

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("added payroll in " + file + "\n");
    assertThat(file).content().doesNotContain(PASSPHRASE).contains("\"scheme\" : \"dotnet\"");
    assertThat(Profiles.parse(Files.readString(file)).names()).containsExactly("payroll");
    byte[] secret =
        world.keys.decrypt(
            SdkBytes.fromByteArray(Base64.getDecoder().decode(secretOf("payroll"))),
            Kms.profileContext("payroll"));
    assertThat(Json.parseObject(new String(secret, StandardCharsets.UTF_8)))
        .isEqualTo(Map.of("passphrase", PASSPHRASE));
    assertThat(leftBehind()).containsExactlyInAnyOrder("profiles.json", "parameters.json");
  }

  @Test
  void explainWritesParametersThatAddTakes() throws IOException {
    Path source =
        Files.writeString(
            directory.resolve("Helper.vb"),
            """
            Public Function Decrypt(ByVal s As String) As String
                Dim des As New TripleDESCryptoServiceProvider()
                Dim md5 As New MD5CryptoServiceProvider()
                des.Key = md5.ComputeHash(Encoding.UTF8.GetBytes("%s"))
                des.Mode = CipherMode.ECB
                Dim data As Byte() = Convert.FromBase64String(s)
                Return Encoding.UTF8.GetString(des.CreateDecryptor().TransformFinalBlock(data, 0, 1))
            End Function
            """
                .formatted(PASSPHRASE));
    Path parameters = directory.resolve("read.json");

    CommandWorld.Result result =
        world.run("profile", "explain", source.toString(), "--write", parameters.toString());

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("secret: passphrase").doesNotContain(PASSPHRASE);
    assertThat(Json.parseObject(Files.readString(parameters)))
        .isEqualTo(Json.parseObject(PARAMETERS));
    assertThat(
            world
                .run("profile", "explain", source.toString(), "--write", parameters.toString())
                .err())
        .contains("--write: the file exists already");
  }

  @Test
  void addKeepsTheOtherProfilesAndReplacesOnlyWhenAsked() throws IOException {
    add("a", PARAMETERS, PASSPHRASE);
    add("b", PARAMETERS, PASSPHRASE);
    String before = secretOf("a");

    CommandWorld.Result again = add("a", PARAMETERS, PASSPHRASE);
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err())
        .isEqualTo("keepwarm: INVALID_USAGE: a is in the file already; see --replace\n");
    assertThat(secretOf("a")).isEqualTo(before);

    CommandWorld.Result replaced = add("a", PARAMETERS, PASSPHRASE, "--replace", "--json");
    assertThat(replaced.json()).containsEntry("replaced", true).containsEntry("profile", "a");
    assertThat(secretOf("a")).isNotEqualTo(before);
    assertThat(Profiles.parse(Files.readString(file)).names()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void addAsksForThePassphraseTwiceOnATerminal() {
    FakeTerminal terminal = world.terminal().answer(PASSPHRASE).answer(PASSPHRASE);

    assertThat(add("payroll", PARAMETERS, "").exitCode()).isZero();
    assertThat(terminal.questions())
        .containsExactly("Passphrase, or JSON of the secret: ", "Again: ");

    terminal.answer(PASSPHRASE).answer(PASSPHRASE + "x");
    CommandWorld.Result differently = add("other", PARAMETERS, "");
    assertThat(differently.exitCode()).isEqualTo(2);
    assertThat(differently.err()).contains("the two inputs differ").doesNotContain(PASSPHRASE);
  }

  @Test
  void addTakesAKeyAsJson() throws IOException {
    String parameters =
        """
        {"cipher":"AES","mode":"CBC","padding":"PKCS7","keySizeBits":256,"blockSizeBits":128,
         "keySource":"explicit","ivSource":"parameter","ivHex":"357d410ede1fce2bd71493a06d884eeb",
         "layout":"ciphertext","plaintextEncoding":"utf-16le","ciphertextEncoding":"base64"}
        """;
    String key = "e3f58aee946100313dbe869c954548ff7d076125b10f2092e419e74517b638a5";

    assertThat(add("explicit", parameters, "{\"keyHex\":\"" + key + "\"}").exitCode()).isZero();

    assertThat(test("explicit", "pPyCvUabc3pp3GhvPKDJgk+qdmB629MzZSG60slkhf8=").out())
        .isEqualTo("decoded: 8 bytes, text\n");
  }

  @Test
  void addRefusesASecretThatDoesNotSuitTheParameters() {
    CommandWorld.Result result =
        add("payroll", PARAMETERS, "{\"keyHex\":\"00" + "ff".repeat(15) + "\"}");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("keepwarm: INVALID_INPUT: the secret: ");
    assertThat(result.err()).hasLineCount(1).doesNotContain("ffff");
    assertThat(file).doesNotExist();
  }

  @Test
  void addRefusesWrongParametersAndNamesTheField() {
    CommandWorld.Result result =
        add("payroll", PARAMETERS.replace("TripleDES", "Rot13"), PASSPHRASE);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("keepwarm: INVALID_INPUT: --parameters: cipher: ");
    assertThat(file).doesNotExist();
  }

  @Test
  void addRefusesASecretAmongTheParameters() {
    CommandWorld.Result result =
        add(
            "payroll",
            PARAMETERS.replaceFirst("\\{", "{\"passphrase\":\"" + CommandWorld.CANARY + "\","),
            PASSPHRASE);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("keepwarm: INVALID_INPUT: --parameters: passphrase: ")
        .doesNotContain(CommandWorld.CANARY);
  }

  @Test
  void addMakesProfilesOfOtherSchemes() throws IOException {
    CommandWorld.Result result =
        add("sealed", "{\"encryptionContext\":{\"app\":\"hr\"}}", "", "--scheme", "kms");

    assertThat(result.err()).isEmpty();
    assertThat(Profiles.parse(Files.readString(file)).names()).containsExactly("sealed");
    assertThat(world.keys.hooks().count()).isZero();
  }

  @Test
  void addRefusesAnUnknownScheme() {
    CommandWorld.Result result = add("x", "{}", "", "--scheme", "rot13");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("keepwarm: INVALID_CONFIGURATION: profiles.x.scheme");
    assertThat(file).doesNotExist();
  }

  @Test
  void addLeavesTheFileAloneIfKmsDoesNotAnswer() throws IOException {
    add("a", PARAMETERS, PASSPHRASE);
    String before = Files.readString(file);
    world.keys.hooks().failNext("encrypt", ErrorCode.UNAVAILABLE);

    CommandWorld.Result result = add("b", PARAMETERS, PASSPHRASE);

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(file).content().isEqualTo(before);
    assertThat(leftBehind()).containsExactlyInAnyOrder("profiles.json", "parameters.json");
  }

  @Test
  void addDoesNotTouchAFileThatIsNotOfProfiles() throws IOException {
    Files.writeString(file, "{\"profiles\":{\"a\":{\"scheme\":\"dotnet\"}}}");

    CommandWorld.Result result = add("b", PARAMETERS, PASSPHRASE);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("keepwarm: INVALID_CONFIGURATION: profiles.a.parameters");
    assertThat(file).content().isEqualTo("{\"profiles\":{\"a\":{\"scheme\":\"dotnet\"}}}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "{\"passphrase\":", "{\"pass\":\"x\"}"})
  void addRefusesWhatIsNoSecret(String secret) {
    CommandWorld.Result result = add("payroll", PARAMETERS, secret);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("keepwarm: INVALID_INPUT: the secret: ").hasLineCount(1);
  }

  @Test
  void showsProfilesWithoutTheirSecrets() throws IOException {
    add("payroll", PARAMETERS, PASSPHRASE);
    add("sealed", "{}", "", "--scheme", "kms");

    assertThat(run("", "profile", "show").out())
        .isEqualTo("NAME     SCHEME\npayroll  dotnet\nsealed   kms\n");
    assertThat(run("", "profile", "show", "payroll").out())
        .contains("\"cipher\" : \"TripleDES\"")
        .contains("\"secret\" : \"encrypted\"")
        .doesNotContain(secretOf("payroll"));
    assertThat(run("", "profile", "show", "--json").json().get("profiles").toString())
        .contains("secret=encrypted")
        .doesNotContain(secretOf("payroll"));
  }

  @Test
  void whatIsNotThereIsNotFound() {
    add("payroll", PARAMETERS, PASSPHRASE);

    assertThat(run("", "profile", "show", "other").exitCode()).isEqualTo(3);
    assertThat(test("other", STORED).exitCode()).isEqualTo(3);
    assertThat(world.run("profile", "show", "--file", "/nowhere.json").err())
        .isEqualTo("keepwarm: INVALID_INPUT: --file: there is no such file\n");
  }

  @Test
  void testSaysWhatCameOutWithoutShowingIt() {
    add("payroll", PARAMETERS, PASSPHRASE);

    CommandWorld.Result result = test("payroll", STORED + "\r\n");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("decoded: 58 bytes, json\n");
    assertThat(test("payroll", STORED, "--json").out())
        .isEqualTo(
            "{\"profile\":\"payroll\",\"decoded\":true,\"failure\":null,\"kind\":\"json\",\"bytes\":58}\n");
    assertThat(test("payroll", STORED_LINES).out()).isEqualTo("decoded: 22 bytes, lines\n");
  }

  @Test
  void testRevealsOnlyWhenAskedAndToATerminal() {
    add("payroll", PARAMETERS, PASSPHRASE);

    assertThat(test("payroll", STORED, "--reveal").exitCode()).isEqualTo(2);
    // On a terminal, with the value from a file, as the documents show it.
    world.outIsTerminal = true;
    assertThat(test("payroll", STORED, "--reveal").out()).contains(SECRET);
    world.outIsTerminal = false;
    assertThat(test("payroll", STORED, "--reveal", "--force").out()).contains(SECRET);

    world.terminal().answer(STORED);
    assertThat(test("payroll", "", "--reveal").out()).contains(SECRET).endsWith("}\n");
  }

  @Test
  void testSaysWhyAValueDoesNotDecode() {
    add("payroll", PARAMETERS, PASSPHRASE);

    CommandWorld.Result result = test("payroll", "AAAA", "--json");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.json())
        .containsEntry("decoded", false)
        .containsEntry("failure", "BAD_LENGTH");
    assertThat(result.err())
        .isEqualTo(
            "keepwarm: UNDECODABLE: BAD_LENGTH: the value's length does not fit the layout and the"
                + " block size\n");
  }

  @Test
  void testNoticesASecretOfAnotherProfile() throws IOException {
    add("payroll", PARAMETERS, PASSPHRASE);
    Files.writeString(file, Files.readString(file).replace("\"payroll\"", "\"other\""));

    CommandWorld.Result result = test("other", STORED);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("keepwarm: UNDECODABLE: BAD_PROFILE_SECRET: ");
  }

  @Test
  void detectFindsTheSchemeAndItsParameters() throws IOException {
    Path values =
        Files.writeString(directory.resolve("values"), STORED + "\n" + STORED_LINES + "\n");

    CommandWorld.Result result =
        world.runWith(
            PASSPHRASE + "\n",
            "profile",
            "detect",
            values.toString(),
            "--write",
            directory.resolve("found.json").toString());

    assertThat(result.exitCode()).isZero();
    assertThat(Json.parseObject(Files.readString(directory.resolve("found.json"))))
        .containsAllEntriesOf(Json.parseObject(PARAMETERS));
    assertThat(result.out())
        .startsWith("SCHEME")
        .containsPattern("tripledes-ecb-md5  2 of 2     \\d\\d\\d")
        .contains("\"keySource\" : \"MD5\"")
        .doesNotContain(SECRET, PASSPHRASE);
  }

  @Test
  void whatDetectFindsIsWhatAddTakes() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), PASSPHRASE + "\n");

    CommandWorld.Result detected =
        world.runWith(
            STORED + "\n" + STORED_LINES,
            "profile",
            "detect",
            "-",
            "--json",
            "--secret-from",
            secret.toString());
    Map<?, ?> best = (Map<?, ?>) ((java.util.List<?>) detected.json().get("matches")).getFirst();
    assertThat(best.get("scheme")).isEqualTo("tripledes-ecb-md5");
    assertThat(detected.json()).containsEntry("verdict", "found").containsEntry("advice", null);
    add("payroll", Json.write(best.get("parameters")), PASSPHRASE);

    assertThat(test("payroll", STORED).out()).isEqualTo("decoded: 58 bytes, json\n");
  }

  @Test
  void detectSaysThatNothingFits() {
    FakeTerminal terminal = world.terminal().answer("another passphrase");

    CommandWorld.Result result =
        world.runWith(STORED + "\n" + STORED_LINES, "profile", "detect", "-", "--json");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).startsWith("keepwarm: NOT_FOUND: no known scheme");
    assertThat(terminal.questions()).hasSize(1);
  }

  /** Under a wrong constant IV, the first block would be lost, but the rest looks correct. */
  @Test
  void detectSucceedsOnlyWithAClearWinner() throws IOException {
    Path secret =
        Files.writeString(
            directory.resolve("secret"),
            "{\"keyHex\":\"e3f58aee946100313dbe869c954548ff7d076125b10f2092e419e74517b638a5\"}");
    Path values = Files.writeString(directory.resolve("values"), OWN_IV_VALUE + "\n");
    String[] command = {
      "profile",
      "detect",
      values.toString(),
      "--secret-from",
      secret.toString(),
      "--json",
      "--write",
      directory.resolve("found.json").toString()
    };

    CommandWorld.Result ambiguous = world.run(command);
    assertThat(ambiguous.exitCode()).isEqualTo(3);
    assertThat(directory.resolve("found.json")).doesNotExist();
    assertThat(ambiguous.json()).containsEntry("verdict", "ambiguous");
    assertThat(ambiguous.err())
        .startsWith("keepwarm: NOT_FOUND: no clear winner: either the IV is in front of each")
        .doesNotContain("hr_sync");

    Path expected = Files.writeString(directory.resolve("expected"), OWN_IV_TEXT + "\n");
    CommandWorld.Result found =
        world.run(
            Stream.concat(Stream.of(command), Stream.of("--expect-file", expected.toString()))
                .toArray(String[]::new));
    assertThat(found.err()).isEmpty();
    assertThat(found.exitCode()).isZero();
    assertThat(directory.resolve("found.json")).content().contains("ivHex");
    Files.delete(directory.resolve("found.json"));
    assertThat(found.out())
        .contains("\"ivHex\":\"357d410ede1fce2bd71493a06d884eeb\"")
        .doesNotContain("hr_sync");

    Files.writeString(expected, OWN_IV_TEXT + "\n\nanother");
    CommandWorld.Result tooMany =
        world.run(
            Stream.concat(Stream.of(command), Stream.of("--expect-file", expected.toString()))
                .toArray(String[]::new));
    assertThat(tooMany.err())
        .isEqualTo("keepwarm: INVALID_INPUT: --expect-file: more lines (3) than values (1)\n");
  }

  @Test
  void detectNeedsTheSecretFromSomewhereElseThanTheValues() {
    CommandWorld.Result result = world.runWith(STORED, "profile", "detect", "-");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("keepwarm: INVALID_USAGE: --secret-from is required");
  }

  @Test
  void detectNamesAKnownParameterThatSuitsNoScheme() throws IOException {
    Path known = Files.writeString(directory.resolve("known"), "{\"sallt\":\"00\"}");
    Path secret = Files.writeString(directory.resolve("secret"), PASSPHRASE);

    CommandWorld.Result result =
        world.runWith(
            STORED,
            "profile",
            "detect",
            "-",
            "--known",
            known.toString(),
            "--secret-from",
            secret.toString());

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("keepwarm: INVALID_INPUT: --known: sallt: ");
  }

  private CommandWorld.Result add(String name, String parameters, String secret, String... more) {
    try {
      Path written = Files.writeString(directory.resolve("parameters.json"), parameters);
      Stream<String> args = Stream.of("profile", "add", name, "--parameters", written.toString());
      Stream<String> scheme =
          Stream.of(more).anyMatch("--scheme"::equals)
              ? Stream.of()
              : Stream.of("--scheme", "dotnet");
      return run(
          secret, Stream.of(args, scheme, Stream.of(more)).flatMap(s -> s).toArray(String[]::new));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private CommandWorld.Result test(String name, String stored, String... more) {
    return run(
        stored,
        Stream.concat(Stream.of("profile", "test", name), Stream.of(more)).toArray(String[]::new));
  }

  private CommandWorld.Result run(String input, String... args) {
    return world.runWith(
        input,
        Stream.concat(Stream.of(args), Stream.of("--file", file.toString()))
            .toArray(String[]::new));
  }

  private String secretOf(String profile) throws IOException {
    Map<?, ?> profiles = (Map<?, ?>) Json.parseObject(Files.readString(file)).get("profiles");
    return (String) ((Map<?, ?>) profiles.get(profile)).get("secret");
  }

  private Stream<String> leftBehind() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(path -> path.getFileName().toString()).toList().stream();
    }
  }
}
