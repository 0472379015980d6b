package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Hooks;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.ResolveAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Runs one scenario of the contract, see {@code cache-reader/contract/README.md}. */
final class Scenario implements AutoCloseable {
  private final Fields fields;
  private final AtomicReference<@Nullable Runnable> onPause = new AtomicReference<>();
  private final Map<String, String> faults = new ConcurrentHashMap<>();
  private final ReaderWorld world;
  private final KeepwarmReader reader;

  /** The reader, if it is in another process. */
  private final @Nullable ExternalReader external;

  private final ScenarioEntries entries;

  Scenario(String name, String json) {
    this(name, json, null);
  }

  /** A scenario for a reader in another process, which stays there for the next one. */
  Scenario(String name, String json, @Nullable ExternalReader external) {
    this.external = external;
    fields = new Fields(name, Json.parseObject(json));
    String about = fields.text("about");
    assertThat(about).isNotBlank();
    Settings settings = settings();
    world = new ReaderWorld(settings::set);
    if (external == null) {
      reader = world.reader;
    } else {
      external.begin(world, settings.json(), this::paused);
      reader = external;
    }
    entries = new ScenarioEntries(world.clock, world.keys);
    world
        .table
        .hooks()
        .before(call -> {
          if (call.method().equals("readRecord")) {
            fail("records");
          }
          fail("table");
        });
    world.bus.hooks().before(call -> fail("events"));
    world
        .keys
        .hooks()
        .before(call -> {
          if (call.method().equals("unwrap")) {
            fail("keys");
          }
        });
    answer(new ResolveAnswer.Refused(ErrorCode.UNAVAILABLE, "no answer yet").toJson());
  }

  void run() {
    fields.objects("steps").forEach(this::top);
    fields.end();
  }

  @Override
  public void close() {
    world.close();
  }

  /** The settings that a scenario may have. */
  private record Settings(long nearTtl, long dataKeyTtl, String onMiss, Runnable paused) {
    ReaderBuilder set(ReaderBuilder builder) {
      return builder
          .nearTtl(Duration.ofMillis(nearTtl))
          .dataKeyTtl(Duration.ofMillis(dataKeyTtl))
          .onMiss(OnMiss.valueOf(onMiss.toUpperCase(Locale.ROOT)))
          .pauses(duration -> paused.run());
    }

    Map<String, Object> json() {
      return Map.of("nearTtl", nearTtl, "dataKeyTtl", dataKeyTtl, "onMiss", onMiss);
    }
  }

  private Settings settings() {
    Fields settings =
        fields.has("settings") ? fields.object("settings") : new Fields("settings", Map.of());
    Settings set =
        new Settings(
            settings.number("nearTtl", 30_000),
            settings.number("dataKeyTtl", 900_000),
            settings.text("onMiss", "resolve"),
            this::paused);
    settings.end();
    return set;
  }

  private void paused() {
    Runnable steps = onPause.getAndSet(null);
    if (steps != null) {
      steps.run();
    }
  }

  private void deadline() {
    if (external == null) {
      world.alarms.ring();
    } else {
      external.deadline();
    }
  }

  private void settle() {
    if (external == null) {
      world.settle();
    } else {
      external.settle();
    }
  }

  private void top(Fields step) {
    step(step, true);
  }

