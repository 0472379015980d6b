package dev.keepwarm.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code keepwarm profile}: the parent of the commands for profiles. */
@Command(
    name = "profile",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Create, show and test profiles, which describe how originals are encrypted.",
      "",
      "A JSON file contains the profiles; decryptors get it as KEEPWARM_PROFILES. A"
          + " passphrase or key in it is encrypted under the KMS key and bound to the profile's"
          + " name. Type it on the terminal, or pass it in standard input or a file. It is"
          + " never an argument."
    },
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Examples:",
      "  keepwarm profile detect values.txt",
      "  keepwarm profile explain Helper.vb --write payroll.json",
      "  keepwarm profile add payroll --scheme dotnet --parameters payroll.json",
      "  keepwarm profile test payroll < one-value.txt"
    })
final class ProfileCommand implements Runnable {
  @Mixin private final HelpOptions help = new HelpOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  private ProfileCommand() {}

  static CommandLine commandLine(Io io, Ports.Factory ports) {
    return new CommandLine(new ProfileCommand())
        .addSubcommand(new ProfileDetectCommand(io))
        .addSubcommand(new ProfileExplainCommand(io))
        .addSubcommand(new ProfileAddCommand(io, ports))
        .addSubcommand(new ProfileShowCommand(io))
        .addSubcommand(new ProfileTestCommand(io, ports));
  }

  /** Reports that a command is missing. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
