package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.SourceRow;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImportCommandTest {
  private final CommandWorld world = new CommandWorld();

  @Test
  void writesRowsOfStandardInputAndEnrolsTheirTenants() {
    CommandWorld.Result result =
        world.runWith(
            row("acme", "db", 1) + "\n\n" + row("acme", "api", 1) + row("zen", "db", 3),
            "import",
            "-",
            "--json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .isEqualTo(
            "{\"rows\":3,\"added\":3,\"replaced\":0,\"unchanged\":0,\"notWritten\":0,"
                + "\"tenants\":2,\"enrolled\":2,\"announced\":0,\"notAnnounced\":0,"
                + "\"notAnnouncedFirst\":[],\"rejected\":0}\n");
    assertThat(world.wheel.enrolled()).containsExactly("acme", "zen");
    assertThat(world.source.readTenant("acme"))
        .contains(
            new SourceRow.Original(
                new CredentialId("acme", "db"), "legacy", CommandWorld.SECRET_CIPHERTEXT, 1));
    assertThat(world.bus.published()).isEmpty();
  }

  @Test
  void anEmptyImportIsAnError() {
    for (String nothing : new String[] {"", "\n \n"}) {
      CommandWorld.Result result = world.runWith(nothing, "import", "-");

      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err())
          .isEqualTo("keepwarm: INVALID_INPUT: standard input has no rows; nothing was written\n");
    }
  }

  @Test
  void putsAllThatIsNoRowIntoAFileAndImportsTheRest(@TempDir Path directory) throws Exception {
    Path rejects = directory.resolve("rejects.jsonl");
    String rows = row("acme", "db", 1) + "no row\n" + row("acme", "api", -1) + row("zen", "db", 1);

    CommandWorld.Result result =
        world.runWith(rows, "import", "-", "--json", "--rejects", rejects.toString());

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.json()).containsEntry("added", 2L).containsEntry("rejected", 2L);
    assertThat(result.err())
        .contains("line 2: not a JSON object")
        .contains("line 3: version: ")
        .contains("2 lines are malformed and were not imported: see " + rejects);
    assertThat(world.wheel.enrolled()).containsExactly("acme", "zen");
    List<Map<String, @Nullable Object>> lines =
        Files.readAllLines(rejects).stream().map(Json::parseObject).toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst())
        .containsEntry("line", 2L)
        .containsEntry("problem", "not a JSON object")
        .containsEntry("row", "no row");
    assertThat(lines.getLast().get("row")).isEqualTo(row("acme", "api", -1).strip());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(rejects)))
        .isEqualTo("rw-------");

    assertThat(world.runWith(rows, "import", "-", "--rejects", rejects.toString()).err())
        .contains("the file exists already");
  }

  @Test
  void saysWhatToDoIfDecryptorsReadAnotherSource() {
    world.settings =
        Settings.of(Map.of("KEEPWARM_SLOTS", "16", "KEEPWARM_SOURCE", "secretsmanager"));

    CommandWorld.Result result = world.runWith(row("acme", "db", 1), "import", "-");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith(
            "keepwarm: INVALID_CONFIGURATION: KEEPWARM_SOURCE: decryptors read secretsmanager")
        .doesNotContain("repeat the import");
  }

  @Test
  void whoInterruptsItHearsHowFarItCame() throws Exception {
    world.original("acme", "db", "enc:x", 1);
    AtomicReference<ImportRun> running = new AtomicReference<>();
    AtomicReference<String> heard = new AtomicReference<>();
    world.bus.hooks().before(call -> heard.compareAndSet(null, running.get().soFar()));
    byte[] rows = (row("acme", "db", 2) + row("acme", "api", 1)).getBytes(StandardCharsets.UTF_8);
    try (ImportInput input = ImportInput.open("-", new ByteArrayInputStream(rows));
        Ports ports = world.ports()) {
      ImportRun run = new ImportRun(ports, false, Progress.on(null), new ImportCheck.Result(2, 0));
      running.set(run);
      run.run(input);
      assertThat(heard.get()).startsWith("INTERRUPTED: of 2 rows, 2 were written and 0 rotations");
      assertThat(run.soFar()).contains("and 1 rotations announced; repeat the import");
    }
  }

  @Test
  void readsAFileWithAByteOrderMarkAndWindowsLineEnds(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("rows.jsonl");
    Files.writeString(file, "\uFEFF" + row("acme", "db", 1).replace("\n", "\r\n"));

    CommandWorld.Result result = world.run("import", file.toString());

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .isEqualTo(
            """
            1 rows: 1 added, 0 replaced, 0 unchanged
            1 tenants, 1 newly enrolled
            """);
  }

  @Test
  void announcesWhatReplacedAnOlderVersionAndNothingElse() {
    world.original("acme", "old", "enc:x", 1);
    world.original("acme", "same", "enc:x", 5);
    world.original("acme", "newer", "enc:x", 9);

    CommandWorld.Result result =
        world.runWith(
            row("acme", "old", 2)
                + row("acme", "same", 5)
                + row("acme", "newer", 5)
                + row("acme", "new", 1),
            "import",
            "-");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("4 rows: 1 added, 1 replaced, 2 unchanged\n");
    assertThat(world.bus.published()).containsExactly(new Event.Rotated("acme", "old", 2L));
    assertThat(world.source.readTenant("acme"))
        .filteredOn(row -> row.id().name().equals("newer"))
        .extracting(row -> ((SourceRow.Original) row).version())
        .containsExactly(9L);
  }

  @Test
  void announcesWhatIsUnchangedWhenAsked() {
    world.original("acme", "same", "enc:x", 5);

    world.runWith(row("acme", "same", 5), "import", "-", "--announce-unchanged");

    assertThat(world.bus.published()).containsExactly(new Event.Rotated("acme", "same", 5L));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "nonsense | not a JSON object",
        "{} | tenant: must be a string of 1 to 128 characters",
        "{\"tenant\":\"a b\",\"name\":\"n\",\"profile\":\"p\",\"ciphertext\":\"c\",\"version\":1}"
            + " | tenant: must be",
        "{\"tenant\":\"a\",\"name\":\"\",\"profile\":\"p\",\"ciphertext\":\"c\",\"version\":1}"
            + " | name: must be",
        "{\"tenant\":\"a\",\"name\":\"n\",\"profile\":7,\"ciphertext\":\"c\",\"version\":1}"
            + " | profile: must be",
        "{\"tenant\":\"a\",\"name\":\"n\",\"profile\":\"p\",\"ciphertext\":\"\",\"version\":1}"
            + " | ciphertext: must be a string of 1 to 262144 bytes",
        "{\"tenant\":\"a\",\"name\":\"n\",\"profile\":\"p\",\"ciphertext\":\"c\",\"version\":-1}"
            + " | version: must be a whole number from 0 to 9007199254740991",
        "{\"tenant\":\"a\",\"name\":\"n\",\"profile\":\"p\",\"ciphertext\":\"c\",\"version\":\"1\"}"
            + " | version: must be",
        "{\"tenant\":\"a\",\"name\":\"n\",\"profile\":\"p\",\"ciphertext\":\"c\",\"version\":1.5}"
            + " | version: must be",
        "{\"tenant\":\"a\",\"name\":\"n\",\"profile\":\"p\",\"ciphertext\":\"c\",\"version\":1,"
            + "\"canary-4f1d-plaintext\":1} | unknown field; allowed are tenant, name, profile,",
        "{\"tenant\":\"a\",\"tenant\":\"b\"} | not a JSON object",
      })
  void namesLineAndFieldOfWhatIsWrongAndWritesNothing(String line, String problem) {
    CommandWorld.Result result =
        world.runWith(row("acme", "db", 1) + line + "\n" + row("acme", "api", 1), "import", "-");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines())
        .hasSize(2)
        .first()
        .asString()
        .startsWith("keepwarm: INVALID_INPUT: standard input line 2: " + problem);
    assertThat(result.err())
        .endsWith("keepwarm: INVALID_INPUT: 1 of 3 lines are malformed; nothing was written\n")
        .doesNotContain(CommandWorld.CANARY);
    assertThat(world.source.tenants(null, 10).tenants()).isEmpty();
    assertThat(world.wheel.enrolled()).isEmpty();
  }

  @Test
  void neverRepeatsContentOfWhatIsWrong() {
    String truncated = row("acme", "db", 1).replace("}\n", "");

    CommandWorld.Result result = world.runWith(truncated, "import", "-");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out() + result.err()).doesNotContain(CommandWorld.CANARY);
  }

  @Test
  void refusesWhatIsNotUtf8() {
    CommandWorld.Result result =
        world.runWith(new byte[] {'{', (byte) 0xC3, (byte) 0x28, '}', '\n'}, "import", "-");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("line 1: not UTF-8");
  }

  @Test
  void refusesALineWithoutEndInBoundedMemory() {
    byte[] endless = " ".repeat(Lines.MAX_BYTES + 1).getBytes(StandardCharsets.US_ASCII);

    CommandWorld.Result result = world.runWith(endless, "import", "-");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("line 1: must have at most 2097152 bytes");
  }

  @Test
  void showsTheFirstErrorsOnly() {
    CommandWorld.Result result = world.runWith("x\n".repeat(1000), "import", "-");

    assertThat(result.err().lines()).hasSize(21);
    assertThat(result.err()).contains("1000 of 1000 lines are malformed");
  }

  @Test
  void saysThatThereIsNoSuchFile() {
    CommandWorld.Result result = world.run("import", "/nowhere/rows.jsonl");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).isEqualTo("keepwarm: INVALID_INPUT: FILE: there is no such file\n");
  }

  @Test
  void reportsWhatWasNotAnnounced() {
    world.original("acme", "db", "enc:x", 1);
    world.bus.refuseNext(1);

    CommandWorld.Result result = world.runWith(row("acme", "db", 2), "import", "-", "--json");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.out())
        .contains("\"notAnnouncedFirst\":[{\"tenant\":\"acme\",\"name\":\"db\",\"version\":2}]");
    assertThat(result.err())
        .isEqualTo(
            "keepwarm: UNAVAILABLE: 1 rotations not accepted by bus keepwarm; repeat the import with"
                + " --announce-unchanged\n");
  }

  @Test
  void saysWhatWasWrittenWhenTheTableStopsAnswering() {
    world.source.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);

    CommandWorld.Result result =
        world.runWith(row("acme", "a", 1) + row("acme", "b", 1), "import", "-");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.out()).contains("2 rows: 1 added").contains("1 rows not written");
    assertThat(result.err()).startsWith("keepwarm: UNAVAILABLE: ").hasLineCount(1);
    assertThat(world.wheel.enrolled()).isEmpty();
  }

  @Test
  void importsMoreThanOneChunkAndShowsProgress() {
    FakeTerminal terminal = world.terminal();
    String rows =
        IntStream.range(0, 2500)
            .mapToObj(i -> row("tenant-" + i / 5, "name-" + i % 5, 1))
            .collect(Collectors.joining());

    CommandWorld.Result result = world.runWith(rows, "import", "-");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("2,500 rows: 2,500 added");
    assertThat(world.wheel.enrolled()).hasSize(500);
    assertThat(terminal.shown())
        .anySatisfy(line -> assertThat(line).startsWith("checking  ["))
        .anySatisfy(line -> assertThat(line).startsWith("writing  ["))
        .anySatisfy(line -> assertThat(line).endsWith("500 of 500"))
        .last()
        .isEqualTo("");
  }

  private static String row(String tenant, String name, long version) {
    return "{\"tenant\":\"%s\",\"name\":\"%s\",\"profile\":\"legacy\",\"ciphertext\":\"%s\",\"version\":%d}\n"
        .formatted(tenant, name, CommandWorld.SECRET_CIPHERTEXT, version);
  }
}
