package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.decryptor.dotnet.DotNetDetector;
import dev.keepwarm.decryptor.dotnet.DotNetParametersException;
import dev.keepwarm.decryptor.dotnet.DotNetSecret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
      "Say which of the known .NET schemes decode a few stored values plausibly.",
      "",
      "Give three or more values, one a line, all encrypted in the same way, and the passphrase or"
          + " key. What the old code has as constants (salt, IV, iterations) goes into --known. Shows"
          + " no value. Calls nobody."
    },
    footer = {
      "",
      "JSON: {\"values\", \"matches\":[{\"scheme\", \"plausible\", \"parameters\"}],\"dpapiValues\", "
          + "\"dataProtectionValues\"}, best first; parameters is what profile add takes.",
      "",
      "Example:",
      "  keepwarm profile detect values.txt --known constants.json"
    })
final class ProfileDetectCommand implements Callable<Integer> {
  private static final int MAX_VALUES = 1000;

  private final Io io;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "FILE", description = "The values, one a line; - for standard input.")
  private Path values = Path.of("-");

  @Option(
      names = "--known",
      paramLabel = "FILE",
      description = "A JSON object of parameters that are known already, such as saltHex.")
  private @Nullable Path known;

  @Mixin private final SecretInput secret = new SecretInput();

  ProfileDetectCommand(Io io) {
    this.io = io;
  }

  @Override
  public Integer call() throws IOException {
    boolean standardInput = values.equals(Path.of("-"));
    List<String> stored =
        lines(standardInput ? SmallFile.read("FILE", io.in()) : SmallFile.read("FILE", values));
    Map<String, @Nullable Object> given =
        known == null ? Map.of() : SmallFile.object("--known", SmallFile.read("--known", known));
    DotNetDetector.Detection detection =
        detect(stored, secret.read(io, false, !standardInput), given);
    if (common.json()) {
      io.json(json(stored.size(), detection));
    } else {
      print(stored.size(), detection);
    }
    if (detection.matches().isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.NOT_FOUND, "no known scheme decodes these values plausibly");
    }
    return ExitCode.DONE.number();
  }

  private static DotNetDetector.Detection detect(
      List<String> stored,
      Map<String, @Nullable Object> secret,
      Map<String, @Nullable Object> known) {
    DotNetSecret parsed;
    try {
      parsed = DotNetSecret.parse(secret);
    } catch (DotNetParametersException e) {
      throw CommandException.input("the secret: " + e.getMessage());
    }
    try {
      return DotNetDetector.detect(stored, parsed, known);
    } catch (DotNetParametersException e) {
      throw CommandException.input("--known: " + e.getMessage());
    }
  }

  private static List<String> lines(String text) {
    List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
    if (lines.isEmpty() || lines.size() > MAX_VALUES) {
      throw CommandException.input(
          "FILE: " + lines.size() + " values, allowed are 1 to " + MAX_VALUES);
    }
    return lines;
  }

  private void print(int values, DotNetDetector.Detection detection) {
    Table table = new Table("SCHEME", "PLAUSIBLE");
    for (DotNetDetector.Match match : detection.matches()) {
      table.add(match.scheme(), match.plausible() + " of " + values);
    }
    if (!detection.matches().isEmpty()) {
      table.print(io.out());
      io.out().println();
      io.out().println("Parameters of the first:");
      io.out().print(ProfileFile.pretty(detection.matches().getFirst().parameters().toMap()));
    }
    if (detection.dpapiValues() > 0) {
      io.note(
          detection.dpapiValues()
              + " values are DPAPI's: only the Windows machine or account that encrypted them can"
              + " decrypt them");
    }
    if (detection.dataProtectionValues() > 0) {
      io.note(
          detection.dataProtectionValues()
              + " values are ASP.NET Core Data Protection's: only the application's own key ring"
              + " can decrypt them");
    }
  }

  private static Map<String, @Nullable Object> json(
      int values, DotNetDetector.Detection detection) {
    List<Map<String, @Nullable Object>> matches = new ArrayList<>();
    for (DotNetDetector.Match match : detection.matches()) {
      Map<String, @Nullable Object> each = new LinkedHashMap<>();
      each.put("scheme", match.scheme());
      each.put("plausible", match.plausible());
      each.put("parameters", match.parameters().toMap());
      matches.add(each);
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("values", values);
    json.put("matches", matches);
    json.put("dpapiValues", detection.dpapiValues());
    json.put("dataProtectionValues", detection.dataProtectionValues());
    return json;
  }
}