  private void step(Fields step, boolean settles) {
    if (step.has("store")) {
      world.table.plant(entries.item(step.object("store")));
    } else if (step.has("storeItem")) {
      world.table.plant(item(step.object("storeItem")));
    } else if (step.has("storeRecord")) {
      world.table.plant(entries.record(step.object("storeRecord")));
    } else if (step.has("answer")) {
      setAnswer(step.object("answer"));
    } else if (step.has("fault")) {
      step.object("fault").all().forEach(this::setFault);
    } else if (step.has("pass")) {
      world.pass(Duration.ofMillis(step.number("pass")));
    } else if (step.has("shiftWall")) {
      world.clock.advance(Duration.ofMillis(step.number("shiftWall")));
    } else if (step.has("deadline")) {
      step.object("deadline").end();
      deadline();
    } else if (step.has("forget")) {
      Fields forget = step.object("forget");
      reader.forget(id(forget));
      forget.end();
    } else if (step.has("changeEach")) {
      Fields change = step.object("changeEach");
      tryEach(step, Changes.ofEach(entries.item(change.object("entry")), change.text("attribute")));
      change.end();
    } else if (step.has("changeEachOfRecord")) {
      tryEachRecord(step, entries.record(step.object("changeEachOfRecord")));
    } else if (step.has("mix")) {
      Fields mix = step.object("mix");
      tryEach(
          step,
          Changes.mixtures(entries.item(mix.object("entry")), entries.item(mix.object("other"))));
      mix.end();
    } else {
      ask(step, settles);
    }
    step.end();
  }

  /** Puts each item into the table and gets the credential that it then is. */
  private void tryEach(Fields step, List<Map<String, AttributeValue>> items) {
    tryEach(step, items, item -> reader.get(item.get("tenant").s(), item.get("name").s()));
  }

  /** Puts each change of a record into the table and gets {@code bank}, a minute later. */
  private void tryEachRecord(Fields step, Map<String, AttributeValue> record) {
    tryEach(
        step,
        Changes.ofEach(record, FreshnessRecord.RECORD),
        changed -> {
          world.pass(Duration.ofMinutes(1));
          return reader.get(ReaderWorld.BANK);
        });
  }

  private void tryEach(
      Fields step,
      List<Map<String, AttributeValue>> items,
      Function<Map<String, AttributeValue>, Credential> get) {
    assertThat(items).as("changes of %s", step).isNotEmpty();
    Set<String> ends = new TreeSet<>();
    for (Map<String, AttributeValue> item : items) {
      world.table.plant(item);
      try {
        ends.add(get.apply(item).text());
      } catch (KeepwarmException e) {
        ends.add(e.code().name());
      }
    }
    Fields expected = step.object("expect");
    String key = expected.has("ends") ? "ends" : "endsAmong";
    List<?> allowed = (List<?>) Objects.requireNonNull(expected.value(key), key);
    if (key.equals("ends")) {
      assertThat(ends).as("ends of %s", step).hasSameElementsAs(strings(allowed));
    } else {
      assertThat(strings(allowed)).as("ends of %s", step).containsAll(ends);
    }
    expected.end();
  }

  private static List<String> strings(List<?> values) {
    return values.stream().map(String.class::cast).toList();
  }

  private void ask(Fields step, boolean settles) {
    Consumer<Outcome> call;
    Fields asked;
    if (step.has("get")) {
      asked = step.object("get");
      call = get(asked);
    } else if (step.has("getAll")) {
      asked = step.object("getAll");
      String tenant = asked.text("tenant", "acme");
      call = outcome -> outcome.is(reader.getAll(tenant));
    } else if (step.has("withCredential")) {
      asked = step.object("withCredential");
      call = withCredential(asked);
    } else if (step.has("invalidate")) {
      asked = step.object("invalidate");
      String tenant = asked.text("tenant", "acme");
      String name = asked.text("name");
      call = outcome -> reader.invalidate(tenant, name);
    } else if (step.has("concurrently")) {
      asked = step.object("concurrently");
      Fields get = asked.object("get");
      call = concurrently((int) asked.number("callers"), get(get));
      get.end();
    } else {
      throw new AssertionError("no verb is known in " + step);
    }
    AtomicReference<@Nullable Runnable> during = new AtomicReference<>(steps(asked, "during"));
    onPause.set(steps(asked, "onPause"));
    asked.end();
    if (during.get() != null) {
      for (String method : List.of("read", "readTenant")) {
        world
            .table
            .hooks()
            .afterNext(
                method,
                () -> {
                  Runnable steps = during.getAndSet(null);
                  if (steps != null) {
                    steps.run();
                  }
                });
      }
    }
    Fields expected = step.object("expect");
    Outcome outcome = new Outcome();
    try {
      call.accept(outcome);
    } catch (KeepwarmException e) {
      outcome.error = e.code();
      outcome.failure = e.failure();
    }
    if (settles) {
      settle();
    }
    assertThat(during.get()).as("steps during %s were run", step).isNull();
    assertThat(onPause.get()).as("steps on a pause in %s were run", step).isNull();
    outcome.check(step.toString(), expected);
    expected.end();
  }

