package dev.keepwarm.emulator.eventbridge;

import static dev.keepwarm.emulator.http.Clients.assertCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.http.Clients;
import dev.keepwarm.emulator.lambda.InProcessFunction;
import dev.keepwarm.emulator.lambda.LambdaServer;
import dev.keepwarm.emulator.sqs.SqsServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.EventBus;
import software.amazon.awssdk.services.eventbridge.model.InvalidEventPatternException;
import software.amazon.awssdk.services.eventbridge.model.LimitExceededException;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;
import software.amazon.awssdk.services.eventbridge.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.eventbridge.model.ResourceNotFoundException;
import software.amazon.awssdk.services.eventbridge.model.Rule;
import software.amazon.awssdk.services.eventbridge.model.RuleState;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;

class EventBridgeServerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PATTERN = "{\"source\":[\"app.keepwarm\"]}";

  private static SqsServer sqsServer;
  private static LambdaServer lambdaServer;
  private static EventBridgeServer server;
  private static SqsClient sqs;
  private static EventBridgeClient events;

  private String bus;
  private String queueName;
  private String queueUrl;

  @BeforeAll
  static void start() throws IOException {
    sqsServer = SqsServer.start(0, "us-east-1", null);
    lambdaServer = LambdaServer.start(0);
    server = startWith(null);
    sqs = Clients.of(SqsClient.builder(), sqsServer.endpoint());
    events = Clients.of(EventBridgeClient.builder(), server.endpoint());
  }

  @AfterAll
  static void stop() {
    events.close();
    sqs.close();
    server.close();
    lambdaServer.close();
    sqsServer.close();
  }

  @BeforeEach
  void createBusAndQueue() {
    bus = "bus-" + UUID.randomUUID();
    events.createEventBus(request -> request.name(bus));
    queueName = "queue-" + UUID.randomUUID();
    queueUrl = sqs.createQueue(request -> request.queueName(queueName)).queueUrl();
  }

  @Test
  void busesAreDescribedAndListed() {
    String arn = "arn:aws:events:us-east-1:000000000000:event-bus/" + bus;

    assertThat(events.describeEventBus(request -> request.name(bus)).arn()).isEqualTo(arn);
    assertThat(events.describeEventBus(request -> request.name(arn)).name()).isEqualTo(bus);
    assertThat(events.listEventBuses(request -> {}).eventBuses())
        .extracting(EventBus::name)
        .contains("default", bus);
    assertThat(events.listEventBuses(request -> request.namePrefix(bus)).eventBuses()).hasSize(1);
  }

  @Test
  void aBusIsUniqueAndWellNamed() {
    assertThatExceptionOfType(ResourceAlreadyExistsException.class)
        .isThrownBy(() -> events.createEventBus(request -> request.name(bus)));
    assertThatExceptionOfType(ResourceAlreadyExistsException.class)
        .isThrownBy(() -> events.createEventBus(request -> request.name("default")));
    assertCode("ValidationException", () -> events.createEventBus(request -> request.name("a/b")));
    assertThatExceptionOfType(ResourceNotFoundException.class)
        .isThrownBy(() -> events.describeEventBus(request -> request.name("nobody")));
  }

  @Test
  void aRuleIsDescribedListedSwitchedAndDeleted() {
    String arn = putRule("first", PATTERN);
    putRule("second", PATTERN);
    events.disableRule(request -> request.eventBusName(bus).name("first"));

    var described = events.describeRule(request -> request.eventBusName(bus).name("first"));
    assertThat(described.arn())
        .isEqualTo(arn)
        .isEqualTo("arn:aws:events:us-east-1:000000000000:rule/" + bus + "/first");
    assertThat(described.eventPattern()).isEqualTo(PATTERN);
    assertThat(described.state()).isEqualTo(RuleState.DISABLED);

    events.enableRule(request -> request.eventBusName(bus).name("first"));
    var firstPage = events.listRules(request -> request.eventBusName(bus).limit(1));
    assertThat(firstPage.rules()).extracting(Rule::name).containsExactly("first");
    assertThat(firstPage.rules()).extracting(Rule::state).containsExactly(RuleState.ENABLED);
    assertThat(
            events
                .listRules(request -> request.eventBusName(bus).nextToken(firstPage.nextToken()))
                .rules())
        .extracting(Rule::name)
        .containsExactly("second");

    events.deleteRule(request -> request.eventBusName(bus).name("first"));
    assertThatExceptionOfType(ResourceNotFoundException.class)
        .isThrownBy(() -> events.describeRule(request -> request.eventBusName(bus).name("first")));
  }

  @Test
  void aPatternThatRulerRefusesIsInvalid() {
    for (String pattern : new String[] {"{", "[]", "{\"source\":\"app\"}", "{\"source\":[]}"}) {
      assertThatExceptionOfType(InvalidEventPatternException.class)
          .as(pattern)
          .isThrownBy(() -> putRule("invalid", pattern));
    }
  }

  @Test
  void schedulesAreRefused() {
    assertCode(
        "ValidationException",
        () ->
            events.putRule(request ->
                request.eventBusName(bus).name("tick").scheduleExpression("rate(1 minute)")));
  }

  @Test
  void targetsAreListedAndRemoved() {
    putRule("rule", PATTERN);
    putTarget("rule", target("queue").build());

    assertThat(targets("rule")).containsExactly(target("queue").build());
    assertCode(
        "ValidationException",
        () -> events.deleteRule(request -> request.eventBusName(bus).name("rule")));

    events.removeTargets(request -> request.eventBusName(bus).rule("rule").ids("queue"));
    assertThat(targets("rule")).isEmpty();
    events.deleteRule(request -> request.eventBusName(bus).name("rule"));
  }

  @Test
  void targetsOfOtherKindsAreRefused() {
    putRule("rule", PATTERN);

    assertCode(
        "ValidationException",
        () ->
            putTarget(
                "rule",
                target("stream").arn("arn:aws:kinesis:us-east-1:000000000000:stream/x").build()));
    assertCode(
        "ValidationException",
        () ->
            putTarget(
                "rule",
                target("transformed")
                    .inputTransformer(transformer -> transformer.inputTemplate("\"x\""))
                    .build()));
    assertThatExceptionOfType(ResourceNotFoundException.class)
        .isThrownBy(() -> putTarget("nobody", target("queue").build()));
  }

  @Test
  void aRuleHasAtMostFiveTargets() {
    putRule("rule", PATTERN);
    for (int i = 0; i < 5; i++) {
      putTarget("rule", target("queue" + i).build());
    }

    assertThatExceptionOfType(LimitExceededException.class)
        .isThrownBy(() -> putTarget("rule", target("queue5").build()));
    assertThat(targets("rule")).hasSize(5);
  }

  @Test
  void aMatchingEventReachesTheQueueInItsEnvelope() throws IOException {
    putRule(
        "rule", "{\"source\":[\"app.keepwarm\"],\"detail\":{\"tenant\":[{\"prefix\":\"ac\"}]}}");
    putTarget("rule", target("queue").build());

    String id =
        publish(
                entry()
                    .detail("{\"tenant\":\"acme\"}")
                    .time(Instant.parse("2026-02-03T04:05:06Z"))
                    .resources("some-arn")
                    .build())
            .entries()
            .getFirst()
            .eventId();

    assertThat(JSON.readTree(receive()))
        .isEqualTo(
            JSON.readTree(
                """
                {"version":"0","id":"%s","detail-type":"Tested","source":"app.keepwarm",
                 "account":"000000000000","time":"2026-02-03T04:05:06Z","region":"us-east-1",
                 "resources":["some-arn"],"detail":{"tenant":"acme"}}
                """
                    .formatted(id)));
  }

  @Test
  void onlyWhatMatchesAnEnabledRuleIsDelivered() throws IOException {
    putRule("rule", "{\"detail\":{\"n\":[1,3]}}");
    putRule("disabled", "{\"detail\":{\"n\":[2]}}");
    putTarget("rule", target("queue").build());
    putTarget("disabled", target("queue").build());
    events.disableRule(request -> request.eventBusName(bus).name("disabled"));

    publish(
        entry().detail("{\"n\":2}").build(),
        entry().detail("{\"n\":1}").eventBusName("default").build(),
        entry().detail("{\"n\":3}").build());

    assertThat(JSON.readTree(receive()).at("/detail/n").intValue()).isEqualTo(3);
    assertThat(sqs.receiveMessage(request -> request.queueUrl(queueUrl)).messages()).isEmpty();
  }

  @Test
  void aTargetCanTakeAPartOrAConstant() {
    putRule("part", "{\"detail-type\":[\"Part\"]}");
    putTarget("part", target("queue").inputPath("$.detail.inner").build());
    putRule("constant", "{\"detail-type\":[\"Constant\"]}");
    putTarget("constant", target("queue").input("{\"a\":1}").build());

    publish(entry().detailType("Part").detail("{\"inner\":{\"b\":2}}").build());
    assertThat(receive()).isEqualTo("{\"b\":2}");
    publish(entry().detailType("Constant").build());
    assertThat(receive()).isEqualTo("{\"a\":1}");
  }

  @Test
  void anEventReachesAFunction() throws InterruptedException {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    lambdaServer.register(
        "subscriber",
        new InProcessFunction(payload -> {
          received.add(new String(payload, StandardCharsets.UTF_8));
          return "{}".getBytes(StandardCharsets.UTF_8);
        }),
        Patience.LIMIT);
    putRule("rule", PATTERN);
    putTarget(
        "rule",
        target("function")
            .arn("arn:aws:lambda:us-east-1:000000000000:function:subscriber")
            .inputPath("$.detail")
            .build());

    publish(entry().detail("{\"x\":1}").build());

    assertThat(received.take()).isEqualTo("{\"x\":1}");
  }

  @Test
  void whatCannotBeDeliveredGoesToTheDeadLetterQueue() throws IOException {
    putRule("rule", PATTERN);
    putTarget(
        "rule",
        target("gone")
            .arn("arn:aws:sqs:us-east-1:000000000000:not-there")
            .deadLetterConfig(config -> config.arn(queueArn()))
            .build());

    publish(entry().build());

    Message dead = receiveMessage();
    assertThat(JSON.readTree(dead.body()).path("source").textValue()).isEqualTo("app.keepwarm");
    assertThat(dead.messageAttributes().get("TARGET_ARN").stringValue()).endsWith(":not-there");
    assertThat(dead.messageAttributes().get("RULE_ARN").stringValue()).endsWith("/rule");
  }

  @Test
  void whatHasNoDeadLetterQueueIsCountedAsDropped() {
    putRule("rule", PATTERN);
    putTarget("rule", target("gone").arn("arn:aws:sqs:us-east-1:000000000000:not-there").build());
    long before = server.droppedDeliveries();

    publish(entry().build());

    await().until(() -> server.droppedDeliveries() > before);
  }

  @Test
  void badEntriesFailByThemselves() {
    putRule("rule", PATTERN);
    putTarget("rule", target("queue").build());

    PutEventsResponse response =
        publish(
            entry().source(null).build(),
            entry().detailType("").build(),
            entry().detail(null).build(),
            entry().detail("{").build(),
            entry().detail("[]").build(),
            entry().source("aws.ec2").build(),
            entry().detail("{\"good\":true}").build());

    assertThat(response.sdkHttpResponse().statusCode()).isEqualTo(200);
    assertThat(response.failedEntryCount()).isEqualTo(6);
    assertThat(response.entries())
        .extracting(PutEventsResultEntry::errorCode)
        .containsExactly(
            "InvalidArgument",
            "InvalidArgument",
            "InvalidArgument",
            "MalformedDetail",
            "MalformedDetail",
            "NotAuthorizedForSourceException",
            null);
    assertThat(receive()).contains("{\"good\":true}");
  }

  @Test
  void aRequestTakesOneToTenEntries() {
    assertThat(publish(entries(10)).failedEntryCount()).isZero();
    assertCode("ValidationException", () -> publish(entries(11)));
    assertCode(
        "ValidationException",
        () -> events.putEvents(request -> request.entries(Collections.emptyList())));
  }

  @Test
  void aRequestTakesOneMegabyte() {
    int overhead = "app.keepwarmTested".length() + "{\"x\":\"\"}".length();
    String half = "{\"x\":\"" + "y".repeat((1 << 19) - overhead) + "\"}";

    PutEventsRequestEntry fits = entry().detail(half).build();
    assertThat(publish(fits, fits).failedEntryCount()).isZero();
    assertCode(
        "ValidationException",
        () -> publish(fits, entry().detail(half.replace("\"x\"", "\"xx\"")).build()));
  }

  @Test
  void anEventForABusThatDoesNotExistGoesNowhere() {
    PutEventsResponse response = publish(entry().eventBusName("nobody").build());

    assertThat(response.failedEntryCount()).isZero();
    assertThat(response.entries().getFirst().eventId()).isNotNull();
  }

  @Test
  void entriesFailOnDemand() {
    putRule("rule", PATTERN);
    putTarget("rule", target("queue").build());
    server.failNextEntries(2, EventBridgeServer.EntryFault.THROTTLING);

    PutEventsResponse response =
        publish(entry().build(), entry().build(), entry().detail("{\"third\":true}").build());

    assertThat(response.failedEntryCount()).isEqualTo(2);
    assertThat(response.entries())
        .extracting(PutEventsResultEntry::errorCode)
        .containsExactly("ThrottlingException", "ThrottlingException", null);
    assertThat(receive()).contains("{\"third\":true}");

    server.failNextEntries(1, EventBridgeServer.EntryFault.INTERNAL_FAILURE);
    assertThat(publish(entry().build()).entries().getFirst().errorCode())
        .isEqualTo("InternalFailure");
  }

  @Test
  void rulesAndTargetsSurviveARestart(@TempDir Path directory) throws IOException {
    try (var first = startWith(directory);
        var client = Clients.of(EventBridgeClient.builder(), first.endpoint())) {
      client.createEventBus(request -> request.name("kept"));
      client.putRule(request -> request.eventBusName("kept").name("rule").eventPattern(PATTERN));
      client.putTargets(
          request -> request.eventBusName("kept").rule("rule").targets(target("queue").build()));
    }
    try (var second = startWith(directory);
        var client = Clients.of(EventBridgeClient.builder(), second.endpoint())) {
      client.putEvents(
          request -> request.entries(entry().eventBusName("kept").detail("{\"k\":1}").build()));
      assertThat(receive()).contains("{\"k\":1}");
    }
  }

  @Test
  void aPatternIsTestedAgainstAnEvent() {
    String event =
        "{\"id\":\"1\",\"account\":\"000000000000\",\"source\":\"app.keepwarm\",\"time\":"
            + "\"2026-01-01T00:00:00Z\",\"region\":\"us-east-1\",\"resources\":[],\"detail-type\":\"T\","
            + "\"detail\":{}}";

    assertThat(events.testEventPattern(r -> r.eventPattern(PATTERN).event(event)).result())
        .isTrue();
    assertThat(
            events
                .testEventPattern(r -> r.eventPattern("{\"source\":[\"other\"]}").event(event))
                .result())
        .isFalse();
    assertCode(
        "InvalidEventPatternException",
        () -> events.testEventPattern(r -> r.eventPattern("{").event(event)));
    assertCode(
        "ValidationException",
        () -> events.testEventPattern(r -> r.eventPattern(PATTERN).event("{}")));
  }

  @Test
  void rulesAreFoundByTheirTarget() {
    putRule("one", PATTERN);
    putRule("two", PATTERN);
    putTarget("one", target("queue").build());

    assertThat(
            events
                .listRuleNamesByTarget(r -> r.eventBusName(bus).targetArn(queueArn()))
                .ruleNames())
        .containsExactly("one");
    assertThat(
            events
                .listRuleNamesByTarget(r -> r.eventBusName(bus).targetArn(queueArn() + "x"))
                .ruleNames())
        .isEmpty();
  }

  @Test
  void aBusWithoutRulesIsDeleted() {
    putRule("one", PATTERN);
    assertCode("ValidationException", () -> events.deleteEventBus(r -> r.name(bus)));
    events.deleteRule(r -> r.eventBusName(bus).name("one"));

    events.deleteEventBus(r -> r.name(bus));

    assertCode("ResourceNotFoundException", () -> events.describeEventBus(r -> r.name(bus)));
    events.deleteEventBus(r -> r.name(bus));
    assertCode("ValidationException", () -> events.deleteEventBus(r -> r.name("default")));
    events.createEventBus(r -> r.name(bus));
  }

  @Test
  void whatGoesNowhereIsReported() throws IOException {
    List<String> incidents = new CopyOnWriteArrayList<>();
    try (var server =
            EventBridgeServer.start(
                0,
                Clients.of(SqsClient.builder(), sqsServer.endpoint()),
                lambdaServer,
                null,
                (event, code, fields) -> incidents.add(code + " " + new TreeMap<>(fields)));
        var client = Clients.of(EventBridgeClient.builder(), server.endpoint())) {
      client.createEventBus(request -> request.name("there"));
      client.putRule(request -> request.eventBusName("there").name("rule").eventPattern(PATTERN));

      client.putEvents(request ->
          request.entries(
              entry().eventBusName("there").build(),
              entry().eventBusName("there").source("nobody").build(),
              entry().eventBusName("nowhere").build()));
    }
    assertThat(incidents)
        .containsExactly(
            "NO_RULE {bus=there, detailType=Tested, source=nobody}",
            "NO_BUS {bus=nowhere, detailType=Tested, source=app.keepwarm}");
  }

  private static EventBridgeServer startWith(Path directory) throws IOException {
    return EventBridgeServer.start(
        0, Clients.of(SqsClient.builder(), sqsServer.endpoint()), lambdaServer, directory);
  }

  private String putRule(String name, String pattern) {
    return events
        .putRule(request -> request.eventBusName(bus).name(name).eventPattern(pattern))
        .ruleArn();
  }

  private void putTarget(String rule, Target target) {
    var response =
        events.putTargets(request -> request.eventBusName(bus).rule(rule).targets(target));
    assertThat(response.failedEntryCount()).isZero();
  }

  private List<Target> targets(String rule) {
    return events.listTargetsByRule(request -> request.eventBusName(bus).rule(rule)).targets();
  }

  private Target.Builder target(String id) {
    return Target.builder().id(id).arn(queueArn());
  }

  private String queueArn() {
    return "arn:aws:sqs:us-east-1:000000000000:" + queueName;
  }

  private PutEventsRequestEntry.Builder entry() {
    return PutEventsRequestEntry.builder()
        .eventBusName(bus)
        .source("app.keepwarm")
        .detailType("Tested")
        .detail("{}");
  }

  private PutEventsRequestEntry[] entries(int count) {
    return Collections.nCopies(count, entry().build()).toArray(PutEventsRequestEntry[]::new);
  }

  private static PutEventsResponse publish(PutEventsRequestEntry... entries) {
    return events.putEvents(request -> request.entries(entries));
  }

  private String receive() {
    return receiveMessage().body();
  }

  private Message receiveMessage() {
    List<Message> messages =
        await()
            .until(
                () ->
                    sqs.receiveMessage(request ->
                            request
                                .queueUrl(queueUrl)
                                .waitTimeSeconds(1)
                                .messageAttributeNames("All"))
                        .messages(),
                received -> !received.isEmpty());
    assertThat(messages).hasSize(1);
    return messages.getFirst();
  }
}
