package dev.keepwarm.emulator.eventbridge;

import static java.util.Map.entry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.emulator.http.AwsException;
import dev.keepwarm.emulator.http.AwsJson;
import dev.keepwarm.emulator.http.Caller;
import dev.keepwarm.emulator.http.Incidents;
import dev.keepwarm.emulator.http.LoopbackServer;
import dev.keepwarm.emulator.http.Page;
import dev.keepwarm.emulator.http.Parameters;
import dev.keepwarm.emulator.lambda.LambdaServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.event.ruler.RuleCompiler;

/**
 * EventBridge on loopback: buses, rules and targets, matched by AWS's own event-ruler and delivered
 * to SQS queues and Lambda functions. Thread-safe.
 */
public final class EventBridgeServer implements AutoCloseable {
  private static final Pattern BUS_NAME = Pattern.compile("[.\\-_A-Za-z0-9]{1,256}");
  private static final Pattern RULE_NAME = Pattern.compile("[.\\-_A-Za-z0-9]{1,64}");
  private static final int MAX_ENTRIES = 10;
  private static final int MAX_ENTRIES_BYTES = 1 << 20;
  private static final int MAX_PATTERN_CHARACTERS = 4096;
  private static final int MAX_TARGETS = 5;

  /** The fields that TestEventPattern requires in an event. */
  private static final List<String> EVENT_FIELDS =
      List.of("id", "account", "source", "time", "region", "resources", "detail-type");

  private final EventBuses buses;
  private final EventDelivery delivery;
  private final InstantSource clock;
  private final AtomicReference<Faults> faults =
      new AtomicReference<>(new Faults(0, EntryFault.INTERNAL_FAILURE));
  private final Incidents incidents;
  private final AwsJson protocol;
  private final LoopbackServer server;

  private EventBridgeServer(
      int port, EventBuses buses, EventDelivery delivery, InstantSource clock, Incidents incidents)
      throws IOException {
    this.buses = buses;
    this.delivery = delivery;
    this.clock = clock;
    this.incidents = incidents;
    this.protocol = new AwsJson("AWSEvents", operations());
    this.server = LoopbackServer.start(port, protocol, incidents);
  }

  /**
   * Starts the endpoint.
   *
   * @param port 0 for any free one
   * @param sqs delivers to queues; closed together with this endpoint
   * @param lambda delivers to functions
   * @param dataDirectory keeps buses, rules and targets; null keeps nothing
   * @return the running endpoint
   * @throws IOException if the port is taken or the directory cannot be used
   */
  public static EventBridgeServer start(
      int port, SqsClient sqs, LambdaServer lambda, @Nullable Path dataDirectory)
      throws IOException {
    return start(port, sqs, lambda, dataDirectory, Incidents.NONE);
  }

  public static EventBridgeServer start(
      int port,
      SqsClient sqs,
      LambdaServer lambda,
      @Nullable Path dataDirectory,
      Incidents incidents)
      throws IOException {
    Path file = dataDirectory == null ? null : dataDirectory.resolve("eventbridge.json");
    return new EventBridgeServer(
        port,
        new EventBuses(file),
        new EventDelivery(sqs, lambda, incidents),
        InstantSource.system(),
        incidents);
  }

  /** A transient failure of one PutEvents entry. */
  public enum EntryFault {
    /** {@code ThrottlingException}. */
    THROTTLING("ThrottlingException"),
    /** {@code InternalFailure}. */
    INTERNAL_FAILURE("InternalFailure");

    private final String code;

    EntryFault(String code) {
      this.code = code;
    }
  }

  private record Faults(int left, EntryFault kind) {
    public Faults one() {
      return left == 0 ? this : new Faults(left - 1, kind);
    }
  }

  /**
   * Makes the next entries of PutEvents fail individually, while the requests succeed with status
   * 200, as EventBridge does under load.
   *
   * @param entries how many; replaces the rest of an earlier call
   * @param fault the failure
   */
  public void failNextEntries(int entries, EntryFault fault) {
    faults.set(new Faults(entries, fault));
  }

  /**
   * Counts the events that a rule matched and that reached neither the target nor its dead-letter
   * queue.
   *
   * @return the number since the start
   */
  public long droppedDeliveries() {
    return delivery.dropped();
  }