  private Consumer<Outcome> get(Fields get) {
    String tenant = get.text("tenant", "acme");
    String name = get.text("name");
    return outcome -> outcome.is(reader.get(tenant, name));
  }

  private Consumer<Outcome> withCredential(Fields with) {
    CredentialId id = id(with);
    String accepts = with.text("accepts");
    return outcome -> {
      outcome.used = new ArrayList<>();
      try {
        outcome.result =
            reader.withCredential(
                id,
                credential -> {
                  outcome.used.add(credential.text());
                  if (!credential.text().equals(accepts)) {
                    throw new CredentialRejectedException("not accepted");
                  }
                  return "accepted";
                });
      } catch (CredentialRejectedException e) {
        outcome.result = "rejected";
      }
    };
  }

  /** All callers wait before the table answers the first. */
  private Consumer<Outcome> concurrently(int count, Consumer<Outcome> get) {
    return outcome -> {
      CountDownLatch all = new CountDownLatch(1);
      world.table.hooks().beforeNext("read", () -> waitFor(all));
      List<Outcome> outcomes = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Outcome each = new Outcome();
        outcomes.add(each);
        threads.add(
            Thread.startVirtualThread(() -> {
              try {
                get.accept(each);
              } catch (KeepwarmException e) {
                each.error = e.code();
              }
            }));
      }
      await()
          .until(
              () -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
      all.countDown();
      for (Thread thread : threads) {
        join(thread);
      }
      assertThat(outcomes)
          .extracting(each -> each.error + " " + each.value)
          .containsOnly(outcomes.getFirst().error + " " + outcomes.getFirst().value);
      outcome.error = outcomes.getFirst().error;
      outcome.value = outcomes.getFirst().value;
    };
  }

  private @Nullable Runnable steps(Fields asked, String when) {
    if (!asked.has(when)) {
      return null;
    }
    List<Fields> steps = asked.objects(when);
    return () -> steps.forEach(step -> step(step, false));
  }

  private void setAnswer(Fields spec) {
    if (spec.has("entries")) {
      answer(
          new ResolveAnswer.Resolved(
                  spec.objects("entries").stream()
                      .map(entry -> EntrySchema.fromItem(entries.item(entry)))
                      .toList())
              .toJson());
    } else if (spec.has("error")) {
      answer(Json.write(Map.of("error", Map.of("code", spec.text("error"), "reason", "told so"))));
    } else {
      answer(spec.text("text"));
    }
    spec.end();
  }

  private void answer(String json) {
    world.resolver.answerText(request -> {
      fail("resolver");
      return json;
    });
  }

  private void setFault(String part, @Nullable Object fault) {
    assertThat(part).isIn("table", "records", "keys", "resolver", "events");
    if (fault == null) {
      faults.remove(part);
    } else {
      faults.put(part, (String) fault);
    }
  }

