package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.decryptor.dotnet.DotNetDetector;
import dev.keepwarm.decryptor.dotnet.DotNetParametersException;
import dev.keepwarm.decryptor.dotnet.DotNetRefusal;
import dev.keepwarm.decryptor.dotnet.DotNetSecret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keepwarm profile detect}. */
@Command(
    name = "detect",
    description = {
      "Detect which of the known .NET schemes encrypted a few stored values.",
      "",
      "Pass three or more values, one per line, all encrypted in the same way, and the"
          + " passphrase or key. Put constants of the old code (salt, IV, iterations) into"
          + " --known. The command prints no values and makes no calls.",
      "",
      "BITS says how much likelier a scheme is than chance: 20 bits mean a million"
          + " times. The command succeeds only if one scheme is a thousand times likelier than"
          + " all others. Otherwise it says what would help to decide."
    },
    footer = {
      "",
      "JSON: {\"values\", \"verdict\", \"advice\", \"matches\":[{\"scheme\", \"plausible\","
          + " \"bits\", \"parameters\"}], \"dpapiValues\", \"dataProtectionValues\","
          + " \"recognised\"}, best first; verdict is found, ambiguous or none; parameters is what"
          + " profile add takes.",
      "",
      "Example:",
      "  keepwarm profile detect values.txt --known constants.json --write payroll.json"
    })
final class ProfileDetectCommand implements Callable<Integer> {
  private static final int MAX_VALUES = 1000;

  private final Io io;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "FILE", description = "The values, one per line; - for standard input.")
  private Path values = Path.of("-");

  @Option(
      names = "--known",
      paramLabel = "FILE",
      description =
          "A file with a JSON object of parameters that are already known, such as saltHex.")
  private @Nullable Path known;

  @Option(
      names = "--expect-file",
      paramLabel = "FILE",
      description =
          "The known plaintexts, one per line in the order of the values; an empty line"
              + " where it is not known.")
  private @Nullable Path expectFile;

  @Mixin private final WriteOption write = new WriteOption();

  @Mixin private final SecretInput secret = new SecretInput();

  ProfileDetectCommand(Io io) {
    this.io = io;
  }

  @Override
  public Integer call() throws IOException {
    write.check();
    boolean standardInput = values.equals(Path.of("-"));
    List<String> stored =
        lines(standardInput ? SmallFile.read("FILE", io.in()) : SmallFile.read("FILE", values));
    Map<String, @Nullable Object> given =
        known == null ? Map.of() : SmallFile.object("--known", SmallFile.read("--known", known));
    DotNetDetector.Detection detection =
        detect(stored, secret.read(io, false, !standardInput), given, expected(stored.size()));
    if (detection.verdict() == DotNetDetector.Verdict.FOUND) {
      write.write(detection.matches().getFirst().parameters().toMap());
    }
    if (common.json()) {
      io.json(json(stored.size(), detection));
    } else {
      print(stored.size(), detection);
    }
    return switch (detection.verdict()) {
      case FOUND -> ExitCode.DONE.number();
      case AMBIGUOUS ->
          throw new KeepwarmException(
              ErrorCode.NOT_FOUND, "no clear winner: " + detection.advice());
      case NONE ->
          throw new KeepwarmException(
              ErrorCode.NOT_FOUND,
              "no known scheme decodes these values better than chance; if the old code calls"
                  + " MachineKey, FormsAuthentication, ProtectedData or a service, let a function"
                  + " with that code decode them: the scheme lambda");
    };
  }

  private List<Optional<String>> expected(int values) {
    if (expectFile == null) {
      return List.of();
    }
    List<Optional<String>> expected =
        SmallFile.read("--expect-file", expectFile)
            .lines()
            .map(line -> Optional.of(line).filter(text -> !text.isEmpty()))
            .toList();
    if (expected.size() > values) {
      throw CommandException.input(
          "--expect-file: more lines (" + expected.size() + ") than values (" + values + ")");
    }
    return expected;
  }

  private static DotNetDetector.Detection detect(
      List<String> stored,
      Map<String, @Nullable Object> secret,
      Map<String, @Nullable Object> known,
      List<Optional<String>> expected) {
    DotNetSecret parsed;
    try {
      parsed = DotNetSecret.parse(secret);
    } catch (DotNetParametersException e) {
      throw CommandException.input("the secret: " + e.getMessage());
    }
    try {
      return DotNetDetector.detect(stored, parsed, known, expected);
    } catch (DotNetParametersException e) {
      throw CommandException.input("--known: " + e.getMessage());
    }
  }

  private static List<String> lines(String text) {
    List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
    if (lines.isEmpty() || lines.size() > MAX_VALUES) {
      throw CommandException.input("FILE: " + lines.size() + " values, must be 1 to " + MAX_VALUES);
    }
    return lines;
  }

  private void print(int values, DotNetDetector.Detection detection) {
    boolean isFound = detection.verdict() == DotNetDetector.Verdict.FOUND;
    // If one is found, the others are ruled out, and most have the same name.
    List<DotNetDetector.Match> shown =
        isFound ? detection.matches().subList(0, 1) : detection.matches();
    Table table = new Table("SCHEME", "PLAUSIBLE", "BITS");
    for (DotNetDetector.Match match : shown) {
      table.add(match.scheme(), match.plausible() + " of " + values, String.valueOf(match.bits()));
    }
    if (!detection.matches().isEmpty()) {
      table.print(io.out());
      io.out().println();
      io.out().println(isFound ? "Parameters:" : "Parameters of the first:");
      io.out().print(ProfileFile.pretty(detection.matches().getFirst().parameters().toMap()));
    }
    if (isFound && !detection.advice().isEmpty()) {
      io.note(detection.advice());
    }
    detection
        .recognised()
        .forEach((kind, count) -> io.note(count + " of the values: " + kind.description()));
  }

  private static Map<String, @Nullable Object> json(
      int values, DotNetDetector.Detection detection) {
    List<Map<String, @Nullable Object>> matches = new ArrayList<>();
    for (DotNetDetector.Match match : detection.matches()) {
      Map<String, @Nullable Object> each = new LinkedHashMap<>();
      each.put("scheme", match.scheme());
      each.put("plausible", match.plausible());
      each.put("bits", match.bits());
      each.put("parameters", match.parameters().toMap());
      matches.add(each);
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("values", values);
    json.put("verdict", detection.verdict().name().toLowerCase(Locale.ROOT));
    json.put("advice", detection.advice().isEmpty() ? null : detection.advice());
    json.put("matches", matches);
    json.put("dpapiValues", detection.recognised().getOrDefault(DotNetRefusal.DPAPI_VALUE, 0));
    json.put(
        "dataProtectionValues",
        detection.recognised().getOrDefault(DotNetRefusal.DATA_PROTECTION_VALUE, 0));
    Map<String, @Nullable Object> recognised = new TreeMap<>();
    detection.recognised().forEach((kind, count) -> recognised.put(kind.name(), count));
    json.put("recognised", recognised);
    return json;
  }
}