  /**
   * Where clients connect.
   *
   * @return an {@code http} URI without a path
   */
  public URI endpoint() {
    return server.endpoint();
  }

  /** The emulated operations. */
  public Set<String> operationNames() {
    return protocol.operationNames();
  }

  /** Stops at once, and drops deliveries that were waiting for a retry. */
  @Override
  public void close() {
    server.close();
    delivery.close();
  }

  private Map<String, AwsJson.Operation> operations() {
    return Map.ofEntries(
        entry("CreateEventBus", this::createEventBus),
        entry("DescribeEventBus", this::describeEventBus),
        entry("ListEventBuses", this::listEventBuses),
        entry("PutRule", this::putRule),
        entry("DescribeRule", this::describeRule),
        entry("ListRules", this::listRules),
        entry("EnableRule", (caller, in) -> setEnabled(caller, in, true)),
        entry("DisableRule", (caller, in) -> setEnabled(caller, in, false)),
        entry("DeleteRule", this::deleteRule),
        entry("PutTargets", this::putTargets),
        entry("ListTargetsByRule", this::listTargetsByRule),
        entry("RemoveTargets", this::removeTargets),
        entry("DeleteEventBus", this::deleteEventBus),
        entry("ListRuleNamesByTarget", this::listRuleNamesByTarget),
        entry("TestEventPattern", this::testEventPattern),
        entry("PutEvents", this::putEvents));
  }

  private ObjectNode createEventBus(Caller caller, Parameters in) throws IOException {
    String name = in.text("Name");
    if (!BUS_NAME.matcher(name).matches()) {
      throw AwsException.validation("The name of an event bus has 1 to 256 letters, digits, . - _");
    }
    return object().put("EventBusArn", buses.add(caller, name).arn());
  }

  private ObjectNode describeEventBus(Caller caller, Parameters in) throws IOException {
    return describe(buses.get(caller, in.optionalText("Name").orElse(EventBuses.DEFAULT)));
  }

  private ObjectNode listEventBuses(Caller caller, Parameters in) throws IOException {
    String prefix = in.optionalText("NamePrefix").orElse("");
    return list(
        "EventBuses",
        in,
        buses.all(caller).stream()
            .filter(bus -> bus.name().startsWith(prefix))
            .map(EventBridgeServer::describe)
            .toList());
  }

  /** Deleting a bus that does not exist succeeds. */
  private ObjectNode deleteEventBus(Caller caller, Parameters in) throws IOException {
    buses.remove(caller, in.text("Name"));
    return object();
  }

  private ObjectNode listRuleNamesByTarget(Caller caller, Parameters in) throws IOException {
    String arn = in.text("TargetArn");
    Page<String> page =
        Page.of(
            buses.get(caller, bus(in)).rules().values().stream()
                .filter(rule ->
                    rule.targets().values().stream().anyMatch(target -> target.arn().equals(arn)))
                .map(EventRule::name)
                .toList(),
            in.integer("Limit"),
            in.optionalText("NextToken"),
            "ValidationException");
    ObjectNode out = object();
    ArrayNode names = out.putArray("RuleNames");
    page.items().forEach(names::add);
    page.next().ifPresent(token -> out.put("NextToken", token));
    return out;
  }

  private ObjectNode testEventPattern(Caller caller, Parameters in) throws IOException {
    String pattern = in.text("EventPattern");
    requireValid(pattern);
    String event = in.text("Event");
    // Matches the event as a bus would.
    EventRule rule =
        new EventRule("tested", "", "tested", pattern, Optional.empty(), true, Map.of());
    EventBus tested = new EventBus("tested", "", Map.of(rule.name(), rule));
    return object().put("Result", !tested.matching(parsedEvent(event)).isEmpty());
  }

  private static JsonNode parsedEvent(String event) {
    try {
      JsonNode json = AwsJson.JSON.readTree(event);
      for (String field : EVENT_FIELDS) {
        if (!json.has(field)) {
          throw AwsException.validation(
              "Parameter Event is not valid. Reason: " + field + " is required in Event.");
        }
      }
      return json;
    } catch (JsonProcessingException e) {
      throw AwsException.validation("Parameter Event is not valid. Reason: it is not JSON.");
    }
  }

