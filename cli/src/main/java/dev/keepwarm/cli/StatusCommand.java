package dev.keepwarm.cli;

import dev.keepwarm.engine.Settings;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
      "An enrolled tenant is cold if it has something that no reader can use, overdue if it has"
          + " something that the decryptor should have refreshed by now, failing if it has something"
          + " that cannot be decoded. Right after an import all its tenants are cold until their"
          + " turn comes.",
      "",
      "JSON: {\"tenants\":{\"enrolled\", \"withoutEntries\", \"cold\", \"overdue\", \"failing\"},"
          + " \"entries\":{\"total\", \"warm\", \"due\", \"cold\", \"failed\", \"revoked\","
          + " \"malformed\", \"oldestAgeMillis\", \"failures\":{CODE:n}}, \"complete\","
          + " \"cursor\":{\"published\", \"lagSlots\", \"lagMillis\"}, \"key\":{\"id\", \"state\"},"
          + " \"queues\":{QUEUE:{\"waiting\", \"inFlight\", \"deadLetters\"}}, \"asked\":[{\"name\","
          + " \"ok\", \"code\", \"reason\"}], \"problems\":[{\"code\", \"what\"}]}; due entries are"
          + " counted as warm, too; what is not known is null."
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

  @Mixin private final StatusLimits limits = new StatusLimits();

  StatusCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
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

  /** Asks everything side by side: one that does not answer takes its whole time-out. */
  private Status ask(Ports ports, Progress progress) {
    Settings settings = ports.settings();
    long now = ports.clock().millis();
    progress.begin("entries and tenants", 0);
    List<Runnable> questions = new ArrayList<>();
    Later<EntryCount> cache =
        new Later<>(
            questions,
            "cache table",
            settings.cacheTable(),
            () -> EntryCount.of(ports.cache(), now, limit, PAGE, progress));
    Later<WheelCount> wheel =
        new Later<>(
            questions,
            "wheel table",
            settings.wheelTable(),
            () -> WheelCount.of(ports.wheel(), limit, PAGE, progress));
    Later<Boolean> source =
        new Later<>(
            questions,
            "source",
            settings.source().name().toLowerCase(java.util.Locale.ROOT),
            () -> ports.source().tenants(null, 1) != null);
    Later<String> key = new Later<>(questions, "KMS key", settings.kmsKey(), ports.keyState());
    Later<Boolean> bus =
        new Later<>(
            questions,
            "event bus",
            settings.bus(),
            () -> {
              ports.busCheck().run();
              return true;
            });
    Map<Queues.Name, Later<Queues.Depth>> depths = new EnumMap<>(Queues.Name.class);
    for (Queues.Name name : Queues.Name.values()) {
      depths.put(
          name,
          new Later<>(questions, "queue " + name.text(), "", () -> ports.queues().depth(name)));
    }
    ports.calls().each(questions, Runnable::run);
    Map<Queues.Name, Check<Queues.Depth>> queues = new EnumMap<>(Queues.Name.class);
    depths.forEach((name, depth) -> queues.put(name, depth.get()));
    return new Status(
        now, settings, cache.get(), wheel.get(), source.get(), key.get(), bus.get(), queues);
  }

  /** The answer to a question that is asked together with others. */
  private static final class Later<T> {
    private final AtomicReference<@Nullable Check<T>> answer = new AtomicReference<>();

    Later(List<Runnable> questions, String name, String remark, Supplier<T> question) {
      questions.add(() -> answer.set(Check.ask(name, remark, question)));
    }

    Check<T> get() {
      Check<T> given = answer.get();
      if (given == null) {
        throw new IllegalStateException("not asked yet");
      }
      return given;
    }
  }
}
