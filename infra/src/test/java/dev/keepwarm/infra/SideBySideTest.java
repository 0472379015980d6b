package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awscdk.App;

/** Two stacks in one account and Region: they share no name, and no name is too long. */
class SideBySideTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * Types whose name property need not be unique: a metric's name, a policy's within a role, or an
   * alias's within a function.
   */
  private static final Set<String> NO_NAMES =
      Set.of(
          "AWS::CloudWatch::Alarm MetricName",
          "AWS::IAM::Policy PolicyName",
          "AWS::Lambda::Alias Name",
          "AWS::Lambda::EventSourceMapping FunctionName");

  /** The maximum length of a name, from AWS's documentation. */
  private static final Map<String, Integer> LONGEST =
      Map.ofEntries(
          Map.entry("AWS::CloudWatch::Alarm AlarmName", 255),
          Map.entry("AWS::CloudWatch::Dashboard DashboardName", 255),
          Map.entry("AWS::DynamoDB::Table TableName", 255),
          Map.entry("AWS::EventSchemas::Registry RegistryName", 64),
          Map.entry("AWS::EventSchemas::Schema SchemaName", 385),
          Map.entry("AWS::Events::Archive ArchiveName", 48),
          Map.entry("AWS::Events::EventBus Name", 256),
          Map.entry("AWS::Events::EventBusPolicy StatementId", 64),
          Map.entry("AWS::Events::Rule Name", 64),
          Map.entry("AWS::KMS::Alias AliasName", 256),
          Map.entry("AWS::Lambda::Function FunctionName", 64),
          Map.entry("AWS::Logs::LogGroup LogGroupName", 512),
          Map.entry("AWS::SQS::Queue QueueName", 80),
          Map.entry("AWS::Scheduler::Schedule Name", 64));

  @TempDir Path directory;

  @Test
  void twoStacksOfTheAppShareNoName() throws Exception {
    List<Named> one = names(stack(""), "");
    List<Named> other = names(stack("-b"), "");

    assertThat(one).isNotEmpty().hasSameSizeAs(other);
    assertThat(shared(one, other)).isEmpty();
  }

  @Test
  void twoStacksOfOneTemplateShareNoName() throws Exception {
    JsonNode template = stack("");

    assertThat(shared(names(template, "-a"), names(template, "-b"))).isEmpty();
  }

  /**
   * Such a suffix would give a queue the name of the dead-letter queue of a stack without a suffix.
   */
  @Test
  void theSuffixOfDeadLettersIsRefused() throws Exception {
    JsonNode template = stack("");

    assertThat(shared(names(template, ""), names(template, "-dlq"))).isNotEmpty();
    assertThat("-dlq").doesNotMatch(PropsCheck.SUFFIX);
    assertThat("-dlq-b").doesNotMatch(PropsCheck.SUFFIX);
    assertThat("-b-dlq").matches(PropsCheck.SUFFIX);
  }

  @Test
  void noNameIsLongerThanAwsTakes() throws Exception {
    JsonNode template = stack("");
    String longest = "-" + "x".repeat(31);
    assertThat(longest).matches(PropsCheck.SUFFIX);
    assertThat(template.at("/Parameters/Suffix/AllowedPattern").asText())
        .isEqualTo(PropsCheck.SUFFIX.pattern());

    List<Named> names = names(template, longest);

    Set<String> kinds = new TreeSet<>();
    for (Named named : names) {
      kinds.add(named.kind);
      assertThat(LONGEST).containsKey(named.kind);
      assertThat(named.name.length())
          .as(named.toString())
          .isLessThanOrEqualTo(LONGEST.get(named.kind));
    }
    assertThat(kinds).containsExactlyInAnyOrderElementsOf(LONGEST.keySet());
  }

  @Test
  void aSuffixIsPartOfTheTemplateAndOfTheStacksName() throws Exception {
    App app = new Synthesised(directory).app();
    KeepwarmStack stack = KeepwarmApp.stack(app, context("-b"), directory);

    assertThat(stack.getStackName()).isEqualTo("Keepwarm-b");
    // A parameter would keep the value of the first deployment.
    assertThat(stack("-b").at("/Parameters").has("Suffix")).isFalse();
    assertThat(stack("").at("/Parameters").has("Suffix")).isTrue();
  }

  private static List<Named> shared(List<Named> one, List<Named> other) {
    return one.stream().filter(other::contains).toList();
  }

  private record Named(String kind, String name) {}

  private Map<String, Object> context(String suffix) {
    Synthesised synthesised = new Synthesised(directory);
    return Map.of(
        "suffix", suffix,
        "publishers", List.of("arn:aws:iam::111122223333:role/vault-rotation"),
        "managedCode", synthesised.zip("managed.zip").toString(),
        "pinnedCode", synthesised.zip("pinned.zip").toString(),
        "source", Map.of("kind", "dynamodb"));
  }

  private JsonNode stack(String suffix) {
    App app = new Synthesised(directory).app();
    KeepwarmStack stack = KeepwarmApp.stack(app, context(suffix), directory);
    return MAPPER.valueToTree(app.synth().getStackByName(stack.getStackName()).getTemplate());
  }

  /** The names that resources are given, when the template is deployed with this suffix. */
  private static List<Named> names(JsonNode template, String suffix) {
    List<Named> names = new ArrayList<>();
    template
        .get("Resources")
        .forEach(resource ->
            resource
                .path("Properties")
                .properties()
                .forEach(property -> {
                  String kind = resource.get("Type").asText() + " " + property.getKey();
                  String name = text(property.getValue(), suffix);
                  if (property.getKey().matches(".*(Name|StatementId)")
                      && !name.isEmpty()
                      && !NO_NAMES.contains(kind)) {
                    names.add(new Named(kind, name));
                  }
                }));
    return names;
  }

  /** A name; empty if it is that of another resource. */
  private static String text(JsonNode value, String suffix) {
    if (value.isTextual()) {
      return value.asText();
    }
    if (value.path("Ref").asText().equals("Suffix")) {
      return suffix;
    }
    StringBuilder joined = new StringBuilder();
    if (value.path("Fn::Join").path(1) instanceof ArrayNode parts) {
      parts.forEach(part -> joined.append(text(part, suffix)));
    }
    return joined.toString();
  }
}
