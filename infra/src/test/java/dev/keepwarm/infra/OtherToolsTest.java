package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;

/**
 * The files for other tools fit the released template. {@code .ci/other-tools} runs Terraform
 * itself, if it is installed, and checks the Serverless Framework's configuration.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtherToolsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Path TERRAFORM = Path.of("terraform");

  /** {@code outputs["X"]}, {@code Keepwarm.Outputs.X} and {@code ${cf:keepwarm.X}}. */
  private static final Pattern OUTPUT =
      Pattern.compile("outputs\\[\"(\\w+)\"]|Keepwarm\\.Outputs\\.(\\w+)|cf:keepwarm\\.(\\w+)");

  private Path directory;
  private JsonNode released;
  private String module;

  @BeforeAll
  void read(@TempDir Path given) throws IOException {
    directory = given;
    released = Released.template();
    module =
        Files.readString(TERRAFORM.resolve("main.tf"))
            + Files.readString(TERRAFORM.resolve("outputs.tf"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "terraform/main.tf",
        "terraform/outputs.tf",
        "serverless/sam.yaml",
        "serverless/serverless.yml"
      })
  void everyOutputThatIsUsedIsThere(String file) throws IOException {
    Matcher outputs = OUTPUT.matcher(Files.readString(Path.of(file)));

    assertThat(outputs.results().toList())
        .isNotEmpty()
        .allSatisfy(found ->
            assertThat(released.get("Outputs").has(firstGroup(found))).as(found.group()).isTrue());
  }

  @Test
  void everyParameterOfTheSystemsManagerThatIsUsedIsThere() throws IOException {
    Set<String> names = new TreeSet<>();
    Synthesised.resources(
            Deployment.of(released, Map.of("CodeBucket", "zips")), "AWS::SSM::Parameter")
        .values()
        .forEach(parameter -> names.add(parameter.at("/Properties/Name").asText()));

    List<String> used =
        all("ssm:([\\w/-]+)", Files.readString(Path.of("serverless/serverless.yml")));

    assertThat(used).isNotEmpty();
    assertThat(names).containsAll(used);
  }

  @Test
  void theSamTemplatePassesParametersThatTheTemplateHas() throws IOException {
    String sam = Files.readString(Path.of("serverless/sam.yaml"));
    String parameters =
        sam.substring(
            sam.indexOf("      Parameters:"),
            sam.indexOf("\n\n", sam.indexOf("      Parameters:")));

    assertThat(all("(?m)^        (\\w+):", parameters))
        .isNotEmpty()
        .allMatch(name -> released.get("Parameters").has(name));
    assertNeeded(new TreeSet<>(all("(?m)^        (\\w+):", parameters)));
  }

  /** cfn-lint transforms it with AWS's own SAM translator, and checks the result. */
  @Test
  void theSamTemplateIsTransformedToOneThatCfnLintTakes() throws Exception {
    CfnLint.assume();

    assertThat(CfnLint.findings(List.of(samTemplate("right", "", "")))).isBlank();
  }

  /** cfn-lint's findings for each of these mistakes, in one run, because it starts slowly. */
  @Test
  void aMistakeInTheSamTemplateIsFound() throws Exception {
    CfnLint.assume();
    Map<String, Path> mistaken =
        Map.of(
            "property Handled not defined", samTemplate("property", "Handler:", "Handled:"),
            "'nodejs22' is not one of", samTemplate("runtime", "nodejs22.x", "nodejs22"),
            "\"CodePrefixes\" doesn't exist",
                samTemplate("parameter", "CodePrefix:", "CodePrefixes:"),
            "'Outputs.CacheTables' is not one of",
                samTemplate("output", "Outputs.CacheTable", "Outputs.CacheTables"));

    List<String> findings = CfnLint.findings(List.copyOf(mistaken.values())).lines().toList();

    mistaken.forEach((what, file) ->
        assertThat(findings)
            .as(what)
            .anyMatch(line -> line.startsWith(file.toString()) && line.contains(what)));
  }

  /** The SAM template with one mistake, beside the released template. */
  private Path samTemplate(String name, String right, String wrong) throws IOException {
    Path own = Files.createDirectories(directory.resolve("sam-" + name));
    Files.writeString(own.resolve("template.json"), released.toString());
    String sam = Files.readString(Path.of("serverless/sam.yaml"));
    assertThat(sam).contains(right);
    return Files.writeString(own.resolve("sam.yaml"), sam.replace(right, wrong));
  }

  @Test
  void theTerraformModulePassesEveryParameterOfTheTemplate() {
    int from = module.indexOf("  parameters = {");
    String parameters = module.substring(from, module.indexOf("\n  }", from));
    Set<String> passed = new TreeSet<>(all("(?m)^    (\\w+) +=", parameters));
    assertThat(module).contains("merge(local.parameters, {", "Deployment = ");
    passed.add("Deployment");

    Set<String> wanted = new TreeSet<>();
    released.get("Parameters").fieldNames().forEachRemaining(wanted::add);

    assertThat(passed).isEqualTo(wanted);
  }

  @Test
  void theTerraformModulesVariablesAreDeclaredAndUsed() throws IOException {
    String variables = Files.readString(TERRAFORM.resolve("variables.tf"));
    Set<String> declared = new TreeSet<>(all("(?m)^variable \"(\\w+)\"", variables));

    assertThat(new TreeSet<>(all("var\\.(\\w+)", module))).isEqualTo(declared);
  }

  @Test
  void theTerraformModuleTakesTheValuesThatTheTemplateTakes() throws IOException {
    String variables = Files.readString(TERRAFORM.resolve("variables.tf"));

    for (String name : List.of("Ttl", "Source", "Architecture", "ExtensionLayers")) {
      List<String> allowed = new ArrayList<>();
      released
          .at("/Parameters/" + name + "/AllowedValues")
          .forEach(value -> allowed.add("\"" + value.asText() + "\""));
      assertThat(variables).contains("contains([" + String.join(", ", allowed) + "], var.");
    }
    // Terraform's patterns do not support lookahead.
    String suffix = released.at("/Parameters/Suffix/AllowedPattern").asText();
    assertThat(suffix).startsWith("(?!-dlq)");
    assertThat(variables)
        .contains("regex(\"^" + suffix.replace("(?!-dlq)", "") + "$\"")
        .contains("!startswith(var.suffix, \"-dlq\")");
  }

  /** CloudFormation updates code only if its key changes. */
  @Test
  void theTerraformModulePutsOtherZipsUnderOtherKeys() {
    assertThat(module)
        .containsPattern("prefix += .*filesha256\\(zip\\)")
        .containsPattern("CodePrefix += local\\.prefix")
        .containsPattern("key += \"\\$\\{local\\.prefix}\\$\\{each\\.key}\"");
  }

  @Test
  void theTerraformModuleGrantsAReaderOfOneTenantWhatTheAppGrants() throws IOException {
    JsonNode granted =
        new Synthesised(directory)
            .template(
                props -> props,
                stack ->
                    stack
                        .keepwarm()
                        .grantReadForTenant(
                            Role.Builder.create(stack, "Reader")
                                .assumedBy(new ServicePrincipal("lambda.amazonaws.com"))
                                .build(),
                            "acme"));
    JsonNode wanted =
        Synthesised.resources(granted, "AWS::IAM::Policy").entrySet().stream()
            .filter(policy -> policy.getKey().startsWith("ReaderDefaultPolicy"))
            .findFirst()
            .orElseThrow()
            .getValue()
            .at("/Properties/PolicyDocument/Statement");

    assertThat(statements().toString()).isEqualTo(normalised(wanted).toString());
  }

  /** The statements of the module's policy document, in IAM's format. */
  private ArrayNode statements() {
    ArrayNode statements = MAPPER.createArrayNode();
    int from = module.indexOf("data \"aws_iam_policy_document\" \"tenant_reader\"");
    String document = module.substring(from, module.indexOf("\n}\n", from));
    for (String block : document.split("\n  statement \\{", -1)) {
      if (!block.contains("actions")) {
        continue;
      }
      ObjectNode statement = statements.addObject();
      statement.set("Action", strings(one("actions +=\\s*\\[(.*?)]", block)));
      statement.put("Resource", one("outputs\\[\"(\\w+)Arn\"]", block).replace("Table", ""));
      ObjectNode condition = statement.putObject("Condition");
      Matcher each =
          Pattern.compile(
                  "test\\s+= \"(.*?)\"\\s+variable = \"(.*?)\"\\s+values\\s+= \\[(.*?)]",
                  Pattern.DOTALL)
              .matcher(block);
      while (each.find()) {
        condition
            .withObjectProperty(each.group(1))
            .set(each.group(2), strings(each.group(3).replace("each.value", "\"acme\"")));
      }
    }
    return statements;
  }

  private static ArrayNode normalised(JsonNode statements) {
    ArrayNode normalised = MAPPER.createArrayNode();
    statements.forEach(statement -> {
      ObjectNode one = normalised.addObject();
      one.set("Action", list(statement.get("Action")));
      one.put(
          "Resource",
          statement
              .at("/Resource/Fn::GetAtt/0")
              .asText()
              .replaceAll("Keepwarm(.*)[0-9A-F]{8}", "$1"));
      ObjectNode condition = one.putObject("Condition");
      statement
          .get("Condition")
          .properties()
          .forEach(operator ->
              operator
                  .getValue()
                  .properties()
                  .forEach(key ->
                      condition
                          .withObjectProperty(operator.getKey())
                          .set(key.getKey(), list(key.getValue()))));
    });
    return normalised;
  }

  private static ArrayNode list(JsonNode value) {
    return value instanceof ArrayNode array ? array : MAPPER.createArrayNode().add(value);
  }

  private static ArrayNode strings(String list) {
    ArrayNode strings = MAPPER.createArrayNode();
    all("\"(.*?)\"", list).forEach(strings::add);
    return strings;
  }

  /** A parameter without a default must be given. */
  private void assertNeeded(Set<String> given) {
    released
        .get("Parameters")
        .properties()
        .forEach(parameter -> {
          if (!parameter.getValue().has("Default")) {
            assertThat(given).contains(parameter.getKey());
          }
        });
  }

  private static String one(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group(1);
  }

  private static List<String> all(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(found -> found.group(1)).toList();
  }

  private static String firstGroup(MatchResult found) {
    return Stream.of(found.group(1), found.group(2), found.group(3))
        .filter(Objects::nonNull)
        .findFirst()
        .orElseThrow();
  }
}
