package dev.keepwarm.cli;

import dev.keepwarm.demo.DemoCommand;
import dev.keepwarm.local.LocalCommand;
import dev.keepwarm.local.Viewer;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code keepwarm} command line. */
@Command(
    name = "keepwarm",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "",
    description = {
      "",
      "Decrypts legacy credentials ahead of time and keeps them ready.",
      "",
      "Works on the AWS account or the endpoint that the environment names."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Done.",
      "1:Failed. A retry will not help.",
      "2:The arguments, the input or the settings are wrong. Nothing was done.",
      "3:There is no such credential, tenant or profile.",
      "4:AWS refused, or the credential is revoked.",
      "5:Something does not respond. Some of the work may be done. A retry is safe.",
      "6:Timed out. Some of the work may be done. A retry is safe.",
      "7:Everything responds, but a limit of keepwarm status is exceeded.",
      "130:Interrupted. Some of the work may be done. A retry is safe."
    },
    footer = {
      "",
      "Environment:",
      "  AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, ...  as for the AWS CLI",
      "  AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>     endpoints other than AWS",
      "  KEEPWARM_CACHE_TABLE    default keepwarm-cache",
      "  KEEPWARM_WHEEL_TABLE    default keepwarm-wheel",
      "  KEEPWARM_SOURCE         dynamodb, jdbc or secretsmanager, default dynamodb",
      "  KEEPWARM_SOURCE_TABLE   default keepwarm-credentials",
      "  KEEPWARM_BUS            event bus, default keepwarm",
      "  KEEPWARM_URGENT_QUEUE, KEEPWARM_CHANGES_QUEUE, KEEPWARM_DUE_QUEUE",
      "                          names or URLs, default keepwarm-urgent, -changes, -due",
      "  KEEPWARM_KMS_KEY        id, ARN or alias, default alias/keepwarm",
      "  KEEPWARM_TTL            lifetime of an entry, default 15m",
      "  KEEPWARM_CHECK_EVERY    turn of the wheel, default a third of KEEPWARM_TTL",
      "  KEEPWARM_SLOTS          slots of the wheel, default 1024",
      "  KEEPWARM_PARALLEL       maximum calls in flight, default 64",
      "  KEEPWARM_NEAR_TTL       nearTtl of the readers, for the console, default 30s",
      "",
      "Examples:",
      "  keepwarm import credentials.jsonl",
      "  keepwarm warm acme --wait",
      "  keepwarm list acme",
      "  keepwarm rotate acme payroll-bank --version 7 --wait",
      "  keepwarm status --json",
      "",
      "An error is one line on standard error, with a stable code: keepwarm: CODE: message."
          + " No argument is a value or a secret. Only get --reveal and profile test --reveal"
          + " print a value."
    })
public final class KeepwarmCommand implements Runnable {
  private final Io io;

  @Mixin private final HelpOptions help = new HelpOptions();

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  private boolean version;

  @Spec private CommandSpec spec = CommandSpec.create();

  private KeepwarmCommand(Io io) {
    this.io = io;
  }

  /** Runs one command and ends the process. */
  public static void main(String[] args) {
    Map<String, String> environment = System.getenv();
    Io io =
        new Io(
            System.in,
            new PrintStream(System.out, true, StandardCharsets.UTF_8),
            new PrintStream(System.err, true, StandardCharsets.UTF_8),
            ConsoleTerminal.find(environment),
            ConsoleTerminal::isStandardOutput);
    System.exit(run(io, environment, args));
  }

  /**
   * Runs one command on the AWS account or the endpoint that an environment names.
   *
   * @param io the command's input and output
   * @param environment the settings of Keepwarm and of the SDK
   * @return an exit code; not 0 if the result could not be written
   */
  public static int run(Io io, Map<String, String> environment, String... args) {
    return run(io, () -> CommandComposition.of(environment), args);
  }

  /**
   * Runs one command.
   *
   * @param io the command's input and output
   * @param ports creates the ports of operators' commands
   * @return an exit code; not 0 if the result could not be written, for example on a full disk
   */
  static int run(Io io, Ports.Factory ports, String... args) {
    int exitCode = commandLine(io, ports).execute(args);
    if (exitCode == 0 && io.out().checkError()) {
      io.note("IO_ERROR: cannot write to standard output");
      return ExitCode.FAILED.number();
    }
    return exitCode;
  }

  /**
   * The command line.
   *
   * @param io the commands' input and output
   * @param ports creates the ports of operators' commands
   */
  public static CommandLine commandLine(Io io, Ports.Factory ports) {
    CommandLine root = new CommandLine(new KeepwarmCommand(io));
    root.addSubcommand(withHelp(new DemoCommand(viewer(io))));
    root.addSubcommand(withHelp(new LocalCommand(viewer(io))));
    root.addSubcommand(new ImportCommand(io, ports));
    root.addSubcommand(new StatusCommand(io, ports));
    root.addSubcommand(new ConsoleCommand(io, ports));
    root.addSubcommand(new ListCommand(io, ports));
    root.addSubcommand(new GetCommand(io, ports));
    root.addSubcommand(new WarmCommand(io, ports));
    root.addSubcommand(new RotateCommand(io, ports));
    root.addSubcommand(new InvalidateCommand(io, ports));
    root.addSubcommand(new RevokeCommand(io, ports));
    root.addSubcommand(new UnrevokeCommand(io, ports));
    root.addSubcommand(new RotateSigningKeyCommand(io, ports));
    root.addSubcommand(DeadLettersCommand.commandLine(io, ports));
    root.addSubcommand(ProfileCommand.commandLine(io, ports));
    root.addSubcommand(new CostCommand(io));

    Errors errors = new Errors(io);
    root.setExecutionExceptionHandler(errors);
    root.setParameterExceptionHandler(errors);
    root.setOut(new PrintWriter(io.out(), true));
    root.setErr(new PrintWriter(io.err(), true));
    setHeadings(root);
    root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, new GroupedCommands());
    HelpWidth.set(
        root, io.terminal() == null ? ConsoleTerminal.DEFAULT_COLUMNS : io.terminal().columns());
    return root;
  }

  /** The console, for commands that run a deployment themselves. */
  private static Viewer viewer(Io io) {
    return (environment, write, open) -> {
      PrintedMetrics printed = new PrintedMetrics(InstantSource.system());
      ConsoleCommand.Running running =
          ConsoleCommand.start(
              io,
              () -> CommandComposition.of(environment).with(printed),
              new ConsoleCommand.Options(0, write, ConsoleCommand.USUALLY, open));
      return new Viewer.Shown(running.address().toString(), printed.lines(), running::close);
    };
  }

  private static void setHeadings(CommandLine command) {
    UsageMessageSpec usage = command.getCommandSpec().usageMessage();
    usage.parameterListHeading("%nArguments:%n").optionListHeading("%nOptions:%n");
    command.getSubcommands().values().forEach(KeepwarmCommand::setHeadings);
  }

  /** A command of another package, with the options of every command but {@code --json}. */
  private static CommandLine withHelp(Object command) {
    CommandLine commandLine = new CommandLine(command);
    commandLine.addMixin("help", new HelpOptions());
    return commandLine;
  }

  /** Reports that a command is missing. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
