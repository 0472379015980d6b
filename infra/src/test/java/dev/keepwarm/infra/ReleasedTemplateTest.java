package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Events;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;

/** The released template makes the same resources as the app. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReleasedTemplateTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String KEY = "arn:aws:kms:eu-central-1:111122223333:key/1-2-3";
  private static final String TOPIC = "arn:aws:sns:eu-central-1:111122223333:pager";

  private static final SourceProps.Jdbc JDBC =
      new SourceProps.Jdbc(
          Map.of(
              "KEEPWARM_JDBC_URL", "jdbc:postgresql://db.example:5432/hr",
              "KEEPWARM_JDBC_QUERY", "SELECT name FROM credentials WHERE tenant = ?",
              "KEEPWARM_JDBC_TENANTS_QUERY", "SELECT tenant FROM t WHERE tenant > ? LIMIT ?",
              "KEEPWARM_JDBC_VERSIONS_QUERY", "SELECT name FROM versions WHERE tenant IN (?)",
              "KEEPWARM_JDBC_SECRET", "hr/keepwarm"),
          List.of("arn:aws:lambda:eu-central-1:111122223333:layer:postgresql:4"),
          null,
          null);

  private static final Map<String, String> JDBC_PARAMETERS =
      Map.of(
          "Source", "jdbc",
          "JdbcUrl", "jdbc:postgresql://db.example:5432/hr",
          "JdbcQuery", "SELECT name FROM credentials WHERE tenant = ?",
          "JdbcTenantsQuery", "SELECT tenant FROM t WHERE tenant > ? LIMIT ?",
          "JdbcVersionsQuery", "SELECT name FROM versions WHERE tenant IN (?)",
          "JdbcSecret", "hr/keepwarm",
          "JdbcDriverLayer", "arn:aws:lambda:eu-central-1:111122223333:layer:postgresql:4");

  private Path directory;
  private JsonNode released;

  @BeforeAll
  void synthesise(@TempDir Path given) throws Exception {
    directory = given;
    Path file = directory.resolve("there/released.json");
    KeepwarmApp.main(new String[] {"template", file.toString()});
    released = MAPPER.readTree(file.toFile());
  }

  @Test
  void withItsDefaultsItIsTheAppsStack() {
    assertSame(Map.of(), props -> props);
  }

  @Test
  void withParametersItIsTheAppsStackWithTheirProperties() {
    assertSame(
        Map.of(
            "Ttl", "1h",
            "Architecture", "arm64",
            "AlarmTopic", TOPIC,
            "DecryptorReservedConcurrency", "15",
            "ResolverReservedConcurrency", "50",
            "SnapStart", "false",
            "EventSchemas", "false"),
        props ->
            props
                .ttl(Duration.ofHours(1))
                .pinnedArchitecture(KeepwarmProps.PinnedArchitecture.ARM64)
                .alarmTopic(TOPIC)
                .decryptorReservedConcurrency(15)
                .resolverReservedConcurrency(50)
                .snapStart(false)
                .eventSchemas(false));
  }

  @Test
  void freshnessRecordsAreWrittenByADecryptorThatMayWriteThem() {
    assertSame(Map.of("Freshness", "true"), props -> props.freshness(true));
    assertSame(
        Map.of(
            "Ttl", "6h",
            "CheckEvery", "5m",
            "Freshness", "true",
            "SealLife", "48h",
            "ExistingKey", KEY,
            "ExistingTables", "true"),
        props ->
            props
                .ttl(Duration.ofHours(6))
                .checkEvery(Duration.ofMinutes(5))
                .freshness(true)
                .sealLife(Duration.ofHours(48))
                .existingKey(KEY)
                .existingTables(true));
  }

  @Test
  void freshnessRecordsWorkWithEverySource() {
    Map<String, String> parameters = new HashMap<>(JDBC_PARAMETERS);
    parameters.put("Freshness", "true");

    assertSame(parameters, props -> props.freshness(true).source(JDBC));
    assertSame(
        Map.of("Freshness", "true", "Source", "secretsmanager"),
        props ->
            props.freshness(true).source(new SourceProps.SecretsManager("keepwarm/", null, null)));
  }

  @Test
  void aDatabaseNeedsNoQueryOfVersions() {
    Map<String, String> parameters = new HashMap<>(JDBC_PARAMETERS);
    parameters.remove("JdbcVersionsQuery");
    Map<String, String> variables = new HashMap<>(JDBC.variables());
    variables.remove("KEEPWARM_JDBC_VERSIONS_QUERY");

    assertSame(
        parameters,
        props -> props.source(new SourceProps.Jdbc(variables, JDBC.driverLayers(), null, null)));
  }

  /** The template refuses exactly the values that the app refuses, before anything is created. */
  @ParameterizedTest
  @ValueSource(strings = {"CheckEvery", "SealLife"})
  void durationsThatTheAppRefusesAreRefused(String parameter) throws Exception {
    Path code = Files.writeString(directory.resolve("some.zip"), "stands for the code");
    JsonNode ttls = released.at("/Parameters/Ttl/AllowedValues");
    JsonNode values = released.at("/Parameters/" + parameter + "/AllowedValues");
    Map<Boolean, Integer> count = new HashMap<>();

    for (JsonNode ttl : ttls) {
      JsonNode rule = released.at("/Rules/Ttl" + ttl.asText());
      assertThat(rule.at("/RuleCondition/Fn::Equals/1").asText()).isEqualTo(ttl.asText());
      List<String> allowed = new ArrayList<>();
      for (JsonNode assertion : rule.get("Assertions")) {
        JsonNode contains = assertion.at("/Assert/Fn::Contains");
        if (contains.at("/1/Ref").asText().equals(parameter)) {
          contains.get(0).forEach(value -> allowed.add(value.asText()));
        }
      }
      for (JsonNode value : values) {
        KeepwarmProps.Builder props = KeepwarmProps.builder(code, code).freshness(true);
        boolean taken = isTaken(props.ttl(duration(ttl.asText())), parameter, value.asText());
        assertThat(allowed.contains(value.asText()))
            .as("Ttl %s, %s %s", ttl.asText(), parameter, value.asText())
            .isEqualTo(taken);
        count.merge(taken, 1, Integer::sum);
      }
    }

    assertThat(count.keySet()).containsExactlyInAnyOrder(true, false);
  }

  private static boolean isTaken(KeepwarmProps.Builder props, String parameter, String value) {
    if (value.equals("default")) {
      return true;
    }
    try {
      var unused =
          switch (parameter) {
            case "CheckEvery" -> props.checkEvery(duration(value)).build();
            default -> props.sealLife(duration(value)).build();
          };
      return true;
    } catch (KeepwarmException e) {
      assertThat(e).hasMessageContaining(parameter.substring(1) + ": must be a duration");
      return false;
    }
  }

  private static Duration duration(String text) {
    return Duration.parse((text.endsWith("d") ? "P" : "PT") + text);
  }

  @Test
  void theExtensionIsInALayerForEachArchitectureThatIsWanted() {
    Synthesised with = new Synthesised(directory);
    Path intel = with.extension(0x3e);
    Path arm = with.extension(0xb7);

    assertSame(Map.of("ExtensionLayers", "x86_64"), props -> props.extensionCode(List.of(intel)));
    assertSame(Map.of("ExtensionLayers", "arm64"), props -> props.extensionCode(List.of(arm)));
    assertSame(
        Map.of("ExtensionLayers", "both"), props -> props.extensionCode(List.of(arm, intel)));
  }

  @Test
  void theLayersCodeIsWhereTheReleasePutIt() {
    JsonNode deployed = deployed(Map.of("CodePrefix", "1.2.3/", "ExtensionLayers", "both"));

    assertThat(Synthesised.resources(deployed, "AWS::Lambda::LayerVersion").values())
        .allSatisfy(layer ->
            assertThat(layer.at("/Properties/Content/S3Key").asText())
                .isEqualTo(
                    "1.2.3/keepwarm-extension-"
                        + layer.at("/Properties/CompatibleArchitectures/0").asText()
                        + ".zip"))
        .extracting(layer -> layer.at("/Properties/Description").asText())
        .allMatch(description -> description.endsWith(" (1.2.3/ )"));
  }

  @Test
  void anotherZipOfTheExtensionIsAnotherVersionOfItsLayer() {
    assertThat(List.of(Map.of("CodePrefix", "1/"), Map.of("Deployment", "again")))
        .extracting(parameters -> {
          Map<String, String> all = new HashMap<>(parameters);
          all.put("ExtensionLayers", "arm64");
          return Synthesised.resources(deployed(all), "AWS::Lambda::LayerVersion").values().stream()
              .map(layer -> layer.at("/Properties/Description").asText())
              .toList();
        })
        .doesNotHaveDuplicates()
        .allMatch(descriptions -> descriptions.size() == 1);
  }

  @Test
  void aDatabaseIsTheSource() {
    assertSame(JDBC_PARAMETERS, props -> props.source(JDBC));
  }

  @Test
  void aDatabaseInAVpcIsTheSource() {
    Map<String, String> parameters = new HashMap<>(JDBC_PARAMETERS);
    parameters.put("VpcSubnetIds", "subnet-1,subnet-2");
    parameters.put("VpcSecurityGroupIds", "sg-1");
    parameters.put("ExistingKey", KEY);

    assertSame(
        parameters,
        props ->
            props
                .existingKey(KEY)
                .source(
                    new SourceProps.Jdbc(
                        JDBC.variables(),
                        JDBC.driverLayers(),
                        new SourceProps.VpcProps(
                            "vpc-1", List.of("subnet-1", "subnet-2"), List.of("sg-1")),
                        null)));
  }

  @Test
  void secretsManagerIsTheSource() {
    assertSame(
        Map.of("Source", "secretsmanager", "SecretsPrefix", "hr/", "SecretsProfile", "plain"),
        props -> props.source(new SourceProps.SecretsManager("hr/", "plain", null)));
    assertSame(
        Map.of("Source", "secretsmanager", "ExistingKey", KEY, "ExistingTables", "true"),
        props ->
            props
                .existingKey(KEY)
                .existingTables(true)
                .source(new SourceProps.SecretsManager("keepwarm/", null, null)));
  }

  @Test
  void aStackThatIsMadeAgainTakesWhatTheFormerOneLeft() {
    assertSame(Map.of("ExistingKey", KEY), props -> props.existingKey(KEY));
    assertSame(
        Map.of("ExistingKey", KEY, "ExistingTables", "true"),
        props -> props.existingKey(KEY).existingTables(true));
  }

  @Test
  void profilesAreInAVariableAndTheirSecretsCanBeOpened() {
    JsonNode deployed = deployed(Map.of("Profiles", "{\"profiles\": {}}"));

    for (String function : List.of("Decryptor", "Resolver")) {
      assertThat(variables(deployed, function).get("KEEPWARM_PROFILES").asText())
          .isEqualTo("{\"profiles\": {}}");
    }
    assertThat(variables(deployed, "Warmer").has("KEEPWARM_PROFILES")).isFalse();
    List<String> more = new ArrayList<>(PermissionMatrix.of(deployed));
    more.removeAll(PermissionMatrix.of(deployed(Map.of())));
    assertThat(more)
        .containsExactlyInAnyOrder(
            "| DecryptorRole | kms:Decrypt | Key | Null `kms:EncryptionContext:profile` false;"
                + " StringEquals `kms:EncryptionContext:keepwarm` 1 |",
            "| ResolverRole | kms:Decrypt | Key | Null `kms:EncryptionContext:profile` false;"
                + " StringEquals `kms:EncryptionContext:keepwarm` 1 |");
  }

  @Test
  void theManagedPoliciesAreWhatTheAppGrants() {
    JsonNode granted =
        new Synthesised(directory)
            .template(
                props -> props,
                stack -> {
                  stack.keepwarm().grantRead(role(stack, "Reader"));
                  stack.keepwarm().grantResolve(role(stack, "ResolverCaller"));
                  List<String> kinds = new ArrayList<>(Events.CHANGES);
                  kinds.add(Events.TENANT_USED);
                  stack
                      .keepwarm()
                      .grantPublish(role(stack, "Publisher"), kinds.toArray(String[]::new));
                });

    for (String name : List.of("Reader", "ResolverCaller", "Publisher")) {
      assertThat(statements(released, name + "Policy"))
          .as(name)
          .isEqualTo(statements(granted, name + "DefaultPolicy[0-9A-F]{8}"));
    }
    assertThat(statements(released, "OperatorPolicy").toString())
        .contains("kms:DescribeKey")
        .doesNotContain("kms:Decrypt", "kms:Generate", "lambda:");
  }

  @Test
  void whatOthersNeedIsInOutputsAndInParametersOfTheSystemsManager() {
    JsonNode deployed = deployed(Map.of("Suffix", "-b"));

    assertThat(released.get("Outputs").properties())
        .extracting(Map.Entry::getKey)
        .contains(
            "CacheTable",
            "KeyArn",
            "Bus",
            "ResolverArn",
            "ReaderPolicyArn",
            "ResolverCallerPolicyArn",
            "PublisherPolicyArn",
            "OperatorPolicyArn");
    assertThat(Synthesised.resources(deployed, "AWS::SSM::Parameter").values())
        .extracting(parameter -> parameter.at("/Properties/Name").asText())
        .containsExactlyInAnyOrder(
            "/keepwarm-b/cache-table",
            "/keepwarm-b/kms-key",
            "/keepwarm-b/bus",
            "/keepwarm-b/resolver");
  }

  @Test
  void theCodeIsWhereTheReleasePutIt() {
    JsonNode deployed =
        deployed(Map.of("CodeBucket", "zips", "CodePrefix", "1.2.3/", "Architecture", "arm64"));

    assertThat(function(deployed, "Decryptor").get("Code").toString())
        .isEqualTo("{\"S3Bucket\":\"zips\",\"S3Key\":\"1.2.3/keepwarm-managed.zip\"}");
    assertThat(function(deployed, "Resolver").at("/Code/S3Key").asText())
        .isEqualTo("1.2.3/keepwarm-pinned-arm64.zip");
    assertThat(function(deployed, "Resolver").at("/Architectures/0").asText()).isEqualTo("arm64");
    // CI builds these on every change.
    assertThat(function(deployed(Map.of()), "Resolver").at("/Architectures/0").asText())
        .isEqualTo("x86_64");
  }

  @Test
  void anotherConfigurationIsAnotherVersion() {
    List<Map<String, String>> configurations =
        List.of(
            Map.of(),
            Map.of("Ttl", "1h"),
            Map.of("CheckEvery", "1m"),
            Map.of("Freshness", "true"),
            Map.of("SealLife", "48h"),
            Map.of("CodePrefix", "2/"),
            Map.of("Architecture", "arm64"),
            Map.of("SnapStart", "false"),
            Map.of("Source", "secretsmanager"),
            Map.of("Deployment", "another profile"));

    for (String function : List.of("Decryptor", "Resolver", "Warmer")) {
      assertThat(configurations)
          .extracting(parameters ->
              deployed(parameters)
                  .at("/Resources/Keepwarm" + function + "Version/Properties/Description")
                  .asText())
          .doesNotHaveDuplicates()
          .allMatch(description -> !description.isBlank());
    }
  }

  @Test
  void aVersionChangesWithItsFunction() {
    // Lambda refuses a new version of an unchanged function.
    JsonNode deployed = deployed(Map.of("Ttl", "1h", "Deployment", "another profile"));

    for (String function : List.of("Decryptor", "Resolver", "Warmer")) {
      assertThat(variables(deployed, function).get(ReleasedTemplate.DEPLOYED))
          .isEqualTo(
              deployed.at("/Resources/Keepwarm" + function + "Version/Properties/Description"));
    }
  }

  @Test
  void aVersionsDescriptionIsNeverTooLong() {
    int longest = 0;
    for (String parameter :
        List.of(
            "CodePrefix",
            "Architecture",
            "Ttl",
            "CheckEvery",
            "Freshness",
            "SealLife",
            "SnapStart",
            "Source",
            "Deployment")) {
      JsonNode definition = released.at("/Parameters/" + parameter);
      int length = definition.path("MaxLength").asInt();
      for (JsonNode value : definition.path("AllowedValues")) {
        length = Math.max(length, value.asText().length());
      }
      assertThat(length).as(parameter).isPositive();
      longest += length + 1;
    }
    assertThat(longest).isLessThanOrEqualTo(256);
  }

  @Test
  void nothingOfTheAppOrOfCdkIsLeft() {
    String text = released.toString();

    assertThat(text)
        .doesNotContain("keepwarm-parameter", "KEEPWARM_PARAMETER", "cdk-hnb659fds", "0b0b0b0b")
        .doesNotContain("CurrentVersion", "111122223333");
    assertThat(text.getBytes(StandardCharsets.UTF_8).length)
        .as("CloudFormation takes 1 MB, from a bucket")
        .isLessThan(1_000_000);
  }

  @Test
  void everyParameterIsUsedDescribedAndInAGroup() {
    String groups = released.at("/Metadata").toString();
    ObjectNode rest = released.deepCopy();
    rest.remove(List.of("Parameters", "Metadata"));

    released
        .get("Parameters")
        .properties()
        .forEach(parameter -> {
          String name = parameter.getKey();
          assertThat(
                  rest.toString().contains("\"" + name + "\"")
                      || rest.toString().contains("${" + name + "}"))
              .as(name)
              .isTrue();
          assertThat(groups).contains("\"" + name + "\"");
          assertThat(parameter.getValue().path("Description").asText()).isNotBlank();
        });
  }

  @Test
  void twoSynthesesAreTheSame() throws Exception {
    Path again = directory.resolve("again.json");
    ReleasedTemplate.write(again);

    assertThat(Files.readString(again))
        .isEqualTo(Files.readString(directory.resolve("there/released.json")));
  }

  /** The template with these parameters makes what the app makes with these properties. */
  private void assertSame(
      Map<String, String> parameters, UnaryOperator<KeepwarmProps.Builder> properties) {
    JsonNode deployed = deployed(parameters);
    JsonNode expected =
        Deployment.of(
            versions(
                new Synthesised(directory)
                    .template(props ->
                        properties.apply(
                            props.pinnedArchitecture(KeepwarmProps.PinnedArchitecture.X86_64)))),
            Map.of());
    Map<String, JsonNode> of = comparable(deployed);
    of.keySet().removeIf(id -> id.matches("Parameter.*|.*Policy") && !id.startsWith("Keepwarm"));
    Map<String, JsonNode> wanted = comparable(expected);

    assertThat(of).containsOnlyKeys(wanted.keySet());
    wanted.forEach((id, resource) -> assertThat(of.get(id)).as(id).isEqualTo(resource));
    assertThat(PermissionMatrix.of(deployed)).isEqualTo(PermissionMatrix.of(expected));
    expected
        .get("Outputs")
        .properties()
        .forEach(output ->
            assertThat(deployed.get("Outputs").get(output.getKey())).isEqualTo(output.getValue()));
  }

  /** Without the properties that name the code, and without the ids of versions. */
  private static Map<String, JsonNode> comparable(JsonNode template) {
    Map<String, JsonNode> resources = new TreeMap<>();
    template
        .get("Resources")
        .properties()
        .forEach(each -> {
          ObjectNode resource = each.getValue().deepCopy();
          resource.remove(List.of("Metadata", "DependsOn"));
          ObjectNode properties = (ObjectNode) resource.get("Properties");
          if (each.getKey().endsWith("Version")) {
            properties.remove("Description");
          }
          properties.remove("Code");
          if (resource.get("Type").asText().equals("AWS::Lambda::LayerVersion")) {
            properties.remove(List.of("Content", "Description"));
          }
          if (properties.at("/Environment/Variables") instanceof ObjectNode variables) {
            variables.remove(ReleasedTemplate.DEPLOYED);
          }
          // The app's managed functions run on Graviton, whatever the architecture of the pinned
          // ones.
          properties.remove("Architectures");
          resources.put(each.getKey(), sorted(resource));
        });
    return resources;
  }

  /** Lists of statements, metrics and the like have no order. */
  private static JsonNode sorted(JsonNode value) {
    if (value instanceof ObjectNode object) {
      ObjectNode sorted = MAPPER.createObjectNode();
      new TreeMap<>(fields(object)).forEach((name, field) -> sorted.set(name, sorted(field)));
      return sorted;
    }
    if (value instanceof ArrayNode array && array.size() > 1 && array.get(0).isObject()) {
      ArrayNode sorted = MAPPER.createArrayNode();
      List<JsonNode> elements = new ArrayList<>();
      array.forEach(element -> elements.add(sorted(element)));
      elements.sort((one, other) -> one.toString().compareTo(other.toString()));
      return sorted.addAll(elements);
    }
    if (value instanceof ArrayNode array) {
      ArrayNode same = MAPPER.createArrayNode();
      array.forEach(element -> same.add(sorted(element)));
      return same;
    }
    return value.isTextual() && value.asText().matches("\\d+")
        ? MAPPER.getNodeFactory().numberNode(Integer.parseInt(value.asText()))
        : value;
  }

  private static Map<String, JsonNode> fields(ObjectNode object) {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    object.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
    return fields;
  }

  private static JsonNode versions(JsonNode template) {
    try {
      return MAPPER.readTree(
          template.toString().replaceAll("\"(Keepwarm\\w+)CurrentVersion\\w+\"", "\"$1Version\""));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private JsonNode deployed(Map<String, String> parameters) {
    Map<String, String> all = new HashMap<>(Map.of("CodeBucket", "zips"));
    all.putAll(parameters);
    return Deployment.of(released, all);
  }

  private static JsonNode statements(JsonNode template, String id) {
    List<JsonNode> found = new ArrayList<>();
    Deployment.of(template, Map.of())
        .get("Resources")
        .properties()
        .forEach(resource -> {
          if (resource.getKey().matches(id)) {
            found.add(resource.getValue().at("/Properties/PolicyDocument/Statement"));
          }
        });
    assertThat(found).as(id).hasSize(1);
    return found.getFirst();
  }

  private static JsonNode variables(JsonNode template, String function) {
    return function(template, function).at("/Environment/Variables");
  }

  private static JsonNode function(JsonNode template, String name) {
    return Synthesised.resources(template, "AWS::Lambda::Function").entrySet().stream()
        .filter(function -> function.getKey().matches("Keepwarm" + name + "[0-9A-F]{8}"))
        .findFirst()
        .orElseThrow()
        .getValue()
        .get("Properties");
  }

  private static Role role(KeepwarmStack stack, String id) {
    return Role.Builder.create(stack, id)
        .assumedBy(new ServicePrincipal("lambda.amazonaws.com"))
        .build();
  }
}