  private ObjectNode putRule(Caller caller, Parameters in) throws IOException {
    String name = in.text("Name");
    if (!RULE_NAME.matcher(name).matches()) {
      throw AwsException.validation("The name of a rule has 1 to 64 letters, digits, . - _");
    }
    if (in.optionalText("ScheduleExpression").isPresent()) {
      throw AwsException.validation("The embedded stack has no schedules: give an EventPattern.");
    }
    String pattern =
        in.optionalText("EventPattern")
            .orElseThrow(() ->
                AwsException.validation(
                    "Parameter(s) EventPattern or ScheduleExpression must be specified."));
    requireValid(pattern);
    boolean enabled = !in.optionalText("State").orElse("ENABLED").equals("DISABLED");
    EventBus bus = buses.get(caller, bus(in));
    String path = bus.name().equals(EventBuses.DEFAULT) ? "" : bus.name() + "/";
    String arn = caller.arn("events", "rule/" + path + name);
    buses.change(
        caller,
        bus.name(),
        current -> {
          EventRule before = current.rules().get(name);
          return current.with(
              new EventRule(
                  name,
                  before == null ? arn : before.arn(),
                  bus.name(),
                  pattern,
                  in.optionalText("Description"),
                  enabled,
                  before == null ? Map.of() : before.targets()));
        });
    return object().put("RuleArn", arn);
  }

  private ObjectNode describeRule(Caller caller, Parameters in) throws IOException {
    return describe(rule(buses.get(caller, bus(in)), in.text("Name")));
  }

  private ObjectNode listRules(Caller caller, Parameters in) throws IOException {
    String prefix = in.optionalText("NamePrefix").orElse("");
    return list(
        "Rules",
        in,
        buses.get(caller, bus(in)).rules().values().stream()
            .filter(rule -> rule.name().startsWith(prefix))
            .map(EventBridgeServer::describe)
            .toList());
  }

  private ObjectNode setEnabled(Caller caller, Parameters in, boolean enabled) throws IOException {
    String name = in.text("Name");
    buses.change(caller, bus(in), bus -> bus.with(rule(bus, name).with(enabled)));
    return object();
  }

  private ObjectNode deleteRule(Caller caller, Parameters in) throws IOException {
    String name = in.text("Name");
    buses.change(
        caller,
        bus(in),
        bus -> {
          EventRule rule = bus.rules().get(name);
          if (rule != null && !rule.targets().isEmpty()) {
            throw AwsException.validation("Rule can't be deleted since it has targets.");
          }
          return bus.without(name);
        });
    return object();
  }

  private ObjectNode putTargets(Caller caller, Parameters in) throws IOException {
    List<EventTarget> added = in.objects("Targets").stream().map(EventTarget::of).toList();
    changeTargets(
        caller,
        in,
        targets -> {
          added.forEach(target -> targets.put(target.id(), target));
          if (targets.size() > MAX_TARGETS) {
            throw new AwsException(
                400,
                "LimitExceededException",
                "The requested resource exceeds the maximum number allowed.");
          }
        });
    return noFailures();
  }

  private ObjectNode removeTargets(Caller caller, Parameters in) throws IOException {
    List<String> ids = in.texts("Ids");
    changeTargets(caller, in, targets -> targets.keySet().removeAll(ids));
    return noFailures();
  }

  private ObjectNode listTargetsByRule(Caller caller, Parameters in) throws IOException {
    return list(
        "Targets",
        in,
        rule(buses.get(caller, bus(in)), in.text("Rule")).targets().values().stream()
            .map(EventTarget::source)
            .toList());
  }

  private ObjectNode putEvents(Caller caller, Parameters in) throws IOException {
    List<EventEntry> entries = in.objects("Entries").stream().map(EventEntry::new).toList();
    if (entries.isEmpty() || entries.size() > MAX_ENTRIES) {
      throw AwsException.validation(
          "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member"
              + " must have length between 1 and "
              + MAX_ENTRIES);
    }
    if (entries.stream().mapToLong(EventEntry::size).sum() > MAX_ENTRIES_BYTES) {
      throw AwsException.validation("Total size of the entries in the request is over the limit.");
    }
    ObjectNode out = object();
    ArrayNode results = out.putArray("Entries");
    int failed = 0;
    Instant now = clock.instant();
    for (EventEntry entry : entries) {
      switch (publish(caller, entry, now)) {
        case EventEntry.Outcome.Event event -> results.addObject().put("EventId", event.id());
        case EventEntry.Outcome.Refused refused -> {
          failed++;
          results
              .addObject()
              .put("ErrorCode", refused.code())
              .put("ErrorMessage", refused.message());
        }
      }
    }
    return out.put("FailedEntryCount", failed);
  }

