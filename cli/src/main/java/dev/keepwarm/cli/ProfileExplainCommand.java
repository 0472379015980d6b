package dev.keepwarm.cli;

import dev.keepwarm.cli.explain.Explanation;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
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
import picocli.CommandLine.Parameters;

/** {@code keepwarm profile explain}. */
@Command(
    name = "explain",
    description = {
      "Read a VB.NET or C# helper, and propose the parameters of its scheme.",
      "",
      "Pass the file with the function that decrypts. The command looks for the calls in"
          + " the tables of docs/migrating.md, shows the line that each parameter comes from,"
          + " and says what it could not find. It compiles nothing, makes no calls, and never"
          + " guesses a constant. It never shows a passphrase or a key, even if the file"
          + " contains one.",
      "",
      "Succeeds if the parameters are complete. Try them with profile test before you rely on them."
    },
    footer = {
      "",
      "JSON: {\"parameters\", \"reasons\":[{\"field\", \"line\", \"why\"}], \"secrets\","
          + " \"unseen\"}; line is 0 for a default of .NET; parameters is what profile add takes,"
          + " and what profile detect takes as --known.",
      "",
      "Example:",
      "  keepwarm profile explain Helper.vb --write payroll.json"
    })
final class ProfileExplainCommand implements Callable<Integer> {
  /** The longest source, in characters: a helper has only a few pages. */
  private static final int MAX_LENGTH = 256 * 1024;

  private final Io io;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "FILE", description = "The source file; - for standard input.")
  private Path source = Path.of("-");

  @Mixin private final WriteOption write = new WriteOption();

  ProfileExplainCommand(Io io) {
    this.io = io;
  }

  @Override
  public Integer call() throws IOException {
    write.check();
    String code =
        source.equals(Path.of("-"))
            ? SmallFile.read("FILE", io.in())
            : SmallFile.read("FILE", source);
    if (code.length() > MAX_LENGTH) {
      throw CommandException.input(
          "FILE: must have at most " + MAX_LENGTH + " characters; pass only the helper");
    }
    Explanation explanation = Explanation.of(code);
    write.write(explanation.parameters());
    if (common.json()) {
      io.json(json(explanation));
    } else {
      print(explanation);
    }
    if (!explanation.unseen().isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.NOT_FOUND, "not everything could be read: " + explanation.unseen().size());
    }
    return ExitCode.DONE.number();
  }

  private void print(Explanation explanation) {
    Table table = new Table("FIELD", "LINE", "READ FROM");
    for (Explanation.Reason reason : explanation.reasons()) {
      table.add(
          reason.field(), reason.line() == 0 ? "-" : Integer.toString(reason.line()), reason.why());
    }
    table.print(io.out());
    io.out().println();
    io.out().print(ProfileFile.pretty(explanation.parameters()));
    explanation.secrets().forEach(field -> io.out().println("secret: " + field));
    explanation.unseen().forEach(line -> io.out().println("not read: " + line));
  }

  private static Map<String, @Nullable Object> json(Explanation explanation) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("parameters", explanation.parameters());
    List<Map<String, @Nullable Object>> reasons = new ArrayList<>();
    for (Explanation.Reason reason : explanation.reasons()) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("field", reason.field());
      one.put("line", reason.line());
      one.put("why", reason.why());
      reasons.add(one);
    }
    json.put("reasons", reasons);
    json.put("secrets", explanation.secrets());
    json.put("unseen", explanation.unseen());
    return json;
  }
}
