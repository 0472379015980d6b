package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Events;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.cxapi.CloudAssembly;
import software.amazon.awscdk.services.iam.IRole;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;

/**
 * The whole permission matrix is in {@code docs/permissions.md}; {@code -Dpermissions=write} writes
 * it again, to be reviewed.
 */
class PermissionsTest {
  private static final Path DOCUMENT = Path.of("../docs/permissions.md");
  private static final String TABLE =
      "| who | action | on | condition |\n| --- | --- | --- | --- |\n";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path directory;

  @Test
  void whoMayDoWhatIsInTheDocument() throws IOException {
    assertSection("The stack", PermissionMatrix.of(template()));
  }

  @Test
  void whatReadersAndPublishersAreGrantedIsInTheDocument() throws IOException {
    List<String> without = PermissionMatrix.of(template());
    JsonNode granted =
        new Synthesised(directory)
            .template(
                props -> props.publishers(List.of("arn:aws:iam::111122223333:role/vault-rotation")),
                stack -> {
                  Keepwarm keepwarm = stack.keepwarm();
                  Role reader = role(stack, "Reader");
                  keepwarm.grantRead(reader);
                  Role tenantReader = role(stack, "AcmesReader");
                  keepwarm.grantReadForTenant(tenantReader, "acme");
                  keepwarm.grantResolve(tenantReader);
                  keepwarm.grantPublish(tenantReader, Events.INVALIDATED);
                });

    assertSection(
        "Granted to readers and publishers", difference(PermissionMatrix.of(granted), without));
  }

  /** A policy copied from a page grants exactly what the app grants. */
  @ParameterizedTest
  @CsvSource({
    "docs/reader-extension.md, false",
    "cache-reader/node/README.md, false",
    "docs/deploying.md, true",
  })
  void thePoliciesThatPagesShowAreWhatTheAppGrants(String page, boolean readsOnly)
      throws IOException {
    JsonNode granted =
        new Synthesised(directory)
            .template(
                props -> props,
                stack -> {
                  Keepwarm keepwarm = stack.keepwarm();
                  Role reader = role(stack, "Reader");
                  keepwarm.grantRead(reader);
                  keepwarm.grantResolve(reader);
                  if (!readsOnly) {
                    keepwarm.grantPublish(reader, Events.INVALIDATED);
                  }
                });

    assertThat(shown(page))
        .isEqualTo(
            PermissionMatrix.of(granted).stream()
                .filter(row -> row.startsWith("| Reader |"))
                .toList());
  }

  /** The permissions of the policy on a page, with the names that resources have in the matrix. */
  private static List<String> shown(String page) throws IOException {
    String text = Files.readString(Path.of("..").resolve(page));
    String policy =
        Arrays.stream(text.split("```json\n", -1))
            .map(block -> block.substring(0, Math.max(0, block.indexOf("```"))))
            .filter(block -> block.contains("\"dynamodb:Query\""))
            .findFirst()
            .orElseThrow()
            .replaceAll("arn:aws:dynamodb:[^\"]*:table/keepwarm-cache", "Cache")
            .replaceAll("arn:aws:kms:[^\"]*:key/[^\"]*", "Key")
            .replaceAll("arn:aws:lambda:[^\"]*:function:keepwarm-resolver:live", "ResolverLive")
            .replaceAll("arn:aws:events:[^\"]*:event-bus/keepwarm", "Bus");
    ObjectNode template = MAPPER.createObjectNode();
    template
        .putObject("Resources")
        .putObject("Reader")
        .putObject("Properties")
        .set("PolicyDocument", MAPPER.readTree(policy));
    return PermissionMatrix.ofManagedPolicy(template, "Reader");
  }

