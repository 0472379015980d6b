package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.SourceKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keepwarm import}. */
@Command(
    name = "import",
    description = {
      "Write originals to the built-in source table, and enrol their tenants.",
      "",
      "Reads JSON Lines: {\"tenant\", \"name\", \"profile\", \"ciphertext\","
          + " \"version\"}. Checks all lines before it writes the first one; errors name the"
          + " line and the field. Writes a row only if its version is greater than the stored"
          + " one. So an import can be repeated, and an old file undoes nothing. Publishes"
          + " Credential Rotated for each row that replaces an older version.",
      "",
      "With --rejects, writes malformed lines to that file and imports all others; the"
          + " exit code is 1 nevertheless. An interrupted import says how far it got."
    },
    footer = {
      "",
      "JSON: {\"rows\", \"added\", \"replaced\", \"unchanged\", \"notWritten\", \"tenants\", \"enrolled\", "
          + "\"announced\", \"notAnnounced\", \"notAnnouncedFirst\":[{\"tenant\", \"name\", "
          + "\"version\"}], \"rejected\"}; the list has at most 100 elements. A line of FILE with --rejects:"
          + " {\"line\", \"problem\", \"row\"}, where row is the original line.",
      "",
      "Example:",
      "  export-credentials | keepwarm import -"
    })
final class ImportCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "FILE", description = "The file; - for standard input.")
  private String file = "";

  @Option(
      names = "--announce-unchanged",
      description =
          "Also announce rows that were already stored. Use it after an import that stopped before"
              + " it had announced everything.")
  private boolean announceUnchanged;

  @Option(
      names = "--rejects",
      paramLabel = "FILE",
      description = "Write malformed lines to this new file, and import the others.")
  private @Nullable Path rejects;

  ImportCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    try (ImportInput input = ImportInput.open(file, io.in());
        Progress progress = Progress.on(io.terminal())) {
      ImportCheck.Result checked = check(input, progress);
      try (Ports ports = factory.open()) {
        requireBuiltInSource(ports);
        Publishing.requireBus(ports);
        ImportRun run = new ImportRun(ports, announceUnchanged, progress, checked);
        Thread interrupted = new Thread(() -> io.note(run.soFar()));
        Runtime.getRuntime().addShutdownHook(interrupted);
        try {
          run.run(input);
        } finally {
          forget(interrupted);
        }
        progress.close();
        if (common.json()) {
          io.json(run.json());
        } else {
          run.print(io.out());
        }
        run.requireAll();
      }
      if (checked.rejected() > 0) {
        // Not an input error, which would mean that nothing was done: other lines were imported.
        throw new CommandException(
            ExitCode.FAILED,
            "INVALID_INPUT",
            checked.rejected() + " lines are malformed and were not imported: see " + rejects);
      }
    } catch (IOException e) {
      throw ImportInput.cannotRead(e);
    }
    return ExitCode.DONE.number();
  }

  private ImportCheck.Result check(ImportInput input, Progress progress) throws IOException {
    ImportCheck check = new ImportCheck(io, progress);
    if (rejects == null) {
      return check.check(input, null);
    }
    try (Rejects file = Rejects.create(rejects)) {
      return check.check(input, file);
    }
  }

  /** An import only writes to the source that decryptors read. */
  private static void requireBuiltInSource(Ports ports) {
    SourceKind source = ports.settings().source();
    if (source != SourceKind.DYNAMODB) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "KEEPWARM_SOURCE: decryptors read "
              + source.name().toLowerCase(Locale.ROOT)
              + ", but an import writes only to the built-in source dynamodb. Write the rows to that"
              + " source, then run keepwarm warm or keepwarm rotate --from FILE");
    }
  }

  private static void forget(Thread hook) {
    try {
      var unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending: the hook reports how far the import got.
    }
  }
}
