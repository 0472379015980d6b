package dev.keepwarm.local.cli;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Source;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepwarm status}. */
@Command(
    name = "status",
    description = {
      "Count who is enrolled and what is warm, and check the warmer and the KMS key.",
      "",
      "Pages through the cache table and the wheel. Ends with exit code 5 if the KMS key is not"
          + " enabled."
    },
    footer = {
      "",
      "JSON: {\"tenants\":{\"enrolled\", \"withoutEntries\"},\"entries\":{\"total\", \"warm\", "
          + "\"due\", \"cold\", \"failed\", \"revoked\", \"malformed\", \"oldestAgeMillis\", "
          + "\"failures\":{CODE:n}},\"complete\", \"cursor\":{\"published\", \"lagSlots\", "
          + "\"lagMillis\"},\"key\":{\"id\", \"state\"}}; due entries are counted as warm, too."
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
      description = "How many entries and tenants to count at most (default ${DEFAULT-VALUE}).")
  private int limit;

  StatusCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    try (Ports ports = factory.open()) {
      Status status = new Status(ports.clock().millis());
      try (Progress progress = Progress.on(io.terminal())) {
        count(ports, status, progress);
      }
      status.cursor(
          ports.wheel().cursor(), ports.settings().slotMillis(), ports.settings().slots());
      KeepwarmException keyError = null;
      try {
        status.key(ports.settings().kmsKey(), ports.keyState().get());
      } catch (KeepwarmException e) {
        status.key(ports.settings().kmsKey(), null);
        keyError = e;
      }
      if (common.json()) {
        io.json(status.json());
      } else {
        status.print(io.out());
      }
      if (keyError != null) {
        throw keyError;
      }
      status.requireEnabledKey();
    }
    return ExitCode.DONE.number();
  }

  private void count(Ports ports, Status status, Progress progress) {
    progress.begin("entries", 0);
    Set<String> tenants = new HashSet<>();
    long seen = 0;
    String from = null;
    do {
      CacheTable.EntryPage page = ports.cache().entries(from, (int) Math.min(PAGE, limit - seen));
      page.entries()
          .forEach(entry -> {
            status.count(entry);
            tenants.add(entry.id().tenant());
          });
      status.countMalformed(page.malformed());
      seen += page.entries().size() + page.malformed();
      progress.set(seen);
      from = page.next();
    } while (from != null && seen < limit);
    boolean complete = from == null;

    progress.begin("tenants", 0);
    long enrolled = 0;
    long without = 0;
    String next = null;
    do {
      Source.TenantPage page = ports.wheel().tenants(next, PAGE);
      enrolled += page.tenants().size();
      without += page.tenants().stream().filter(tenant -> !tenants.contains(tenant)).count();
      progress.set(enrolled);
      next = page.next();
    } while (next != null && enrolled < limit);
    status.tenants(enrolled, complete ? without : null, complete && next == null);
  }
}