  @Test
  void whatOtherSourcesAndProfilesTakeIsInTheDocument() throws IOException {
    List<String> without = PermissionMatrix.of(template());

    assertSection(
        "A JDBC source in a VPC",
        difference(
            PermissionMatrix.of(new Synthesised(directory).template(Variants::jdbc)), without));
    assertSection(
        "Secrets Manager as the source",
        difference(
            PermissionMatrix.of(new Synthesised(directory).template(Variants::secrets)), without));
    assertSection(
        "Profiles of the schemes dotnet, kms and lambda",
        difference(
            PermissionMatrix.of(
                new Synthesised(directory).template(props -> props.profiles(Variants.PROFILES))),
            without));
  }

  @Test
  void whatFreshnessRecordsTakeIsInTheDocument() throws IOException {
    assertSection(
        "Freshness records",
        difference(
            PermissionMatrix.of(
                new Synthesised(directory).template(props -> props.freshness(true))),
            PermissionMatrix.of(template())));
  }

  @Test
  void whatRolesOfOtherAccountsAreGrantedIsInTheDocument() throws IOException {
    String role = "arn:aws:iam::444455556666:role/deposits";
    JsonNode granted =
        new Synthesised(directory)
            .template(
                props -> props.readers(List.of("arn:aws:iam::444455556666:role/audit")),
                stack -> {
                  stack.keepwarm().admitReader(role, "acme");
                  stack.keepwarm().admitResolver(role);
                });

    assertSection(
        "Readers in other accounts",
        difference(PermissionMatrix.of(granted), PermissionMatrix.of(template())));
  }

  @Test
  void whatOperatorsMayIsInTheDocument() throws IOException {
    JsonNode template = new Synthesised(directory).template(props -> props, Shared::in);

    assertSection("Operators", PermissionMatrix.ofManagedPolicy(template, "OperatorPolicy"));
  }

  @Test
  void aGrantToARoleOfAnotherAccountIsRefused() {
    App app = new Synthesised(directory).app();
    Stack ours = stackOf(app, "Ours", "111122223333");
    Keepwarm keepwarm = new Keepwarm(ours, "Keepwarm", new Synthesised(directory).props().build());
    IRole imported = Role.fromRoleArn(ours, "Far", "arn:aws:iam::444455556666:role/deposits");
    IRole made = role(stackOf(app, "Theirs", "444455556666"), "Near");
    List<Consumer<IRole>> grants =
        List.of(
            keepwarm::grantRead,
            role -> keepwarm.grantReadForTenant(role, "acme"),
            keepwarm::grantResolve,
            role -> keepwarm.grantPublish(role, Events.INVALIDATED));

    for (IRole role : List.of(imported, made)) {
      for (Consumer<IRole> grant : grants) {
        assertThatThrownBy(() -> grant.accept(role))
            .isInstanceOf(KeepwarmException.class)
            .hasMessageContaining("for other roles")
            .hasMessageContaining("admitReader");
      }
    }
    IRole here = Role.fromRoleArn(ours, "Here", "arn:aws:iam::111122223333:role/deposits");
    grants.forEach(grant -> grant.accept(here));
  }

  @Test
  void rolesOfAnotherStackAreGrantedEverythingWithoutACycle() {
    App app = new Synthesised(directory).app();
    Stack ours = stackOf(app, "Ours", "111122223333");
    Stack others = stackOf(app, "Others", "111122223333");
    Keepwarm keepwarm = new Keepwarm(ours, "Keepwarm", new Synthesised(directory).props().build());

    for (int i = 0; i < 100; i++) {
      keepwarm.grantPublish(role(others, "Reader" + i), Events.TENANT_USED);
    }

    // No cycle between stacks, and the policy stays within AWS's limit.
    CloudAssembly assembly = app.synth();
    assertThat(
            Synthesised.resources(template(assembly, "Ours"), "AWS::Events::EventBusPolicy")
                .toString())
        .hasSizeLessThan(2048);
    JsonNode template = template(assembly, "Others");
    assertThat(Synthesised.resources(template, "AWS::IAM::Role").values())
        .hasSize(100)
        .allSatisfy(role -> {
          assertThat(role.at("/Properties/Tags/0/Key").asText()).isEqualTo("keepwarm-publisher");
          assertThat(role.at("/Properties/Tags/0/Value").asText()).isEqualTo("keepwarm");
        });
  }

