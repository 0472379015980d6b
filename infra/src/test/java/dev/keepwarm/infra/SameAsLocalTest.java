package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.engine.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The stack on AWS and the one on one machine are the same, as far as the code can tell. */
class SameAsLocalTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path directory;

  private JsonNode template;

  @BeforeEach
  void synthesise() {
    template = new Synthesised(directory).template();
  }

  @Test
  void theResourcesAreTheSame() throws Exception {
    try (dev.keepwarm.local.LocalDeployment local =
        dev.keepwarm.local.LocalDeployment.start(
            EmbeddedStack.Options.of(Checkout.root()), Duration.ofSeconds(30))) {
      AwsClients clients = local.clients();
      assertTables(clients.dynamoDb());
      assertQueues(clients.configure(SqsClient.builder(), "SQS").build());
      assertRules(clients.eventBridge());
    }
  }

  @Test
  void theNamesAreThoseThatOthersHaveAsTheirDefaults() {
    ResourceNames names = ResourceNames.DEFAULT;

    assertThat(names("AWS::Lambda::Function", "FunctionName")).containsKey(names.resolver());
    assertThat(names("AWS::Events::EventBus", "Name")).containsOnlyKeys(names.bus());
    assertThat(names("AWS::KMS::Alias", "AliasName")).containsOnlyKeys(names.keyAlias());
  }

  @Test
  void theFunctionsSettingsAreTheDefaultsButForTheKey() {
    Map<String, String> environment = new LinkedHashMap<>();
    names("AWS::Lambda::Function", "FunctionName")
        .get("keepwarm-decryptor")
        .at("/Environment/Variables")
        .properties()
        .forEach(variable -> environment.put(variable.getKey(), text(variable.getValue())));
    environment.put("KEEPWARM_KMS_KEY", "alias/keepwarm");

    assertThat(Settings.of(environment)).isEqualTo(Settings.of(Map.of()));
    assertThat(Settings.of(environment).cacheTable()).isEqualTo("keepwarm-cache");
  }

  private void assertTables(DynamoDbClient dynamoDb) {
    Map<String, JsonNode> tables = names("AWS::DynamoDB::Table", "TableName");
    assertThat(tables).hasSize(3).hasSameSizeAs(dynamoDb.listTables().tableNames());
    for (String name : dynamoDb.listTables().tableNames()) {
      TableDescription here = dynamoDb.describeTable(r -> r.tableName(name)).table();
      JsonNode there = Objects.requireNonNull(tables.get(name), name);
      Map<String, String> keys = new TreeMap<>();
      here.keySchema().forEach(key -> keys.put(key.attributeName(), key.keyTypeAsString()));
      Map<String, String> types = new TreeMap<>();
      here.attributeDefinitions()
          .forEach(
              attribute -> types.put(attribute.attributeName(), attribute.attributeTypeAsString()));

      assertThat(pairs(there.get("KeySchema"), "AttributeName", "KeyType")).isEqualTo(keys);
      assertThat(pairs(there.get("AttributeDefinitions"), "AttributeName", "AttributeType"))
          .isEqualTo(types);
      assertThat(there.get("BillingMode").asText())
          .isEqualTo(here.billingModeSummary().billingModeAsString());
      assertThat(there.at("/TimeToLiveSpecification/AttributeName").asText())
          .isEqualTo(
              Objects.requireNonNullElse(
                  dynamoDb
                      .describeTimeToLive(r -> r.tableName(name))
                      .timeToLiveDescription()
                      .attributeName(),
                  ""));
    }
  }

  private void assertQueues(SqsClient sqs) throws Exception {
    Map<String, JsonNode> queues = names("AWS::SQS::Queue", "QueueName");
    assertThat(queues).hasSize(6).hasSameSizeAs(sqs.listQueues().queueUrls());
    for (String url : sqs.listQueues().queueUrls()) {
      JsonNode there =
          Objects.requireNonNull(queues.get(url.substring(url.lastIndexOf('/') + 1)), url);
      String redrive =
          sqs.getQueueAttributes(
                  r -> r.queueUrl(url).attributeNames(QueueAttributeName.REDRIVE_POLICY))
              .attributes()
              .get(QueueAttributeName.REDRIVE_POLICY);
      assertThat(there.has("RedrivePolicy")).as(url).isEqualTo(redrive != null);
      if (redrive != null) {
        assertThat(there.at("/RedrivePolicy/maxReceiveCount").asInt())
            .isEqualTo(MAPPER.readTree(redrive).get("maxReceiveCount").asInt());
      }
    }
  }

  private void assertRules(EventBridgeClient eventBridge) throws Exception {
    Map<String, JsonNode> rules = names("AWS::Events::Rule", "Name");
    var local = eventBridge.listRules(r -> r.eventBusName(ResourceNames.DEFAULT.bus())).rules();
    assertThat(rules).hasSameSizeAs(local);
    for (var rule : local) {
      assertThat(Objects.requireNonNull(rules.get(rule.name()), rule.name()).get("EventPattern"))
          .isEqualTo(MAPPER.readTree(rule.eventPattern()));
    }
  }

  /** The properties of the resources of a type, by their names without a suffix. */
  private Map<String, JsonNode> names(String type, String property) {
    Map<String, JsonNode> names = new TreeMap<>();
    Synthesised.resources(template, type)
        .values()
        .forEach(resource -> {
          JsonNode properties = resource.get("Properties");
          names.put(text(properties.get(property)), properties);
        });
    return names;
  }

  /** A value in a stack that is deployed without a suffix. */
  private String text(JsonNode value) {
    if (value.isTextual()) {
      return value.asText();
    }
    if (value.has("Fn::Join")) {
      StringBuilder joined = new StringBuilder();
      value.get("Fn::Join").get(1).forEach(part -> joined.append(text(part)));
      return joined.toString();
    }
    if (value.path("Ref").asText().equals("Suffix")) {
      return "";
    }
    JsonNode resource = template.get("Resources").path(value.path("Ref").asText());
    for (String property : new String[] {"TableName", "Name"}) {
      if (resource.at("/Properties").has(property)) {
        return text(resource.get("Properties").get(property));
      }
    }
    return value.toString();
  }

  private static Map<String, String> pairs(JsonNode list, String key, String value) {
    Map<String, String> pairs = new TreeMap<>();
    list.forEach(item -> pairs.put(item.get(key).asText(), item.get(value).asText()));
    return pairs;
  }
}
