package dev.keepwarm.cli;

import dev.keepwarm.cli.console.Backend;
import dev.keepwarm.cli.console.Refusal;
import dev.keepwarm.cli.cost.Estimate;
import dev.keepwarm.cli.cost.Prices;
import dev.keepwarm.cli.cost.Viewing;
import dev.keepwarm.cli.cost.Workload;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.Wheel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The data and actions of {@code keepwarm console}. It uses the same code as the commands, but
 * reads only a sample of the wheel. Thread-safe.
 */
final class ConsoleModel implements Backend, AutoCloseable {
  /** How many past points are kept for the plots. */
  private static final int HISTORY = 450;

  /** How many dead letters are read. */
  private static final int DEAD_LETTERS = 100;

  /** How often dependencies that rarely change are checked, in milliseconds. */
  private static final long SELDOM = Duration.ofSeconds(30).toMillis();

  /** How long a snapshot for the page waits for answers. Later answers are in a later snapshot. */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final StatusLimits LIMITS = new StatusLimits();

  private final Ports ports;
  private final Settings settings;
  private final Duration every;
  private final Duration patience;
  private final Consumer<String> log;
  private final Prices prices = Prices.load();
  private final ExecutorService threads;
  private final Deque<Map<String, @Nullable Object>> history = new ArrayDeque<>();

  /** The wheel's cursor, if there is one. */
  private final Watch<Optional<Wheel.Cursor>> wheel;

  private final Watch<Boolean> cache;
  private final Watch<WheelSample.Sight> sample;
  private final Watch<Boolean> source;
  private final Watch<String> key;
  private final Watch<Boolean> bus;

  /** Null if the metrics of readers are not collected. */
  private final @Nullable Watch<Monitor.Figures> figures;

  /** Null if the metrics of readers are not collected. */
  private final @Nullable Watch<List<Monitor.Alarm>> alarms;

  private final Map<Queues.Name, Watch<Queues.Depth>> queues = new EnumMap<>(Queues.Name.class);

