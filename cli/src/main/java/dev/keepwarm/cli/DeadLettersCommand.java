package dev.keepwarm.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code keepwarm dead-letters}. */
@Command(
    name = "dead-letters",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "List, redrive or delete the messages that the decryptor could not handle.",
      "",
      "A message that failed ten times (in the due queue: five times) becomes a dead letter. Its"
          + " request was not carried out."
    },
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Examples:",
      "  keepwarm dead-letters list",
      "  keepwarm dead-letters redrive --queue urgent",
      "  keepwarm dead-letters delete acme payroll-bank"
    })
final class DeadLettersCommand implements Runnable {
  @Mixin private final HelpOptions help = new HelpOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  private DeadLettersCommand() {}

  static CommandLine commandLine(Io io, Ports.Factory ports) {
    CommandLine command = new CommandLine(new DeadLettersCommand());
    command.addSubcommand(new DeadLettersListCommand(io, ports));
    command.addSubcommand(new DeadLettersRedriveCommand(io, ports));
    command.addSubcommand(new DeadLettersDeleteCommand(io, ports));
    return command;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