  /** Runs before every call of a part. */
  private void fail(String part) {
    String fault = faults.get(part);
    if (fault == null) {
      return;
    }
    if (fault.equals("HANG")) {
      deadline();
      waitFor(new CountDownLatch(1));
    }
    throw new KeepwarmException(ErrorCode.valueOf(fault), "told so");
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static CredentialId id(Fields spec) {
    return new CredentialId(spec.text("tenant", "acme"), spec.text("name"));
  }

  private static Map<String, AttributeValue> item(Fields spec) {
    Map<String, AttributeValue> item = new HashMap<>();
    for (String name : spec.all().keySet()) {
      Fields typed = spec.object(name);
      item.put(
          name,
          typed.has("S")
              ? AttributeValue.fromS(typed.text("S"))
              : AttributeValue.fromN(typed.text("N")));
      typed.end();
    }
    return item;
  }

  /** The outcome of a step, compared with the counts before it. */
  private final class Outcome {
    private final ReaderStats stats = reader.stats();
    private final int tables = tables();
    private final int records = records();
    private final int keys = keys();
    private final int asked = world.resolver.requests().size();
    private final int published = world.bus.published().size();
    private @Nullable String value;
    private @Nullable Long version;
    private @Nullable TenantCredentials all;
    private @Nullable ErrorCode error;
    private @Nullable String failure;
    private @Nullable List<String> used;
    private @Nullable String result;

    void is(Credential credential) {
      value = credential.text();
      version = credential.version();
    }

    void is(TenantCredentials credentials) {
      all = credentials;
    }

    void check(String step, Fields expected) {
      Map<String, @Nullable Object> actual = new HashMap<>();
      actual.put("value", value);
      actual.put("version", version);
      actual.put("failure", failure);
      actual.put("used", used);
      actual.put("result", result);
      actual.put("source", source());
      actual.put("asked", requests());
      actual.put("published", events());
      actual.put("error", error == null ? null : error.name());
      Map<String, Object> values = new HashMap<>();
      Map<String, Object> failures = new HashMap<>();
      if (all != null) {
        all.credentials().forEach((name, each) -> values.put(name, each.text()));
        all.failures().forEach((name, code) -> failures.put(name, code.name()));
      }
      actual.put("credentials", values);
      actual.put("failures", failures);
      actual.forEach((name, is) -> {
        if (expected.has(name) || name.equals("error")) {
          assertThat(is).as("%s of %s", name, step).isEqualTo(expected.value(name));
        }
      });
      checkCounts(step, expected);
    }

    private void checkCounts(String step, Fields expected) {
      if (expected.has("requests")) {
        Fields requests = expected.object("requests");
        assertThat(
                List.of(
                    tables() - tables,
                    records() - records,
                    world.resolver.requests().size() - asked,
                    keys() - keys))
            .as("requests to table, records, resolver, keys of %s", step)
            .containsExactly(
                (int) requests.number("table", 0),
                (int) requests.number("records", 0),
                (int) requests.number("resolver", 0),
                (int) requests.number("keys", 0));
        requests.end();
      }
      if (expected.has("stats")) {
        assertThat(reader.stats().since(stats).counts())
            .as("stats of %s", step)
            .containsAllEntriesOf(counts(expected.object("stats")));
      }
    }

    private static Map<String, Long> counts(Fields stats) {
      Map<String, Long> counts = new HashMap<>();
      stats.all().forEach((name, count) -> counts.put(name, (Long) count));
      return counts;
    }

    private String source() {
      ReaderStats rose = reader.stats().since(stats);
      if (rose.staleServed() > 0) {
        return "stale";
      }
      if (rose.nearHits() > 0) {
        return "near";
      }
      return rose.resolves() > 0 ? "resolve" : "table";
    }

    private List<Map<String, Object>> requests() {
      return world.resolver.requests().stream()
          .skip(asked)
          .map(request -> {
            Map<String, Object> named = new HashMap<>();
            named.put("tenant", request.tenant());
            if (request.name() != null) {
              named.put("name", request.name());
            }
            if (request.newerThan() != null) {
              named.put("newerThan", request.newerThan());
            }
            return named;
          })
          .toList();
    }

    private List<Map<String, Object>> events() {
      return world.bus.published().stream()
          .skip(published)
          .map(event -> {
            Map<String, Object> named = new HashMap<>(Json.parseObject(Events.detail(event)));
            named.put("type", Events.detailType(event));
            return named;
          })
          .toList();
    }

    private int tables() {
      return count(world.table.hooks(), "read") + count(world.table.hooks(), "readTenant");
    }

    private int records() {
      return count(world.table.hooks(), "readRecord");
    }

    private int keys() {
      return count(world.keys.hooks(), "unwrap");
    }

    private static int count(Hooks hooks, String method) {
      return hooks.count(method);
    }
  }
}
