package dev.keepwarm.cli;

import dev.keepwarm.cli.EntryCount.Trait;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.Wheel;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code keepwarm status}, as far as the checks have answered. Pure except for
 * printing.
 *
 * @param now the time of the checks, in milliseconds since the epoch
 * @param settings the operator's settings
 * @param cache the counts of the cache table
 * @param wheel the counts of the wheel table
 * @param source whether the source answers
 * @param key the state of the KMS key
 * @param bus whether the bus exists
 * @param queues how many messages each of the queues has
 */
record Status(
    long now,
    Settings settings,
    Check<EntryCount> cache,
    Check<WheelCount> wheel,
    Check<Boolean> source,
    Check<String> key,
    Check<Boolean> bus,
    Map<Queues.Name, Check<Queues.Depth>> queues) {
  private static final String ENABLED = "Enabled";

  /** All checks, in the order in which they are printed. */
  List<Check<?>> checks() {
    List<Check<?>> checks = new ArrayList<>(List.of(cache, wheel, source, key, bus));
    checks.addAll(queues.values());
    return checks;
  }

  /** The problems, the worst first. */
  List<Problem> problems(StatusLimits limits) {
    List<Problem> problems = new ArrayList<>();
    for (Check<?> check : checks()) {
      KeepwarmException error = check.error();
      if (error != null) {
        problems.add(
            new Problem(
                ExitCode.of(error.code()),
                error.code().name(),
                check.name() + ": " + Errors.describe(error),
                null));
      }
    }
    if (key.answer() != null && !key.answer().equals(ENABLED)) {
      problems.add(
          new Problem(
              ExitCode.UNAVAILABLE,
              ErrorCode.UNAVAILABLE.name(),
              "KMS key " + settings.kmsKey() + " is " + key.answer() + ", not " + ENABLED,
              "changing-the-kms-key"));
    }
    deadLetters(problems, limits);
    waiting(problems, limits);
    lag(problems, limits);
    tenants(problems, limits);
    return problems;
  }

  private void deadLetters(List<Problem> problems, StatusLimits limits) {
    long all = 0;
    for (Check<Queues.Depth> check : queues.values()) {
      all += check.answer() == null ? 0 : check.answer().deadLetters();
    }
    if (all > limits.deadLetters()) {
      problems.add(
          unhealthy(
              number(all)
                  + (all == 1 ? " dead letter, the limit is " : " dead letters, the limit is ")
                  + number(limits.deadLetters())
                  + ": see keepwarm dead-letters list",
              "dead-letters"));
    }
  }

  private void waiting(List<Problem> problems, StatusLimits limits) {
    Long most = limits.waiting();
    if (most == null) {
      return;
    }
    queues.forEach((name, check) -> {
      if (check.answer() != null && check.answer().waiting() > most) {
        problems.add(
            unhealthy(
                number(check.answer().waiting())
                    + (check.answer().waiting() == 1 ? " message waits" : " messages wait")
                    + " in queue "
                    + name.text()
                    + ", the limit is "
                    + number(most),
                "a-change-waits"));
      }
    });
  }

  private void lag(List<Problem> problems, StatusLimits limits) {
    if (wheel.answer() == null) {
      return;
    }
    Long lag = lagMillis();
    long most = limits.lagMillis(settings.lifetimes().turn());
    if (lag == null) {
      if (!wheel.answer().tenants().isEmpty()) {
        problems.add(
            unhealthy(
                wheel.answer().cursor() == null
                    ? "the warmer has never run"
                    : "the warmer uses other slots than these settings: check KEEPWARM_TTL"
                        + " and KEEPWARM_SLOTS",
                "the-warmer-has-stopped"));
      }
    } else if (lag > most) {
      problems.add(
          unhealthy(
              "the warmer is "
                  + Ages.text(lag)
                  + " behind, the limit is "
                  + Ages.text(most)
                  + (lag > settings.ttl().toMillis() / 2 ? ": entries go cold" : ""),
              "the-warmer-has-stopped"));
    }
  }

  private void tenants(List<Problem> problems, StatusLimits limits) {
    Tenants tenants = tenants();
    if (tenants == null) {
      return;
    }
    if (tenants.cold() > limits.cold()) {
      problems.add(
          unhealthy(
              enrolled(tenants.cold(), " is cold", " are cold")
                  + ", the limit is "
                  + number(limits.cold()),
              "cold-reads"));
    }
    if (tenants.overdue() > limits.cold()) {
      problems.add(
          unhealthy(
              "the decryptor does not keep up: "
                  + enrolled(tenants.overdue(), " is overdue", " are overdue"),
              "cold-reads"));
    }
    if (tenants.failing() > limits.failing()) {
      problems.add(
          unhealthy(
              enrolled(tenants.failing(), " has", " have")
                  + " an original that cannot be decoded, the limit is "
                  + number(limits.failing()),
              "undecodable"));
    }
  }

  private static String enrolled(long tenants, String one, String several) {
    return number(tenants)
        + (tenants == 1 ? " enrolled tenant" + one : " enrolled tenants" + several);
  }

  private static Problem unhealthy(String what, String runbook) {
    return new Problem(ExitCode.UNHEALTHY, "UNHEALTHY", what, runbook);
  }

  /**
   * The enrolled tenants.
   *
   * @param withoutEntries how many have no entry; null if not all entries were counted
   * @param cold how many have a cold entry, or no entry at all
   */
  private record Tenants(
      long enrolled, @Nullable Long withoutEntries, long cold, long failing, long overdue) {}

  private @Nullable Tenants tenants() {
    WheelCount enrolled = wheel.answer();
    EntryCount entries = cache.answer();
    if (enrolled == null || entries == null) {
      return null;
    }
    long without = 0;
    long cold = 0;
    long failing = 0;
    long overdue = 0;
    for (String tenant : enrolled.tenants()) {
      Set<Trait> traits = entries.traits(tenant);
      if (traits == null) {
        without++;
        continue;
      }
      cold += traits.contains(Trait.COLD) ? 1 : 0;
      failing += traits.contains(Trait.FAILING) ? 1 : 0;
      overdue += traits.contains(Trait.OVERDUE) ? 1 : 0;
    }
    return new Tenants(
        enrolled.tenants().size(),
        entries.complete() ? without : null,
        entries.complete() ? cold + without : cold,
        failing,
        overdue);
  }

  private boolean complete() {
    return (cache.answer() == null || cache.answer().complete())
        && (wheel.answer() == null || wheel.answer().complete());
  }

  /** How many slots the warmer is behind; null if it is not known. */
  private @Nullable Long lagSlots() {
    Wheel.Cursor cursor = wheel.answer() == null ? null : wheel.answer().cursor();
    return cursor == null || cursor.slotMillis() != settings.slotMillis()
        ? null
        : (Long) Math.max(0, Math.floorDiv(now, settings.slotMillis()) - cursor.published());
  }

  /** The same in milliseconds. */
  @Nullable Long lagMillis() {
    Long slots = lagSlots();
    return slots == null ? null : (Long) (slots * settings.slotMillis());
  }

  void print(PrintStream out, List<Problem> problems) {
    Table table = new Table("tenants", "", "");
    Tenants tenants = tenants();
    table.add(
        "  enrolled", wheel.answer() == null ? "?" : number(wheel.answer().tenants().size()), "");
    if (tenants != null) {
      if (tenants.withoutEntries() != null) {
        table.add("  without entries", number(tenants.withoutEntries()), "");
      }
      table.add("  cold", number(tenants.cold()), "");
      table.add("  overdue", number(tenants.overdue()), "");
      table.add("  failing", number(tenants.failing()), "");
    }
    entries(table);
    table.add("warmer", lag(), lagRemark());
    table.add("queues", "", "");
    queues.forEach((name, check) -> table.add("  " + name.text(), depth(check), flight(check)));
    table.add("asked", "", "");
    for (Check<?> check : checks()) {
      table.add("  " + check.name(), state(check), check.remark());
    }
    table.print(out);
    if (!complete()) {
      out.println("There are more than were counted: see --limit.");
    }
    if (!problems.isEmpty()) {
      out.println("problems");
      problems.forEach(problem -> out.println("  " + problem.code() + ": " + problem.what()));
    }
  }

  private void entries(Table table) {
    EntryCount entries = cache.answer();
    if (entries == null) {
      table.add("entries", "?", "");
      return;
    }
    table.add("entries", "", "");
    table.add("  warm", number(entries.warm()), number(entries.of(Condition.DUE)) + " of them due");
    if (entries.freshUntil() != null) {
      table.add(
          "  vouched for",
          number(entries.vouchedFor()),
          "fresh until " + Instant.ofEpochMilli(entries.freshUntil()) + " or longer");
    }
    table.add("  cold", number(entries.of(Condition.COLD)), "");
    table.add(
        "  failed",
        number(entries.of(Condition.FAILED)),
        entries.failures().isEmpty() ? "" : codes(entries.failures()));
    table.add("  revoked", number(entries.of(Condition.REVOKED)), "");
    if (entries.malformed() > 0) {
      table.add("  malformed", number(entries.malformed()), "");
    }
    table.add(
        "  oldest warm", entries.oldestAge() == null ? "-" : Ages.text(entries.oldestAge()), "");
  }

  private static String depth(Check<Queues.Depth> check) {
    return check.answer() == null ? "?" : number(check.answer().waiting());
  }

  private static String flight(Check<Queues.Depth> check) {
    return check.answer() == null
        ? ""
        : number(check.answer().inFlight())
            + " in flight, "
            + number(check.answer().deadLetters())
            + (check.answer().deadLetters() == 1 ? " dead letter" : " dead letters");
  }

  private String state(Check<?> check) {
    return check.equals(key) && key.answer() != null ? key.answer() : check.state();
  }

  Map<String, @Nullable Object> json(List<Problem> problems) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Tenants counted = tenants();
    Map<String, @Nullable Object> tenants = new LinkedHashMap<>();
    tenants.put(
        "enrolled", wheel.answer() == null ? null : (Long) (long) wheel.answer().tenants().size());
    tenants.put("withoutEntries", counted == null ? null : counted.withoutEntries());
    tenants.put("cold", counted == null ? null : (Long) counted.cold());
    tenants.put("overdue", counted == null ? null : (Long) counted.overdue());
    tenants.put("failing", counted == null ? null : (Long) counted.failing());
    json.put("tenants", tenants);
    json.put("entries", entriesJson());
    json.put("complete", complete());
    Wheel.Cursor cursor = wheel.answer() == null ? null : wheel.answer().cursor();
    Map<String, @Nullable Object> warmer = new LinkedHashMap<>();
    warmer.put("published", cursor == null ? null : (Long) cursor.published());
    warmer.put("lagSlots", lagSlots());
    warmer.put("lagMillis", lagMillis());
    json.put("cursor", warmer);
    Map<String, @Nullable Object> keyJson = new LinkedHashMap<>();
    keyJson.put("id", settings.kmsKey());
    keyJson.put("state", key.answer());
    json.put("key", keyJson);
    Map<String, @Nullable Object> depths = new LinkedHashMap<>();
    queues.forEach((name, check) -> depths.put(name.text(), depthJson(check.answer())));
    json.put("queues", depths);
    json.put("asked", checks().stream().map(Check::json).toList());
    json.put("problems", problems.stream().map(Problem::json).toList());
    return json;
  }

  private @Nullable Map<String, @Nullable Object> entriesJson() {
    EntryCount entries = cache.answer();
    if (entries == null) {
      return null;
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("total", entries.total());
    json.put("warm", entries.warm());
    json.put("due", entries.of(Condition.DUE));
    json.put("cold", entries.of(Condition.COLD));
    json.put("failed", entries.of(Condition.FAILED));
    json.put("revoked", entries.of(Condition.REVOKED));
    json.put("malformed", entries.malformed());
    json.put("oldestAgeMillis", entries.oldestAge());
    json.put("failures", entries.failures());
    if (entries.freshUntil() != null) {
      json.put("vouchedFor", entries.vouchedFor());
      json.put("freshUntil", entries.freshUntil());
    }
    return json;
  }

  private static @Nullable Map<String, @Nullable Object> depthJson(Queues.@Nullable Depth depth) {
    if (depth == null) {
      return null;
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("waiting", depth.waiting());
    json.put("inFlight", depth.inFlight());
    json.put("deadLetters", depth.deadLetters());
    return json;
  }

  private static String codes(Map<String, Long> failures) {
    StringBuilder codes = new StringBuilder();
    failures.forEach((code, count) ->
        codes.append(codes.isEmpty() ? "" : ", ").append(count).append(' ').append(code));
    return codes.toString();
  }

  private String lag() {
    if (wheel.answer() == null) {
      return "?";
    }
    if (wheel.answer().cursor() == null) {
      return "never ran";
    }
    Long lag = lagMillis();
    return lag == null ? "?" : Ages.text(lag) + " behind";
  }

  private String lagRemark() {
    Wheel.Cursor cursor = wheel.answer() == null ? null : wheel.answer().cursor();
    Long lag = lagSlots();
    if (cursor == null) {
      return "";
    }
    if (lag == null) {
      return "the warmer uses slots of "
          + cursor.slotMillis()
          + " ms, these settings use "
          + settings.slotMillis();
    }
    String remark = number(lag) + " of " + number(settings.slots()) + " slots";
    return lag > settings.slots() ? remark + ": more than a turn" : remark;
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
