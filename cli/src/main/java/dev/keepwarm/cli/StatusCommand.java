package dev.keepwarm.cli;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepwarm status}. */
@Command(
    name = "status",
    description = {
      "Report whether everything works, and what does not.",
      "",
      "Asks the tables, the source, the KMS key, the bus and the queues, independently"
          + " of each other: it names what does not respond, and shows everything else. Pages"
          + " through the cache table and the wheel. The exit code is 4 or 5 if something"
          + " refuses or does not respond, or if the KMS key is not enabled, and 7 if a limit"
          + " is exceeded."
    },
    footer = {
      "",
      "An enrolled tenant is cold if the cache has no usable entry of one of its credentials,"
          + " overdue if the decryptor should have refreshed an entry by now, and failing if an"
          + " original cannot be decoded. Right after an import, all its tenants are cold until"
          + " their turn comes.",
      "",
      "JSON: {\"tenants\":{\"enrolled\", \"withoutEntries\", \"cold\", \"overdue\", \"failing\"},"
          + " \"entries\":{\"total\", \"warm\", \"due\", \"cold\", \"failed\", \"revoked\","
          + " \"malformed\", \"oldestAgeMillis\", \"failures\":{CODE:n}}, \"complete\","
          + " \"cursor\":{\"published\", \"lagSlots\", \"lagMillis\"}, \"key\":{\"id\", \"state\"},"
          + " \"queues\":{QUEUE:{\"waiting\", \"inFlight\", \"deadLetters\"}}, \"asked\":[{\"name\","
          + " \"ok\", \"code\", \"reason\"}], \"problems\":[{\"code\", \"what\", \"runbook\"}]}; due entries are"
          + " counted as warm, too; what is not known is null. Where freshness records are in use,"
          + " entries have \"vouchedFor\" and, of the record that ends first, \"freshUntil\"."
    })
final class StatusCommand implements Callable<Integer> {
  private static final int PAGE = 1000;

  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100000",
      converter = CountConverter.class,
      description = "Maximum number of entries and tenants to count (default ${DEFAULT-VALUE}).")
  private int limit;

  @Option(
      names = "--watch",
      description =
          "Show the status and the wheel until Ctrl-C. For a large wheel it shows a sample, as"
              + " keepwarm console does.")
  private boolean watch;

  @Option(
      names = "--every",
      paramLabel = "DURATION",
      defaultValue = "2s",
      converter = TimeoutConverter.class,
      description = "With --watch: how often to update, 1s to 1m (default ${DEFAULT-VALUE}).")
  private Duration every = ConsoleCommand.USUALLY;

  @Mixin private final StatusLimits limits = new StatusLimits();

  StatusCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    if (watch) {
      return watch();
    }
    try (Ports ports = factory.open()) {
      Status status;
      try (Progress progress = Progress.on(io.terminal())) {
        status = ask(ports, progress);
      }
      List<Problem> problems = status.problems(limits);
      if (common.json()) {
        io.json(status.json(problems));
      } else {
        status.print(io.out(), problems);
      }
      if (!problems.isEmpty()) {
        Problem first = problems.getFirst();
        throw new CommandException(
            first.exitCode(),
            first.code(),
            first.what()
                + (problems.size() == 1
                    ? ""
                    : "; " + (problems.size() - 1) + " more: see what is printed"));
      }
    }
    return ExitCode.DONE.number();
  }

  private Integer watch() {
    ConsoleCommand.checkEvery(every);
    if (common.json()) {
      throw CommandException.usage("--watch: must not be combined with --json");
    }
    try (Ports ports = factory.open()) {
      new StatusWatch(io, ports, every).run();
    }
    return ExitCode.DONE.number();
  }

  private Status ask(Ports ports, Progress progress) {
    long now = ports.clock().millis();
    progress.begin("entries and tenants", 0);
    Inspection inspection = new Inspection(ports);
    var cache = inspection.cache(() -> EntryCount.of(ports.cache(), now, limit, PAGE, progress));
    var wheel = inspection.wheel(() -> WheelCount.of(ports.wheel(), limit, PAGE, progress));
    var source = inspection.source();
    var key = inspection.key();
    var bus = inspection.bus();
    var queues = inspection.queues();
    inspection.run();
    return new Status(
        now,
        ports.settings(),
        cache.get(),
        wheel.get(),
        source.get(),
        key.get(),
        bus.get(),
        Inspection.answers(queues));
  }
}
