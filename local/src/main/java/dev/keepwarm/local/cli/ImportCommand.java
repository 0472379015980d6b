package dev.keepwarm.local.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
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
      "Reads JSON Lines: {\"tenant\",\"name\",\"profile\",\"ciphertext\",\"version\"}. All lines are"
          + " checked before the first is written; errors name the line and the field. A row is"
          + " written only if its version is greater than the stored one's, so an import can be"
          + " repeated, and an old file undoes nothing. Credential Rotated is published for each that"
          + " replaced an older version."
    },
    footer = {
      "",
      "JSON: {\"rows\", \"added\", \"replaced\", \"unchanged\", \"notWritten\", \"tenants\", \"enrolled\", "
          + "\"announced\", \"notAnnounced\", \"notAnnouncedFirst\":[{\"tenant\", \"name\", "
          + "\"version\"}]}, the last with 100 at most.",
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
          "Announce also what was there already: after an import that was cut short between writing"
              + " and announcing.")
  private boolean announceUnchanged;

  ImportCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    try (ImportInput input = ImportInput.open(file, io.in());
        Progress progress = Progress.on(io.terminal())) {
      long rows = new ImportCheck(io, progress).check(input);
      try (Ports ports = factory.open()) {
        Publishing.requireBus(ports);
        ImportRun run = new ImportRun(ports, announceUnchanged, progress);
        run.run(input, rows);
        progress.close();
        if (common.json()) {
          io.json(run.json());
        } else {
          run.print(io.out());
        }
        run.requireAll();
      }
    } catch (IOException e) {
      throw ImportInput.cannotRead(e);
    }
    return ExitCode.DONE.number();
  }
}