  @Test
  void anotherSourceLosesTheRightsOnTheBuiltInOne() {
    assertThat(PermissionMatrix.of(new Synthesised(directory).template(Variants::jdbc)))
        .noneMatch(row -> row.contains("| Source |"));
  }

  @Test
  void aPermissionMoreIsFound() {
    List<String> rows =
        PermissionMatrix.of(
            new Synthesised(directory)
                .template(
                    props -> props,
                    stack ->
                        stack
                            .keepwarm()
                            .cacheTable()
                            .grantReadData(
                                Objects.requireNonNull(stack.keepwarm().warmer().getRole()))));

    assertThat(difference(rows, PermissionMatrix.of(template())))
        .contains("| WarmerRole | dynamodb:Scan | Cache | |");
  }

  @Test
  void aManagedPolicyIsFound() {
    List<String> rows =
        PermissionMatrix.of(
            new Synthesised(directory)
                .template(
                    props -> props,
                    stack ->
                        Function.Builder.create(stack, "Stranger")
                            .runtime(Runtime.PYTHON_3_13)
                            .handler("index.handler")
                            .code(Code.fromInline("def handler(event, context): pass"))
                            .build()));

    assertThat(difference(rows, PermissionMatrix.of(template())))
        .anyMatch(row -> row.contains("AWSLambdaBasicExecutionRole"));
  }

  @Test
  void aTenantOutsideTheGrammarIsRefused() {
    assertThatThrownBy(() ->
            new Synthesised(directory)
                .template(
                    props -> props,
                    stack -> stack.keepwarm().grantReadForTenant(role(stack, "Reader"), "acme*")))
        .isInstanceOf(KeepwarmException.class)
        .hasMessageContaining("tenant");
  }

  @Test
  void whatNoQueueTakesIsNotGranted() {
    assertThatThrownBy(() ->
            new Synthesised(directory)
                .template(
                    props -> props,
                    stack ->
                        stack
                            .keepwarm()
                            .grantPublish(role(stack, "Publisher"), Events.TENANTS_DUE)))
        .isInstanceOf(KeepwarmException.class)
        .hasMessageContaining("detailTypes: ");
  }

  private static JsonNode template(CloudAssembly assembly, String stack) {
    return MAPPER.valueToTree(assembly.getStackByName(stack).getTemplate());
  }

  private static Stack stackOf(App app, String id, String account) {
    return new Stack(
        app,
        id,
        StackProps.builder()
            .env(Environment.builder().account(account).region("eu-central-1").build())
            .build());
  }

  private JsonNode template() {
    return new Synthesised(directory).template();
  }

  private static Role role(Stack stack, String id) {
    return Role.Builder.create(stack, id)
        .assumedBy(new ServicePrincipal("lambda.amazonaws.com"))
        .build();
  }

  private static List<String> difference(List<String> rows, List<String> without) {
    List<String> difference = new ArrayList<>(rows);
    difference.removeAll(without);
    return difference;
  }

  /** The table below the section's heading has these rows. */
  private static void assertSection(String section, List<String> rows) throws IOException {
    String document = Files.readString(DOCUMENT, StandardCharsets.UTF_8);
    String heading = "## " + section + "\n";
    int from = document.indexOf(TABLE, document.indexOf(heading)) + TABLE.length();
    int to = document.indexOf("\n\n", from);
    String body = document.substring(from, to < 0 ? document.length() : to).strip();
    if ("write".equals(System.getProperty("permissions"))) {
      Files.writeString(
          DOCUMENT,
          document.substring(0, from)
              + String.join("\n", rows)
              + (to < 0 ? "\n" : document.substring(to)));
      return;
    }
    assertThat(rows).as(section).containsExactlyElementsOf(body.lines().toList());
  }
}