  /** An event for a bus that does not exist is accepted and dropped, as EventBridge does. */
  private EventEntry.Outcome publish(Caller caller, EventEntry entry, Instant now)
      throws IOException {
    Faults fault = faults.getAndUpdate(Faults::one);
    if (fault.left() > 0) {
      return new EventEntry.Outcome.Refused(fault.kind().code, "A failure that a test requested.");
    }
    EventEntry.Outcome outcome = entry.event(caller, now);
    Optional<EventBus> bus = buses.find(caller, entry.bus());
    if (outcome instanceof EventEntry.Outcome.Event event) {
      List<EventRule> rules = bus.map(known -> known.matching(event.envelope())).orElse(List.of());
      if (rules.isEmpty()) {
        // EventBridge does not report this. A report saves developers a long search.
        incidents.report(
            "event dropped",
            bus.isPresent() ? "NO_RULE" : "NO_BUS",
            Map.of(
                "bus", entry.bus(),
                "source", event.envelope().path("source").asText(),
                "detailType", event.envelope().path("detail-type").asText()));
      }
      for (EventRule rule : rules) {
        for (EventTarget target : rule.targets().values()) {
          delivery.deliver(rule, target, event.envelope());
        }
      }
    }
    return outcome;
  }

  @FunctionalInterface
  private interface TargetsChange {
    void apply(Map<String, EventTarget> targets);
  }

  private void changeTargets(Caller caller, Parameters in, TargetsChange change)
      throws IOException {
    String name = in.text("Rule");
    buses.change(
        caller,
        bus(in),
        bus -> {
          EventRule rule = rule(bus, name);
          Map<String, EventTarget> targets = new LinkedHashMap<>(rule.targets());
          change.apply(targets);
          return bus.with(rule.with(targets));
        });
  }

  private static void requireValid(String pattern) {
    if (pattern.length() > MAX_PATTERN_CHARACTERS) {
      throw AwsException.validation(
          "An event pattern has at most " + MAX_PATTERN_CHARACTERS + " characters.");
    }
    String problem = RuleCompiler.check(pattern);
    if (problem != null) {
      throw new AwsException(
          400, "InvalidEventPatternException", "Event pattern is not valid. Reason: " + problem);
    }
  }

  private static EventRule rule(EventBus bus, String name) {
    EventRule rule = bus.rules().get(name);
    if (rule == null) {
      throw EventBuses.notFound("Rule " + name + " does not exist on EventBus " + bus.name() + ".");
    }
    return rule;
  }

  private static String bus(Parameters in) {
    return in.optionalText("EventBusName").orElse(EventBuses.DEFAULT);
  }

  private static ObjectNode describe(EventBus bus) {
    return object().put("Name", bus.name()).put("Arn", bus.arn());
  }

  private static ObjectNode describe(EventRule rule) {
    ObjectNode out =
        object()
            .put("Name", rule.name())
            .put("Arn", rule.arn())
            .put("EventBusName", rule.bus())
            .put("EventPattern", rule.pattern())
            .put("State", rule.enabled() ? "ENABLED" : "DISABLED");
    rule.description().ifPresent(text -> out.put("Description", text));
    return out;
  }

  private static ObjectNode list(String name, Parameters in, List<ObjectNode> all) {
    Page<ObjectNode> page =
        Page.of(all, in.integer("Limit"), in.optionalText("NextToken"), "ValidationException");
    ObjectNode out = object();
    out.putArray(name).addAll(page.items());
    page.next().ifPresent(token -> out.put("NextToken", token));
    return out;
  }

  private static ObjectNode noFailures() {
    ObjectNode out = object().put("FailedEntryCount", 0);
    out.putArray("FailedEntries");
    return out;
  }

  private static ObjectNode object() {
    return AwsJson.JSON.createObjectNode();
  }
}