  /**
   * Makes no request yet.
   *
   * @param every how often a snapshot is taken
   * @param patience how long a snapshot waits for answers
   * @param log receives a line for each action
   */
  ConsoleModel(Ports ports, Duration every, Duration patience, Consumer<String> log) {
    this.patience = patience;
    this.ports = ports;
    this.settings = ports.settings();
    this.every = every;
    this.log = log;
    this.threads =
        Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("keepwarm-console-watch-", 0).factory());
    WheelSample wheelSample = new WheelSample(ports);
    CredentialId nobody = new CredentialId("-", "-");
    this.cache =
        new Watch<>(
            "cache table",
            settings.cacheTable(),
            0,
            () -> {
              var unused = ports.cache().read(nobody);
              return true;
            });
    this.wheel =
        new Watch<>(
            "wheel table",
            settings.wheelTable(),
            0,
            () -> Optional.ofNullable(ports.wheel().cursor()));
    this.sample =
        new Watch<>(
            "sample",
            "",
            0,
            () -> {
              wheelSample.step();
              return wheelSample.sight();
            });
    this.source = new Watch<>("source", settings.source().text(), SELDOM, Inspection.source(ports));
    this.key = new Watch<>("KMS key", settings.kmsKey(), SELDOM, ports.keyState());
    this.bus = new Watch<>("event bus", settings.bus(), SELDOM, Inspection.bus(ports));
    Monitor monitor = ports.readers().monitor();
    long monitorEvery = monitor == null ? 0 : monitor.every().toMillis();
    this.figures =
        monitor == null ? null : new Watch<>("metrics", "", monitorEvery, monitor::figures);
    this.alarms = monitor == null ? null : new Watch<>("alarms", "", monitorEvery, monitor::alarms);
    for (Queues.Name name : Queues.Name.values()) {
      queues.put(
          name, new Watch<>("queue " + name.text(), "", 0, () -> ports.queues().depth(name)));
    }
  }

  /** The facts about the deployment that the page shows. */
  Map<String, @Nullable Object> about() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("cacheTable", settings.cacheTable());
    json.put("wheelTable", settings.wheelTable());
    json.put("bus", settings.bus());
    json.put("key", settings.kmsKey());
    json.put("source", settings.source().text());
    json.put("slots", settings.slots());
    json.put("slotMillis", settings.slotMillis());
    json.put("ttlMillis", settings.ttl().toMillis());
    json.put("everyMillis", every.toMillis());
    json.put("nearTtlMillis", ports.readers().nearTtl().toMillis());
    return json;
  }

  /**
   * The state at one moment.
   *
   * @param status the result of {@code keepwarm status} for the tenants that were sampled
   * @param problems the problems
   * @param sight the wheel; null if none of it was read yet
   */
  record Moment(Status status, List<Problem> problems, WheelSample.@Nullable Sight sight) {}

  /** Runs the checks that are due, except CloudWatch's, and returns the state. */
  Moment look() {
    return look(List.of());
  }

  private Moment look(List<Watch<?>> besides) {
    ask(besides);
    Status status = status(ports.clock().millis());
    return new Moment(status, status.problems(LIMITS), sample.answer());
  }

  @Override
  public Map<String, @Nullable Object> snapshot() {
    List<Watch<?>> besides =
        figures == null || alarms == null ? List.of() : List.of(figures, alarms);
    Moment moment = look(besides);
    Status status = moment.status();
    long now = status.now();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("at", now);
    json.put("status", status.json(moment.problems()));
    WheelSample.Sight sight = moment.sight();
    json.put("sample", sight == null ? null : sight.json());
    json.put("sampleAt", sample.answeredAt());
    KeepwarmException sampleError = sample.check(now).error();
    json.put("sampleProblem", sampleError == null ? null : sampleError.getMessage());
    json.put("answeredAt", answeredAt());
    json.put("viewing", sight == null ? null : viewing(sight).json(prices));
    json.put("readers", ReadersView.json(figures, now));
    json.put("oldest", ReadersView.oldest(figures));
    json.put("alarms", ReadersView.alarms(alarms, now));
    Map<String, @Nullable Object> point = point(now, status);
    json.put("point", point);
    synchronized (history) {
      history.addLast(point);
      while (history.size() > HISTORY) {
        history.removeFirst();
      }
    }
    return json;
  }

  /** The dependencies of a deployment, each checked independently. */
  private List<Watch<?>> dependencies() {
    List<Watch<?>> watches = new ArrayList<>(List.of(cache, wheel, source, key, bus));
    watches.addAll(queues.values());
    return watches;
  }

  /** When each dependency last answered; null if it never has. */
  private Map<String, @Nullable Object> answeredAt() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    dependencies().forEach(watch -> json.put(watch.name(), watch.answeredAt()));
    return json;
  }

  private void ask(List<Watch<?>> besides) {
    long now = ports.clock().millis();
    List<CompletableFuture<Void>> asked = new ArrayList<>();
    dependencies().forEach(watch -> asked.add(watch.poke(threads, now)));
    asked.add(sample.poke(threads, now));
    besides.forEach(watch -> asked.add(watch.poke(threads, now)));
    try {
      Object unused =
          CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
              .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // Each check reports its own missing answer.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Status status(long now) {
    Check<Boolean> cacheCheck = cache.check(now);
    Check<Optional<Wheel.Cursor>> wheelCheck = wheel.check(now);
    WheelSample.Sight sight = sample.answer();
    EntryCount entries = cacheCheck.error() != null || sight == null ? null : sight.entries();
    WheelCount counted = null;
    if (wheelCheck.answer() != null && sight != null) {
      counted = new WheelCount(sight.looked(), sight.complete(), wheelCheck.answer().orElse(null));
    }
    Map<Queues.Name, Check<Queues.Depth>> depths = new EnumMap<>(Queues.Name.class);
    queues.forEach((name, watch) -> depths.put(name, watch.check(now)));
    return new Status(
        now,
        settings,
        cacheCheck.with(entries),
        wheelCheck.with(counted),
        source.check(now),
        key.check(now),
        bus.check(now),
        depths);
  }

  private static Map<String, @Nullable Object> point(long now, Status status) {
    Map<String, @Nullable Object> point = new LinkedHashMap<>();
    point.put("at", now);
    EntryCount entries = status.cache().answer();
    point.put("warm", entries == null ? null : (Long) entries.warm());
    point.put("cold", entries == null ? null : (Long) entries.of(Condition.COLD));
    point.put("failed", entries == null ? null : (Long) entries.of(Condition.FAILED));
    point.put("oldestAgeMillis", entries == null ? null : entries.oldestAge());
    status
        .queues()
        .forEach((name, check) -> {
          Queues.Depth depth = check.answer();
          point.put(
              name.text(), depth == null ? null : (Long) (depth.waiting() + depth.inFlight()));
        });
    return point;
  }

  private Viewing viewing(WheelSample.Sight sight) {
    // An upper bound: assumes that every step has the maximum size.
    double ticks = (double) Duration.ofHours(1).toMillis() / Math.max(1, every.toMillis());
    double slotTenants = sight.tenants() == null ? 0 : (double) sight.tenants() / settings.slots();
    double looked = Math.min(WheelSample.TENANTS_A_SLOT, slotTenants);
    double slots = Math.min(settings.slots(), Math.max(1, WheelSample.READS / (1 + looked)));
    double tenants = sight.tenants() == null ? 0 : sight.tenants();
    double credentials = sight.credentials() == null ? 0 : sight.credentials();
    return new Viewing(
        slots * ticks,
        slotTenants,
        slots * looked * ticks,
        tenants == 0 ? 0 : credentials / tenants,
        ticks,
        Math.min(ticks, Duration.ofHours(1).dividedBy(CloudWatchMonitor.EVERY)),
        CloudWatchMonitor.METRICS);
  }

  @Override
  public @Nullable Map<String, @Nullable Object> view(String name, Map<String, String> parameters) {
    return switch (name) {
      case "history" -> history();
      case "tenant" -> translated(() -> tenant(parameters.getOrDefault("tenant", "")));
      case "dead-letters" -> translated(this::deadLetters);
      case "cost" -> cost();
      default -> null;
    };
  }

  private Map<String, @Nullable Object> history() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    synchronized (history) {
      json.put("points", List.copyOf(history));
    }
    return json;
  }

  private Map<String, @Nullable Object> tenant(String tenant) {
    CredentialId.checkTenant(tenant);
    TenantView view = TenantView.read(ports, tenant);
    Map<String, @Nullable Object> json = view.json();
    json.put("at", ports.clock().millis());
    json.put("slot", Wheel.slotOf(tenant, settings.slots()));
    Map<String, @Nullable Object> versions = new LinkedHashMap<>();
    try {
      ports
          .source()
          .readTenant(tenant)
          .forEach(row -> versions.put(row.id().name(), Rows.version(row)));
      json.put("source", versions);
      json.put("sourceProblem", null);
    } catch (KeepwarmException e) {
      json.put("source", null);
      json.put("sourceProblem", e.code() + ": " + Errors.describe(e));
    }
    return json;
  }

  private Map<String, @Nullable Object> deadLetters() {
    DeadLetterList list =
        DeadLetterList.read(ports, DeadLetterFilter.all(), DEAD_LETTERS, Progress.on(null));
    Map<String, @Nullable Object> json = list.json();
    json.put("at", list.now());
    return json;
  }

  private Map<String, @Nullable Object> cost() {
    WheelSample.Sight sight = sample.answer();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("region", prices.region());
    json.put("asOf", prices.asOf());
    long tenants = sight == null || sight.tenants() == null ? 0 : sight.tenants();
    long credentials = sight == null || sight.credentials() == null ? 0 : sight.credentials();
    json.put("tenants", tenants);
    json.put("credentials", credentials);
    if (credentials > 0 && tenants > 0) {
      Workload usual = Workload.of(credentials, settings.ttl());
      Workload load =
          new Workload(
              credentials,
              (int) Math.clamp(Math.round((double) credentials / tenants), 1, 100_000),
              settings.ttl(),
              settings.slots(),
              usual.reads(),
              usual.missShare(),
              usual.unwrapShare(),
              usual.changes(),
              usual.sealedPerSecond());
      json.put("reads", usual.reads());
      json.put("changes", usual.changes());
      json.putAll(Estimate.of(load, prices).json());
    }
    return json;
  }

  @Override
  public @Nullable Map<String, @Nullable Object> act(
      String name, Map<String, @Nullable Object> parameters) {
    ChangeKind kind = ChangeKind.of(name);
    if (kind != null) {
      return translated(() -> change(kind, parameters));
    }
    return switch (name) {
      case "warm" -> translated(() -> warm(text(parameters, "tenant")));
      case "redrive" -> translated(() -> redrive(parameters));
      case "delete" -> translated(() -> delete(parameters));
      default -> null;
    };
  }

  private Map<String, @Nullable Object> change(
      ChangeKind kind, Map<String, @Nullable Object> parameters) {
    String tenant = CredentialId.checkTenant(text(parameters, "tenant"));
    String name = textOrNull(parameters, "name");
    if ((name == null) != Boolean.TRUE.equals(parameters.get("all"))) {
      throw invalid("exactly one of name and \"all\": true is required");
    }
    String subject =
        name == null ? "all credentials of " + tenant : new CredentialId(tenant, name).toString();
    Object given = parameters.get("version");
    if (given != null && !(given instanceof Long)) {
      throw invalid("version: must be a whole number");
    }
    Long version = (Long) given;
    Known known = Known.read(ports, tenant, name);
    known.requireSomething(subject);
    if (version != null) {
      known.requireVersion(version);
    }
    confirm(parameters, kind.question(subject));
    List<Event.Change> events = kind.events(tenant, name, version, known);
    log.accept(kind.command() + " " + subject);
    Published published = Published.on(ports, events);
    published.require(settings.bus());
    return published.json();
  }

  private Map<String, @Nullable Object> warm(String tenant) {
    CredentialId.checkTenant(tenant);
    Publishing.requireBus(ports);
    log.accept("warm " + tenant);
    Warming warming = new Warming(ports);
    List<String> unused = warming.named(List.of(tenant));
    warming.require();
    return warming.json();
  }

  private Map<String, @Nullable Object> redrive(Map<String, @Nullable Object> parameters) {
    DeadLetterFilter filter = filter(parameters);
    log.accept("dead-letters redrive");
    Redriving redriving = new Redriving(ports);
    redriving.run(filter, Progress.on(null));
    redriving.require();
    return redriving.json();
  }

  private Map<String, @Nullable Object> delete(Map<String, @Nullable Object> parameters) {
    DeadLetterFilter filter = filter(parameters);
    confirm(parameters, DeadLettersDeleteCommand.QUESTION);
    log.accept("dead-letters delete");
    int[] deleted = {0};
    new DeadLetterRun(ports, filter, Progress.on(null))
        .each(
            Integer.MAX_VALUE,
            letters -> {
              deleted[0] += letters.size();
              return letters;
            });
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("deleted", deleted[0]);
    return json;
  }

  private static DeadLetterFilter filter(Map<String, @Nullable Object> parameters) {
    if (Boolean.TRUE.equals(parameters.get("all"))) {
      return DeadLetterFilter.all();
    }
    Queues.Name queue = Queues.Name.of(text(parameters, "queue"));
    if (queue == null) {
      throw invalid("queue: must be urgent, changes or due");
    }
    return DeadLetterFilter.one(queue, text(parameters, "message"));
  }

  private static void confirm(Map<String, @Nullable Object> parameters, @Nullable String question) {
    if (question != null && !Boolean.TRUE.equals(parameters.get("confirmed"))) {
      throw Refusal.unconfirmed(question);
    }
  }

  private static String text(Map<String, @Nullable Object> parameters, String name) {
    String text = textOrNull(parameters, name);
    if (text == null) {
      throw invalid(name + ": must be present");
    }
    return text;
  }

  private static @Nullable String textOrNull(
      Map<String, @Nullable Object> parameters, String name) {
    Object value = parameters.get(name);
    if (value != null && !(value instanceof String)) {
      throw invalid(name + ": must be a string");
    }
    return (String) value;
  }

  private static Refusal invalid(String what) {
    return new Refusal(400, "INVALID_REQUEST", what);
  }

  private static Map<String, @Nullable Object> translated(
      Supplier<Map<String, @Nullable Object>> work) {
    try {
      return work.get();
    } catch (KeepwarmException e) {
      throw new Refusal(httpStatus(e), e.code().name(), Errors.describe(e));
    }
  }

  private static int httpStatus(KeepwarmException error) {
    return switch (ExitCode.of(error.code())) {
      case USAGE -> 400;
      case NOT_FOUND -> 404;
      case DENIED -> 403;
      case UNAVAILABLE -> 503;
      case TIMEOUT -> 504;
      case FAILED, DONE, UNHEALTHY -> 500;
    };
  }

  @Override
  public void close() {
    List<Runnable> unused = threads.shutdownNow();
  }
}
