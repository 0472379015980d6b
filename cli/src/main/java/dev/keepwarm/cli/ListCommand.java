package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.Wheel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keepwarm list}. */
@Command(
    name = "list",
    description = {
      "List the entries of a tenant, or the tenants on the wheel.",
      "",
      "An entry is warm (readers can use it), due (readers can use it, and its refresh"
          + " is due), cold (the next reader waits for a resolve), failed (readers get the"
          + " error that is shown), revoked, or malformed (Keepwarm did not write it; keepwarm"
          + " invalidate repairs it). Where freshness records are in use, it shows until when one"
          + " vouches for an entry."
    },
    footer = {
      "",
      "JSON: {\"tenant\", \"enrolled\", \"entries\":[...]} or"
          + " {\"tenants\":[{\"tenant\", \"slot\"}],\"next\"}; --from takes next. Times are"
          + " milliseconds since the epoch. An entry for which a record may vouch has \"freshUntil\","
          + " null if none does, and \"sealedUntil\"."
    })
final class ListCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "TENANT",
      description = "The tenant whose entries to list.")
  private @Nullable String tenant;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      converter = CountConverter.class,
      description = "Maximum number of tenants to list (default ${DEFAULT-VALUE}).")
  private int limit;

  @Option(
      names = "--from",
      paramLabel = "NEXT",
      description = "Continue after the previous page, which printed this value.")
  private @Nullable String from;

  ListCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    if (tenant != null) {
      String checked = CredentialId.checkTenant(tenant);
      try (Ports ports = factory.open()) {
        entries(ports, checked);
      }
    } else {
      try (Ports ports = factory.open()) {
        tenants(ports);
      }
    }
    return ExitCode.DONE.number();
  }

  private void entries(Ports ports, String tenant) {
    TenantView view = TenantView.read(ports, tenant);
    if (common.json()) {
      io.json(view.json());
      return;
    }
    view.table().print(io.out());
    if (view.unnameable() > 0) {
      io.note(view.unnameable() + " more items have invalid names");
    }
    if (!view.enrolled()) {
      io.note(tenant + " is not on the wheel, so its entries are not kept warm");
    }
  }

  private void tenants(Ports ports) {
    List<String> tenants = new ArrayList<>();
    String next = from;
    do {
      Source.TenantPage page = ports.wheel().tenants(next, limit - tenants.size());
      tenants.addAll(page.tenants());
      next = page.next();
    } while (next != null && tenants.size() < limit);
    int slots = ports.settings().slots();
    if (common.json()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put(
          "tenants",
          tenants.stream()
              .map(each -> Map.of("tenant", each, "slot", Wheel.slotOf(each, slots)))
              .toList());
      json.put("next", next);
      io.json(json);
      return;
    }
    Table table = new Table("TENANT", "SLOT");
    tenants.forEach(each -> table.add(each, Integer.toString(Wheel.slotOf(each, slots))));
    table.print(io.out());
    if (next != null) {
      io.note("there may be more; continue with --from " + next);
    }
  }
}
