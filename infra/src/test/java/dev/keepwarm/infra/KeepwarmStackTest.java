package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.decryptor.RetrySchedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awscdk.assertions.Annotations;
import software.amazon.awscdk.assertions.Match;

/** The content of the template. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeepwarmStackTest {
  private Path directory;
  private JsonNode template;

  @BeforeAll
  void synthesise(@TempDir Path given) {
    directory = given;
    template = new Synthesised(directory).template();
  }

  @Test
  void tablesAreOnDemandAndWhatIsNoCacheIsProtected() {
    Map<String, JsonNode> tables = Synthesised.resources(template, "AWS::DynamoDB::Table");

    assertThat(tables).hasSize(3);
    tables.forEach((id, table) -> {
      JsonNode properties = table.get("Properties");
      boolean cache = id.startsWith("KeepwarmCache");
      assertThat(properties.at("/BillingMode").asText()).isEqualTo("PAY_PER_REQUEST");
      assertThat(properties.path("DeletionProtectionEnabled").asBoolean()).isEqualTo(!cache);
      assertThat(
              properties
                  .at("/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled")
                  .asBoolean())
          .isEqualTo(!cache);
      assertThat(table.get("DeletionPolicy").asText()).isEqualTo(cache ? "Delete" : "Retain");
      assertThat(properties.has("TimeToLiveSpecification")).isEqualTo(cache);
      // A named table that is not deleted with the stack can be imported later.
      assertThat(properties.has("TableName")).isTrue();
    });
  }

  @Test
  void theKeyRotatesAndOutlivesTheStack() {
    JsonNode key = only("AWS::KMS::Key");

    assertThat(key.at("/Properties/EnableKeyRotation").asBoolean()).isTrue();
    assertThat(key.get("DeletionPolicy").asText()).isEqualTo("Retain");
  }

  @Test
  void queuesAreEncryptedAndGiveUpIntoDeadLettersOfTheirOwn() {
    Map<String, JsonNode> queues = Synthesised.resources(template, "AWS::SQS::Queue");

    assertThat(queues).hasSize(6);
    queues.forEach((id, queue) -> {
      assertThat(queue.at("/Properties/SqsManagedSseEnabled").asBoolean()).as(id).isTrue();
      JsonNode deadLetters = queue.at("/Properties/RedrivePolicy/deadLetterTargetArn/Fn::GetAtt/0");
      if (!id.contains("DeadLetters")) {
        assertThat(deadLetters.asText()).startsWith(id.replaceAll("[0-9A-F]{8}$", "DeadLetters"));
      } else {
        assertThat(deadLetters.isMissingNode()).isTrue();
      }
    });
  }

  @Test
  void pollingIsCappedAndReportsPartOfABatch() {
    Map<String, JsonNode> mappings =
        Synthesised.resources(
            new Synthesised(directory)
                .template(props -> props.dueConcurrency(7).changesConcurrency(3)),
            "AWS::Lambda::EventSourceMapping");

    assertThat(mappings.values())
        .extracting(mapping -> mapping.at("/Properties/ScalingConfig/MaximumConcurrency").asInt())
        .containsExactlyInAnyOrder(7, 3, 3);
    assertThat(mappings.values())
        .allMatch(mapping ->
            mapping
                .at("/Properties/FunctionResponseTypes/0")
                .asText()
                .equals("ReportBatchItemFailures"));
  }

  @Test
  void aMessageStaysInvisibleLongerThanItsFunctionMayRun() {
    template =
        new Synthesised(directory).template(props -> props.decryptorTimeout(Duration.ofMinutes(5)));

    assertThat(function("Decryptor").at("/Timeout").asInt()).isEqualTo(300);
    assertThat(
            Synthesised.resources(template, "AWS::SQS::Queue").entrySet().stream()
                .filter(queue -> !queue.getKey().contains("DeadLetters"))
                .map(queue -> queue.getValue().at("/Properties/VisibilityTimeout").asInt()))
        .containsExactlyInAnyOrder(1800, 600, 600);
    template = new Synthesised(directory).template();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT10S", "PT1M", "PT2M1S", "PT15M"})
  void aMessageThatAlwaysFailsReachesTheDeadLettersBeforeItIsTooOld(Duration timeout) {
    JsonNode other = new Synthesised(directory).template(props -> props.decryptorTimeout(timeout));

    assertThat(Synthesised.resources(other, "AWS::SQS::Queue").entrySet())
        .filteredOn(queue -> !queue.getKey().contains("DeadLetters"))
        .hasSize(3)
        .allSatisfy(queue -> {
          JsonNode properties = queue.getValue().get("Properties");
          assertThat(properties.get("MessageRetentionPeriod").asInt())
              .isGreaterThan(
                  properties.at("/RedrivePolicy/maxReceiveCount").asInt()
                      * properties.get("VisibilityTimeout").asInt());
        });
  }

  @Test
  void theDecryptorIsToldWhichQueuesItBringsChangesBackTo() {
    Map<String, JsonNode> queues = Synthesised.resources(template, "AWS::SQS::Queue");
    JsonNode variables = function("Decryptor").at("/Environment/Variables");
    for (String queue : List.of("Changes", "Urgent")) {
      String id =
          variables.at("/KEEPWARM_" + queue.toUpperCase(Locale.ROOT) + "_QUEUE/Ref").asText();
      assertThat(id).matches("Keepwarm" + queue + "[0-9A-F]{8}");
      assertThat(queues.get(id).at("/Properties/RedrivePolicy/maxReceiveCount").asInt())
          .isEqualTo(RetrySchedule.DELIVERIES);
    }
    assertThat(variables.has("KEEPWARM_DUE_QUEUE")).isFalse();
    assertThat(function("Resolver").toString()).doesNotContain("_QUEUE");
  }

  @Test
  void aChangeIsLateAlsoIfTheQueuesMetricLeavesItOut() {
    Map.of("ChangesLate", "LateChanges", "UrgentLate", "LateRevocations")
        .forEach((id, metric) -> {
          JsonNode alarm = alarm(id);
          assertThat(alarm.get("Metrics").findValuesAsText("MetricName"))
              .containsExactlyInAnyOrder("ApproximateAgeOfOldestMessage", metric);
          // Longer than the time between retries, or the alarm would end and begin again.
          Duration evaluated = Duration.ofMinutes(alarm.get("EvaluationPeriods").asInt());
          assertThat(evaluated).isGreaterThan(RetrySchedule.after(RetrySchedule.DELIVERIES));
          assertThat(alarm.get("DatapointsToAlarm").asInt()).isEqualTo(1);
          // A message is more than a minute old, or fails at that age.
          assertThat(alarm.get("Threshold").asInt()).isZero();
          assertThat(alarm.get("ComparisonOperator").asText()).isEqualTo("GreaterThanThreshold");
          assertThat(alarm.get("Metrics").findValuesAsText("Expression"))
              .containsExactly("IF(FILL(age, 0) > 60, 1, 0) + FILL(failing, 0)");
          assertThat(alarm.get("Metrics").toString())
              .contains("\"QueueName\"", "Keepwarm" + id.replace("Late", ""), "decryptor");
        });
  }

  @Test
  void coldReadsAreAnAlarmAboveTheShareThatIsSet() {
    JsonNode alarm = alarm("ColdReads");

    assertThat(alarm.get("Metrics").findValuesAsText("MetricName"))
        .containsExactlyInAnyOrder("misses", "cacheReads");
    assertThat(alarm.get("Metrics").toString()).contains("reader").doesNotContain("decryptor");
    assertThat(alarm.get("Threshold").asDouble()).isEqualTo(0.05);
    assertThat(alarm.get("ComparisonOperator").asText()).isEqualTo("GreaterThanThreshold");
    assertThat(alarm.get("EvaluationPeriods").asInt()).isEqualTo(3);
    assertThat(alarm.get("Metrics").findValuesAsText("Period")).containsOnly("300");
    JsonNode other = new Synthesised(directory).template(props -> props.coldReadShare(0.2));
    assertThat(alarm(other, "ColdReads").get("Threshold").asDouble()).isEqualTo(0.2);
  }

  @Test
  void metricsOfAnotherStackAreOthers() {
    for (String type : List.of("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard")) {
      Synthesised.resources(template, type)
          .values()
          .forEach(resource -> {
            String text = resource.toString().replace("\\\"", "\"");
            int own = text.split("\"Keepwarm\"", -1).length - 1;
            assertThat(text.split("\"part\"", -1)).as(text).hasSize(own + 1);
            assertThat(text.split("\"cache\"", -1)).as(text).hasSize(own + 1);
          });
    }
    assertThat(alarm("Undecodable").toString())
        .contains("{\"Name\":\"cache\",\"Value\":{\"Ref\":\"KeepwarmCache");
  }

  private JsonNode alarm(String id) {
    return alarm(template, id);
  }

  private static JsonNode alarm(JsonNode template, String id) {
    return Synthesised.resources(template, "AWS::CloudWatch::Alarm").entrySet().stream()
        .filter(alarm -> alarm.getKey().matches("Keepwarm" + id + "[0-9A-F]{8}"))
        .findFirst()
        .orElseThrow()
        .getValue()
        .get("Properties");
  }

  @Test
  void concurrencyIsReservedForWhatIsNamed() {
    JsonNode other =
        new Synthesised(directory)
            .template(props ->
                props
                    .decryptorReservedConcurrency(15)
                    .resolverReservedConcurrency(40)
                    .warmerReservedConcurrency(1));

    assertThat(function(other, "Decryptor").at("/ReservedConcurrentExecutions").asInt())
        .isEqualTo(15);
    assertThat(function(other, "Resolver").at("/ReservedConcurrentExecutions").asInt())
        .isEqualTo(40);
    assertThat(function(other, "Warmer").at("/ReservedConcurrentExecutions").asInt()).isOne();
    // Nothing by default, because a new account cannot reserve any concurrency.
    assertThat(template.toString()).doesNotContain("ReservedConcurrentExecutions");
  }

  @Test
  void whatARegionLacksIsLeftOut() {
    JsonNode other =
        new Synthesised(directory)
            .template(props ->
                props
                    .eventSchemas(false)
                    .snapStart(false)
                    .resolverForm(CodeForm.MANAGED)
                    .resolverConcurrency(1));

    assertThat(other.toString()).doesNotContain("AWS::EventSchemas", "SnapStart");
    assertThat(template.toString()).contains("AWS::EventSchemas", "SnapStart");
  }

  @Test
  void aStackThatIsMadeAgainTakesWhatTheFormerOneLeft() {
    String key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555";
    JsonNode other =
        new Synthesised(directory).template(props -> props.existingKey(key).existingTables(true));

    // Resources that outlive the stack would collide with those of its successor.
    other
        .get("Resources")
        .forEach(resource ->
            assertThat(resource.path("DeletionPolicy").asText())
                .as(resource.toString())
                .isNotEqualTo("Retain"));
    assertThat(Synthesised.resources(other, "AWS::KMS::Key")).isEmpty();
    assertThat(Synthesised.resources(other, "AWS::KMS::Alias").values())
        .singleElement()
        .satisfies(alias ->
            assertThat(alias.at("/Properties/TargetKeyId").asText())
                .isIn(key, key.substring(key.indexOf('/') + 1)));
    JsonNode variables = function(other, "Decryptor").at("/Environment/Variables");
    assertThat(variables.get("KEEPWARM_KMS_KEY").asText()).isEqualTo(key);
    for (String table : List.of("WHEEL", "SOURCE")) {
      // Names and permissions are those of a stack that creates the tables.
      assertThat(variables.get("KEEPWARM_" + table + "_TABLE").toString())
          .contains("keepwarm-", "Suffix");
    }
    assertThat(PermissionMatrix.of(other)).hasSameSizeAs(withoutKeyPolicy());
  }

  private List<String> withoutKeyPolicy() {
    return PermissionMatrix.of(template).stream()
        .filter(row -> !row.contains(" | Key | |"))
        .toList();
  }

  @Test
  void managedFunctionsHaveSnapStartAndThePinnedOneHasNot() {
    for (String managed : new String[] {"Decryptor", "Warmer"}) {
      assertThat(function(managed).at("/Runtime").asText()).isEqualTo("java25");
      assertThat(function(managed).at("/Architectures/0").asText()).isEqualTo("arm64");
      assertThat(function(managed).at("/SnapStart/ApplyOn").asText())
          .isEqualTo("PublishedVersions");
    }
    assertThat(function("Resolver").at("/Runtime").asText()).isEqualTo("provided.al2023");
    assertThat(function("Resolver").has("SnapStart")).isFalse();
  }

  @Test
  void theFormOfAFunctionCanBeChosen() {
    JsonNode other =
        new Synthesised(directory)
            .template(props ->
                props
                    .resolverForm(CodeForm.MANAGED)
                    .warmerForm(CodeForm.PINNED)
                    .pinnedArchitecture(KeepwarmProps.PinnedArchitecture.X86_64));

    assertThat(function(other, "Resolver").at("/Runtime").asText()).isEqualTo("java25");
    assertThat(function(other, "Warmer").at("/Runtime").asText()).isEqualTo("provided.al2023");
    assertThat(function(other, "Warmer").at("/Architectures/0").asText()).isEqualTo("x86_64");
  }

  @Test
  void everyFunctionHasALogGroupThatForgets() {
    JsonNode other = new Synthesised(directory).template(props -> props.logRetentionDays(731));

    assertThat(Synthesised.resources(other, "AWS::Logs::LogGroup").values())
        .hasSize(3)
        .allMatch(log -> log.at("/Properties/RetentionInDays").asInt() == 731);
    for (String name : new String[] {"Decryptor", "Resolver", "Warmer"}) {
      assertThat(function(other, name).at("/LoggingConfig/LogGroup/Ref").asText())
          .startsWith("Keepwarm" + name + "Log");
    }
  }

  @Test
  void theScheduleIsFlexibleAndRetriesWithinATick() {
    JsonNode schedule = only("AWS::Scheduler::Schedule").get("Properties");

    assertThat(schedule.at("/ScheduleExpression").asText()).isEqualTo("rate(1 minute)");
    assertThat(schedule.at("/FlexibleTimeWindow/Mode").asText()).isEqualTo("FLEXIBLE");
    assertThat(schedule.at("/FlexibleTimeWindow/MaximumWindowInMinutes").asInt()).isEqualTo(1);
    assertThat(schedule.at("/Target/RetryPolicy/MaximumRetryAttempts").asInt()).isEqualTo(2);
    assertThat(schedule.at("/Target/RetryPolicy/MaximumEventAgeInSeconds").asInt()).isEqualTo(60);
  }

  @Test
  void theScheduleCanBeExact() {
    JsonNode other =
        new Synthesised(directory)
            .template(props -> props.tick(Duration.ofMinutes(2)).flexibleWindow(Duration.ZERO));
    JsonNode schedule =
        Synthesised.resources(other, "AWS::Scheduler::Schedule")
            .values()
            .iterator()
            .next()
            .get("Properties");

    assertThat(schedule.at("/ScheduleExpression").asText()).isEqualTo("rate(2 minutes)");
    assertThat(schedule.at("/FlexibleTimeWindow/Mode").asText()).isEqualTo("OFF");
  }

  @Test
  void thereIsAnAlarmForEachThingThatSomebodyHasToLookAt() {
    JsonNode other =
        new Synthesised(directory)
            .template(props -> props.alarmTopic("arn:aws:sns:eu-central-1:111122223333:pager"));
    Map<String, JsonNode> alarms = Synthesised.resources(other, "AWS::CloudWatch::Alarm");

    assertThat(alarms.keySet())
        .extracting(id -> id.replaceAll("Keepwarm(.*)[0-9A-F]{8}", "$1"))
        .containsExactlyInAnyOrder(
            "DueGivenUp",
            "DueLate",
            "NotDelivered",
            "FunctionsFail",
            "FunctionsThrottled",
            "FunctionsSlow",
            "ChangesGivenUp",
            "ChangesLate",
            "UrgentGivenUp",
            "UrgentLate",
            "Undecodable",
            "Tampered",
            "TamperedForReader",
            "WarmerStopped",
            "ColdReads");
    assertThat(alarms.values())
        .allMatch(alarm -> alarm.at("/Properties/AlarmActions/0").asText().endsWith(":pager"));
  }

  @ParameterizedTest
  @CsvSource({
    "DueGivenUp, ApproximateNumberOfMessagesVisible, DueDeadLetters, 0",
    "ChangesGivenUp, ApproximateNumberOfMessagesVisible, ChangesDeadLetters, 0",
    "UrgentGivenUp, ApproximateNumberOfMessagesVisible, UrgentDeadLetters, 0",
    // A turn of the wheel.
    "DueLate, ApproximateAgeOfOldestMessage, KeepwarmDue, 300",
    "Undecodable, Undecodable, decryptor, 0",
    "Tampered, Tampered, decryptor, 0",
    "TamperedForReader, tampered, reader, 0",
    "NotDelivered, FailedInvocations, keepwarm-urgent, 0",
    "FunctionsFail, Errors, KeepwarmDecryptor, 0",
    "FunctionsThrottled, Throttles, KeepwarmResolver, 0",
    "FunctionsSlow, Duration, 'FILL(decryptor, 0) / 60000', 0.9",
  })
  void anAlarmLooksAtWhatItIsNamedAfter(String id, String metric, String of, double threshold) {
    JsonNode alarm = alarm(id);

    assertThat(Set.copyOf(alarm.findValuesAsText("MetricName"))).containsExactly(metric);
    assertThat(alarm.toString()).contains(of);
    assertThat(alarm.get("Threshold").asDouble()).isEqualTo(threshold);
    assertThat(alarm.get("ComparisonOperator").asText()).isEqualTo("GreaterThanThreshold");
    assertThat(alarm.get("TreatMissingData").asText()).isEqualTo("notBreaching");
  }

  /** CloudWatch evaluates a minute before all of its metrics have arrived. */
  @Test
  void anAlarmThatFillsInWhatIsLateDoesNotNeedTheNewestMinutes() {
    List<JsonNode> filled =
        Synthesised.resources(template, "AWS::CloudWatch::Alarm").values().stream()
            .map(alarm -> alarm.get("Properties"))
            .filter(alarm -> alarm.path("Metrics").toString().contains("FILL("))
            .toList();

    assertThat(filled)
        .hasSizeGreaterThanOrEqualTo(6)
        .allSatisfy(alarm ->
            assertThat(alarm.get("EvaluationPeriods").asInt())
                .as(alarm.get("AlarmDescription").asText())
                .isGreaterThanOrEqualTo(alarm.path("DatapointsToAlarm").asInt(99) + 2));
  }

  /** The metrics of dead-letter queues can be a quarter of an hour late; these are not. */
  @Test
  void whatCannotBeDeliveredOrFailsIsAnAlarmOfItsOwn() {
    JsonNode other = new Synthesised(directory).template(Variants::secrets);

    assertThat(metricsOf(other, "NotDelivered", "FailedInvocations"))
        .hasSize(Synthesised.resources(other, "AWS::Events::Rule").size());
    assertThat(metricsOf(other, "FunctionsFail", "Errors"))
        .hasSize(Synthesised.resources(other, "AWS::Lambda::Function").size());
  }

  @Test
  void theMetricsOfTwoStacksAreToldApart() {
    List<JsonNode> own = new ArrayList<>();
    template
        .get("Resources")
        .findParents("MetricName")
        .forEach(metric -> {
          if (metric.get("Namespace").asText().equals("Keepwarm")) {
            own.add(metric.get("Dimensions"));
          }
        });

    assertThat(own)
        .hasSizeGreaterThanOrEqualTo(5)
        .allSatisfy(dimensions -> {
          assertThat(dimensions).hasSize(2);
          assertThat(dimensions.get(0).get("Name").asText()).isEqualTo("cache");
          // The name of the cache table, which ends with the suffix.
          assertThat(dimensions.get(0).at("/Value/Ref").asText()).startsWith("KeepwarmCache");
        });
  }

  /** The dimensions of an alarm's metrics with one name. */
  private static List<JsonNode> metricsOf(JsonNode template, String alarm, String name) {
    List<JsonNode> dimensions = new ArrayList<>();
    Synthesised.resources(template, "AWS::CloudWatch::Alarm")
        .forEach((id, resource) -> {
          if (id.startsWith("Keepwarm" + alarm)) {
            resource
                .findParents("MetricName")
                .forEach(metric -> {
                  if (metric.get("MetricName").asText().equals(name)) {
                    dimensions.add(metric.get("Dimensions"));
                  }
                });
          }
        });
    return dimensions.stream().distinct().toList();
  }

  @Test
  void theOperationsDocumentSaysWhatToDoAboutEveryAlarm() throws IOException {
    String document = Files.readString(Path.of("../docs/operations.md"));

    assertThat(Synthesised.resources(template, "AWS::CloudWatch::Alarm").values())
        .isNotEmpty()
        .allSatisfy(alarm -> {
          Matcher name =
              Pattern.compile("-([a-z-]+)\"").matcher(alarm.at("/Properties/AlarmName").toString());
          assertThat(name.find()).as(alarm.toString()).isTrue();
          assertThat(document).contains("| [`" + name.group(1) + "`](#");
        });
  }

  @Test
  void aWarmerThatIsSilentForLongerThanLatenessExplainsIsAnAlarm() {
    JsonNode alarm =
        Synthesised.resources(template, "AWS::CloudWatch::Alarm").entrySet().stream()
            .filter(entry -> entry.getKey().startsWith("KeepwarmWarmerStopped"))
            .findFirst()
            .orElseThrow()
            .getValue()
            .get("Properties");

    // Two missed ticks, one that the window may leave empty, two whose metrics are late.
    assertThat(alarm.get("EvaluationPeriods").asInt()).isEqualTo(5);
    assertThat(alarm.get("TreatMissingData").asText()).isEqualTo("breaching");
    // Late metrics must not count as zero.
    assertThat(alarm.get("Metrics").toString()).doesNotContain("FILL");
    assertThat(alarm.get("ComparisonOperator").asText()).isEqualTo("LessThanThreshold");
    assertThat(alarm.get("Threshold").asInt()).isEqualTo(1);
  }

  @Test
  void whatCannotBeCheckedRaisesAnAlarmIfThereAreFreshnessRecords() {
    JsonNode fresh = new Synthesised(directory).template(props -> props.freshness(true));

    assertThat(alarm(fresh, "NotVouched").get("Metrics").toString())
        .contains("RoundsFailed", "RenewalsFailed");
    assertThat(template.toString()).doesNotContain("not-vouched");
  }

  @Test
  void theDashboardAnswersFourQuestions() {
    assertThat(only("AWS::CloudWatch::Dashboard").toString())
        .contains("Is it warm?", "Is it fresh?", "Is it safe?", "What does it cost?")
        // The console shows these live.
        .contains(
            "Oldest dead letter",
            "Outcomes of changes",
            "VersionNotReached",
            "TenantsIdle",
            "TenantsVouched",
            "RecordsWritten",
            "RenewalsFailed",
            "lookupMillis",
            "p99");
  }

  @Test
  void provisionedConcurrencyIsTheResolversAlone() {
    JsonNode other = new Synthesised(directory).template(props -> props.resolverConcurrency(4));

    assertThat(
            Synthesised.resources(other, "AWS::Lambda::Alias").entrySet().stream()
                .filter(alias ->
                    alias.getValue().at("/Properties").has("ProvisionedConcurrencyConfig")))
        .singleElement()
        .satisfies(alias -> assertThat(alias.getKey()).startsWith("KeepwarmResolverLive"));
  }

  /** Lambda does not retry the warmer's invocations, because the next tick sends new ones. */
  @Test
  void theWarmerKeepsAResolverWarm() {
    assertKept(template, 1);
    assertKept(new Synthesised(directory).template(props -> props.keepResolversWarm(3)), 3);
    assertKept(new Synthesised(directory).template(props -> props.keepResolversWarm(0)), 0);
  }

  /** A VPC may have no Lambda endpoint, and without one each tick would wait for a timeout. */
  @Test
  void aWarmerInAVpcKeepsAResolverWarmOnlyIfItIsTold() {
    assertKept(new Synthesised(directory).template(Variants::jdbc), 0);
    assertKept(
        new Synthesised(directory).template(props -> Variants.jdbc(props).keepResolversWarm(1)), 1);
  }

  private static void assertKept(JsonNode template, int resolvers) {
    Synthesised.resources(template, "AWS::Lambda::Function")
        .forEach((id, function) -> {
          JsonNode variables = function.at("/Properties/Environment/Variables");
          assertThat(variables.get("KEEPWARM_KEEP_RESOLVERS_WARM").asInt()).isEqualTo(resolvers);
          assertThat(variables.path("KEEPWARM_RESOLVER").path("Ref").asText())
              .isEqualTo(
                  resolvers > 0 && id.startsWith("KeepwarmWarmer")
                      ? Synthesised.resources(template, "AWS::Lambda::Alias").keySet().stream()
                          .filter(alias -> alias.startsWith("KeepwarmResolverLive"))
                          .findFirst()
                          .orElseThrow()
                      : "");
        });
    List<Integer> retries = new ArrayList<>();
    Synthesised.resources(template, "AWS::Lambda::EventInvokeConfig")
        .forEach((id, config) -> {
          if (config.at("/Properties/FunctionName/Ref").asText().startsWith("KeepwarmResolver")) {
            retries.add(config.at("/Properties/MaximumRetryAttempts").asInt());
          }
        });
    assertThat(retries).isEqualTo(resolvers > 0 ? List.of(0) : List.of());
    assertThat(PermissionMatrix.of(template).toString())
        .matches(matrix ->
            resolvers > 0
                == matrix.contains("| WarmerRole | lambda:InvokeFunction | ResolverLive |"));
  }

  @Test
  void aJdbcSourceRunsInItsVpcWithItsDriver() {
    JsonNode other = new Synthesised(directory).template(Variants::jdbc);

    for (String name : new String[] {"Decryptor", "Resolver", "Warmer"}) {
      JsonNode function = function(other, name);
      assertThat(function.at("/VpcConfig/SubnetIds")).hasSize(2);
      assertThat(function.at("/VpcConfig/SecurityGroupIds/0").asText())
          .isEqualTo("sg-0123456789abcdef0");
      assertThat(function.at("/Layers/0").asText()).endsWith(":layer:postgresql:4");
      assertThat(function.at("/Environment/Variables/KEEPWARM_SOURCE").asText()).isEqualTo("jdbc");
      assertThat(function.at("/Environment/Variables").has("KEEPWARM_SOURCE_TABLE")).isFalse();
    }
    assertThat(Synthesised.resources(other, "AWS::DynamoDB::Table")).hasSize(2);
  }

  @Test
  void theExtensionIsALayerForFunctionsOfItsArchitecture() {
    Synthesised with = new Synthesised(directory);
    JsonNode other = with.template(props -> props.extensionCode(List.of(with.extension(0xb7))));

    assertThat(Synthesised.resources(other, "AWS::Lambda::LayerVersion").values())
        .singleElement()
        .satisfies(layer -> {
          assertThat(layer.at("/Properties/CompatibleArchitectures").toString())
              .isEqualTo("[\"arm64\"]");
          // A function that names a version needs it until it names another one.
          assertThat(layer.get("UpdateReplacePolicy").asText()).isEqualTo("Retain");
          assertThat(layer.get("DeletionPolicy").asText()).isEqualTo("Delete");
        });
    assertThat(other.get("Outputs").has("ExtensionArm64LayerArn")).isTrue();
    assertThat(other.get("Outputs").has("ExtensionX8664LayerArn")).isFalse();
    assertThat(function(other, "Decryptor").has("Layers")).isFalse();
    assertThat(Synthesised.resources(template, "AWS::Lambda::LayerVersion")).isEmpty();
  }

  @Test
  void twoZipsOfTheExtensionForOneArchitectureAreRefused() {
    Synthesised with = new Synthesised(directory);
    KeepwarmProps.Builder props =
        with.props().extensionCode(List.of(with.extension(0x3e), with.extension(0x3e)));

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(props::build)
        .withMessageContaining("extensionCode: must have at most one zip per architecture");
  }

  @Test
  void aDatabaseWithoutADriverIsWarnedOf() {
    SourceProps.Jdbc with = Variants.JDBC;
    SourceProps without =
        new SourceProps.Jdbc(with.variables(), List.of(), with.vpc(), with.secretKey());

    assertThat(warnings(without)).singleElement().asString().contains("source.driverLayers");
    assertThat(warnings(with)).isEmpty();
  }

  private List<Object> warnings(SourceProps source) {
    Synthesised synthesised = new Synthesised(directory);
    KeepwarmStack stack =
        new KeepwarmStack(
            synthesised.app(), "Keepwarm", synthesised.props().source(source).build());
    return Annotations.fromStack(stack)
        .findWarning("*", Match.stringLikeRegexp(".*JDBC driver.*"))
        .stream()
        .map(message -> message.getEntry().getData())
        .toList();
  }

  @Test
  void profilesAreInALayerAndNowhereElse() {
    JsonNode other =
        new Synthesised(directory).template(props -> props.profiles(Variants.PROFILES));

    assertThat(Synthesised.resources(other, "AWS::Lambda::LayerVersion")).hasSize(1);
    assertThat(function(other, "Decryptor").at("/Environment/Variables/KEEPWARM_PROFILES").asText())
        .isEqualTo("/opt/keepwarm/profiles.json");
    assertThat(function(other, "Warmer").at("/Environment/Variables").has("KEEPWARM_PROFILES"))
        .isFalse();
    assertThat(other.toString()).doesNotContain("TripleDES");
  }

  private JsonNode only(String type) {
    Map<String, JsonNode> found = Synthesised.resources(template, type);
    assertThat(found).hasSize(1);
    return found.values().iterator().next();
  }

  private JsonNode function(String id) {
    return function(template, id);
  }

  /** The properties of a function. */
  private static JsonNode function(JsonNode template, String id) {
    return Synthesised.resources(template, "AWS::Lambda::Function").entrySet().stream()
        .filter(function -> function.getKey().matches("Keepwarm" + id + "[0-9A-F]{8}"))
        .findFirst()
        .orElseThrow()
        .getValue()
        .get("Properties");
  }
}
