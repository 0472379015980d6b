package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.engine.Source;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Gatherers;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keepwarm warm}. */
@Command(
    name = "warm",
    description = {
      "Enrol tenants, and refresh their due entries now.",
      "",
      "A tenant that has nothing at the source is not enrolled. Then the exit code is 3."
    },
    footer = {
      "",
      "JSON: {\"tenants\", \"enrolled\", \"asked\", \"notAccepted\","
          + " \"notFound\":[...]}; with --wait also \"waited\":{\"warm\", \"revoked\","
          + " \"failed\", \"pending\", \"pendingFirst\":[{\"tenant\", \"name\"}],"
          + " \"failures\":[{\"tenant\", \"name\", \"failure\"}]}; both lists have at most 100"
          + " elements."
    })
final class WarmCommand implements Callable<Integer> {
  /** How many tenants are enrolled and requested together. */
  private static final int PAGE = 500;

  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(arity = "0..*", paramLabel = "TENANT", description = "The tenants.")
  private List<String> tenants = List.of();

  @Option(names = "--all", description = "All tenants that the source has.")
  private boolean all;

  @Mixin private final WaitOptions wait = new WaitOptions();

  WarmCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    if (all == !tenants.isEmpty()) {
      throw CommandException.usage("specify tenants or --all");
    }
    tenants.forEach(CredentialId::checkTenant);
    try (Ports ports = factory.open()) {
      Publishing.requireBus(ports);
      Run run = new Run(ports);
      try (Progress progress = Progress.on(io.terminal())) {
        if (all) {
          run.everything(progress);
        } else {
          run.named(List.copyOf(new LinkedHashSet<>(tenants)), progress);
        }
      }
      run.report();
    }
    return ExitCode.DONE.number();
  }

  /** One run of the command. */
  private final class Run {
    private final Ports ports;
    private final Waiting waiting;
    private final WaitTally waited = new WaitTally();
    private final Warming warming;
    private final List<String> askedFor = new ArrayList<>();

    Run(Ports ports) {
      this.ports = ports;
      this.waiting = new Waiting(ports, wait.timeout());
      this.warming = new Warming(ports);
    }

    void everything(Progress progress) {
      progress.begin("asking", 0);
      String last = null;
      String from = null;
      do {
        Source.TenantPage page = ports.source().tenants(from, PAGE);
        List<String> fresh = new ArrayList<>(page.tenants());
        // A tenant whose rows span two pages is on both, at the end of one and the start of the
        // next.
        fresh.remove(last);
        last = page.tenants().isEmpty() ? last : page.tenants().getLast();
        from = page.next();
        warm(fresh, progress);
      } while (from != null);
      waitFor(progress);
    }

    void named(List<String> names, Progress progress) {
      progress.begin("asking", names.size());
      names.stream().gather(Gatherers.windowFixed(PAGE)).forEach(page -> warm(page, progress));
      waitFor(progress);
    }

    /** Waits only after all tenants were requested, so that decryptors are fully busy meanwhile. */
    private void waitFor(Progress progress) {
      if (wait.wanted() && warming.isAccepted()) {
        waiting.untilWarm(askedFor, waited, progress);
      }
    }

    private void warm(List<String> page, Progress progress) {
      List<String> known = page;
      if (all) {
        warming.known(page);
      } else {
        known = warming.named(page);
      }
      if (wait.wanted()) {
        askedFor.addAll(known);
      }
      progress.advance(page.size());
    }

    private void report() {
      if (common.json()) {
        Map<String, @Nullable Object> json = warming.json();
        if (wait.wanted()) {
          json.put("waited", waited.json());
        }
        io.json(json);
      } else {
        io.out().println(warming.text());
        if (wait.wanted()) {
          io.out().println(waited.text());
          waited.failureLines().forEach(io.out()::println);
        }
      }
      warming.require();
      if (wait.wanted()) {
        waited.require(false);
      }
    }
  }
}
