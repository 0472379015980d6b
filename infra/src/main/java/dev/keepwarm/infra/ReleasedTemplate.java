package dev.keepwarm.infra;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.keepwarm.core.internal.Lifetimes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.App;
import software.amazon.awscdk.AppProps;

/**
 * The template of a release, for deployments without CDK. The app synthesises it for each kind of
 * source, with and without an existing key and existing tables; {@link TemplateMerge} makes one
 * template of these, and the value of a single property becomes a parameter. So the construct is
 * the only source of the template.
 */
final class ReleasedTemplate {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The values of the parameter {@code Ttl}: CloudFormation cannot divide, so there is a table. */
  private static final Map<String, Duration> TTLS =
      inOrder(
          Map.entry("15m", Duration.ofMinutes(15)),
          Map.entry("30m", Duration.ofMinutes(30)),
          Map.entry("1h", Duration.ofHours(1)),
          Map.entry("6h", Duration.ofHours(6)),
          Map.entry("24h", Duration.ofHours(24)));

  private static final String DEFAULT_TTL = "15m";

  /** The value of a parameter that is then derived from {@code Ttl}. */
  private static final String BY_TTL = "default";

  /** The other values of the parameter {@code CheckEvery}. */
  private static final Map<String, Duration> CHECKS =
      inOrder(
          Map.entry("1m", Duration.ofMinutes(1)),
          Map.entry("5m", Duration.ofMinutes(5)),
          Map.entry("10m", Duration.ofMinutes(10)),
          Map.entry("20m", Duration.ofMinutes(20)),
          Map.entry("1h", Duration.ofHours(1)),
          Map.entry("2h", Duration.ofHours(2)));

  /** The other values of the parameter {@code SealLife}. */
  private static final Map<String, Duration> SEAL_LIVES =
      inOrder(
          Map.entry("12h", Duration.ofHours(12)),
          Map.entry("24h", Duration.ofHours(24)),
          Map.entry("48h", Duration.ofHours(48)),
          Map.entry("7d", Duration.ofDays(7)));

  // Placeholder values of properties, which occur nowhere else in the synthesised templates.
  private static final String TOPIC = "arn:aws:sns:eu-central-1:111122223333:keepwarm-parameter";
  private static final String KEY_ID = "0b0b0b0b-0000-0000-0000-0b0b0b0b0b0b";
  private static final String KEY = "arn:aws:kms:eu-central-1:111122223333:key/" + KEY_ID;
  private static final String URL = "jdbc:postgresql://keepwarm-parameter/url";
  private static final String QUERY = "SELECT keepwarm_parameter FROM query WHERE tenant = ?";
  private static final String TENANTS_QUERY =
      "SELECT keepwarm_parameter FROM tenants WHERE tenant > ? LIMIT ?";
  private static final String VERSIONS_QUERY =
      "SELECT keepwarm_parameter FROM versions WHERE tenant IN (?)";
  private static final String SECRET = "keepwarm-parameter-secret";
  private static final String LAYER =
      "arn:aws:lambda:eu-central-1:111122223333:layer:keepwarm-parameter:1";
  private static final String SUBNET = "subnet-0b0b0b0b0b0b0b0b1";
  private static final String GROUP = "sg-0b0b0b0b0b0b0b0b2";
  private static final String PREFIX = "keepwarm-parameter/";
  private static final String PROFILE = "keepwarm-parameter-profile";

  /** Placeholders for numbers: unusual ones, so that no other number is mistaken for them. */
  private static final Map<String, Integer> RESERVED =
      Map.of("Decryptor", 991, "Resolver", 993, "Warmer", 997);

  /** By architecture, the condition under which there is a layer with the extension. */
  private static final Map<String, String> EXTENSIONS =
      inOrder(Map.entry("x86_64", "HasExtensionX8664"), Map.entry("arm64", "HasExtensionArm64"));

  /** The column of the durations' tables that has the functions' notation. */
  private static final String DURATION = "Duration";

  /** The variable that makes a function differ with each version; no function reads it. */
  static final String DEPLOYED = "KEEPWARM_DEPLOYED";

  private final ObjectNode conditions = JSON.objectNode();

  private ReleasedTemplate() {}

  /** Writes the template into a file. */
  static void write(Path file) {
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.writeString(
          file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(template()) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The template. */
  static ObjectNode template() {
    return new ReleasedTemplate().make();
  }

  private ObjectNode make() {
    decisions();
    return finish(
        new TemplateMerge(conditions)
            .merge(
                "HasFreshness",
                ofEachExisting(props -> props.freshness(true)),
                ofEachExisting(props -> props)));
  }

  private ObjectNode ofEachExisting(UnaryOperator<KeepwarmProps.Builder> change) {
    Map<String, UnaryOperator<KeepwarmProps.Builder>> existing = new LinkedHashMap<>();
    existing.put("", props -> props);
    existing.put("HasExistingKey", props -> props.existingKey(KEY));
    existing.put("HasExistingTables", props -> props.existingKey(KEY).existingTables(true));
    ObjectNode merged = null;
    for (Map.Entry<String, UnaryOperator<KeepwarmProps.Builder>> each : existing.entrySet()) {
      ObjectNode one = ofEachSource(props -> each.getValue().apply(change.apply(props)));
      merged =
          merged == null ? one : new TemplateMerge(conditions).merge(each.getKey(), one, merged);
    }
    return Objects.requireNonNull(merged);
  }

  private ObjectNode ofEachSource(UnaryOperator<KeepwarmProps.Builder> existing) {
    TemplateMerge merge = new TemplateMerge(conditions);
    ObjectNode merged = synthesised(existing);
    merged =
        merge.merge("FromJdbc", synthesised(p -> existing.apply(p.source(jdbc(false)))), merged);
    merged =
        merge.merge(
            "FromJdbcInVpc", synthesised(p -> existing.apply(p.source(jdbc(true)))), merged);
    return merge.merge(
        "FromSecretsManager",
        synthesised(
            p -> existing.apply(p.source(new SourceProps.SecretsManager(PREFIX, PROFILE, null)))),
        merged);
  }

  private static SourceProps.Jdbc jdbc(boolean inVpc) {
    return new SourceProps.Jdbc(
        inOrder(
            Map.entry("KEEPWARM_JDBC_URL", URL),
            Map.entry("KEEPWARM_JDBC_QUERY", QUERY),
            Map.entry("KEEPWARM_JDBC_TENANTS_QUERY", TENANTS_QUERY),
            Map.entry("KEEPWARM_JDBC_VERSIONS_QUERY", VERSIONS_QUERY),
            Map.entry("KEEPWARM_JDBC_SECRET", SECRET)),
        List.of(LAYER),
        inVpc
            ? new SourceProps.VpcProps("vpc-0b0b0b0b0b0b0b0b3", List.of(SUBNET), List.of(GROUP))
            : null,
        null);
  }

  private static int reserved(String part) {
    return Objects.requireNonNull(RESERVED.get(part));
  }

  /** One variant, without the parts that CDK needs for its own deployments. */
  private static ObjectNode synthesised(UnaryOperator<KeepwarmProps.Builder> change) {
    Path directory = null;
    try {
      directory = Files.createTempDirectory("keepwarm-template");
      // Parameters name the code, but CDK requires a file.
      Path code = Files.writeString(directory.resolve("code.zip"), "stands for the code");
      App app = new App(AppProps.builder().outdir(directory.resolve("out").toString()).build());
      List<Path> extensions =
          List.of(
              extension(directory.resolve("x86_64.zip"), 0x3e),
              extension(directory.resolve("arm64.zip"), 0xb7));
      KeepwarmProps props =
          change
              .apply(
                  KeepwarmProps.builder(code, code)
                      .extensionCode(extensions)
                      .pinnedArchitecture(KeepwarmProps.PinnedArchitecture.X86_64)
                      .alarmTopic(TOPIC)
                      .decryptorReservedConcurrency(reserved("Decryptor"))
                      .resolverReservedConcurrency(reserved("Resolver"))
                      .warmerReservedConcurrency(reserved("Warmer")))
              .build();
      KeepwarmStack stack = new KeepwarmStack(app, "Keepwarm", props);
      Shared.in(stack);
      ObjectNode template =
          MAPPER.valueToTree(app.synth().getStackByName("Keepwarm").getTemplate());
      template.remove("Rules");
      ((ObjectNode) template.get("Parameters")).remove("BootstrapVersion");
      // The ids of versions end with a digest of the function, which parameters change.
      String text =
          template.toString().replaceAll("\"(Keepwarm\\w+)CurrentVersion\\w+\"", "\"$1Version\"");
      return (ObjectNode) MAPPER.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      delete(directory);
    }
  }

  /** A stand-in for the zip of an extension, for the machine with that number in ELF. */
  private static Path extension(Path zip, int machine) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      ZipEntry entry = new ZipEntry("extensions/keepwarm-reader");
      entry.setTime(0);
      out.putNextEntry(entry);
      byte[] elf = new byte[64];
      elf[18] = (byte) machine;
      out.write(elf);
      out.closeEntry();
    }
    return zip;
  }

  private ObjectNode finish(ObjectNode merged) {
    ObjectNode resources = (ObjectNode) merged.get("Resources");
    resources
        .properties()
        .forEach(resource -> {
          ObjectNode properties = (ObjectNode) resource.getValue().get("Properties");
          switch (resource.getValue().get("Type").asText()) {
            case "AWS::Lambda::Function" -> function(properties);
            case "AWS::Lambda::Version" -> properties.set("Description", deployed());
            case "AWS::CloudWatch::Alarm" -> alarm(resource.getKey(), properties);
            case "AWS::Lambda::LayerVersion" -> extension((ObjectNode) resource.getValue());
            case "AWS::EventSchemas::Registry", "AWS::EventSchemas::Schema" ->
                ((ObjectNode) resource.getValue()).put("Condition", "HasEventSchemas");
            default -> {
              // Needs no change.
            }
          }
          JsonNode metadata = resource.getValue().get("Metadata");
          if (metadata != null) {
            ((ObjectNode) resource.getValue()).remove("Metadata");
          }
        });
    profiles(resources);
    ObjectNode template = JSON.objectNode();
    template.put("AWSTemplateFormatVersion", "2010-09-09");
    template.set("Description", merged.get("Description"));
    template.set("Metadata", groups());
    template.set("Parameters", parameters((ObjectNode) merged.get("Parameters")));
    template.set("Rules", rules());
    template.set("Mappings", mappings());
    template.set("Conditions", conditions);
    template.set("Resources", referring(resources));
    template.set("Outputs", referring(merged.get("Outputs")));
    EXTENSIONS
        .values()
        .forEach(condition ->
            ((ObjectNode)
                    template.at("/Outputs/" + condition.substring("Has".length()) + "LayerArn"))
                .put("Condition", condition));
    return template;
  }

  /** A layer of the extension, whose zip is beside the functions'. */
  private static void extension(ObjectNode layer) {
    ObjectNode properties = (ObjectNode) layer.get("Properties");
    String architecture = properties.at("/CompatibleArchitectures/0").asText();
    layer.put("Condition", EXTENSIONS.get(architecture));
    properties.set(
        "Content",
        object(
            "S3Bucket",
            ref("CodeBucket"),
            "S3Key",
            sub("${CodePrefix}keepwarm-extension-" + architecture + ".zip")));
    // Otherwise another zip under the same key would not make another version.
    properties.set(
        "Description",
        sub(properties.get("Description").asText() + " (${CodePrefix} ${Deployment})"));
  }

  private void function(ObjectNode properties) {
    boolean managed = properties.get("Runtime").asText().startsWith("java");
    properties.set(
        "Code",
        object(
            "S3Bucket",
            ref("CodeBucket"),
            "S3Key",
            managed
                ? sub("${CodePrefix}keepwarm-managed.zip")
                : sub("${CodePrefix}keepwarm-pinned-${Architecture}.zip")));
    properties.set("Architectures", JSON.arrayNode().add(ref("Architecture")));
    if (properties.has("SnapStart")) {
      properties.set("SnapStart", when("HasSnapStart", properties.get("SnapStart")));
    }
    RESERVED.forEach((part, number) -> {
      if (properties.path("ReservedConcurrentExecutions").asInt() == number) {
        properties.set(
            "ReservedConcurrentExecutions",
            when("Reserves" + part, ref(part + "ReservedConcurrency")));
      }
    });
    ObjectNode variables = (ObjectNode) properties.at("/Environment/Variables");
    variables.set("KEEPWARM_TTL", found("Ttls", "Ttl"));
    variables.set("KEEPWARM_CHECK_EVERY", when("HasCheckEvery", found("Checks", "CheckEvery")));
    variables.set("KEEPWARM_SEAL_LIFE", when("HasSealLife", found("SealLives", "SealLife")));
    // Lambda refuses a new version of an unchanged function.
    variables.set(DEPLOYED, deployed());
  }

  private static void alarm(String id, ObjectNode properties) {
    for (String actions : List.of("AlarmActions", "OKActions")) {
      properties.set(actions, when("HasAlarmTopic", properties.get(actions)));
    }
    if (id.startsWith("KeepwarmDueLate")) {
      properties.set(
          "Threshold",
          when(
              "HasCheckEvery",
              found("Checks", "CheckEvery", "Seconds"),
              found("Ttls", "Ttl", "Turn")));
    }
  }

  /**
   * The description of a version. CloudFormation publishes another version when this changes, and
   * only then. It has at most 256 characters, so the longer parameters are not in it, and {@code
   * Deployment} stands for them.
   */
  private static ObjectNode deployed() {
    return sub(
        "${CodePrefix} ${Architecture} ${Ttl} ${CheckEvery} ${Freshness} ${SealLife} ${SnapStart}"
            + " ${Source} ${Deployment}");
  }

  /** The profiles, in a variable, because a layer would have to be published first. */
  private void profiles(ObjectNode resources) {
    resources
        .properties()
        .forEach(resource -> {
          if (resource.getKey().matches("Keepwarm(Decryptor|Resolver)[0-9A-F]{8}")) {
            ((ObjectNode) resource.getValue().at("/Properties/Environment/Variables"))
                .set("KEEPWARM_PROFILES", when("HasProfiles", ref("Profiles")));
          }
          if (resource.getKey().startsWith(Shared.PROFILES_POLICY)) {
            ((ObjectNode) resource.getValue()).put("Condition", "HasProfiles");
          }
        });
  }

  private void decisions() {
    decide("FromJdbcInVpc", both(equal("Source", "jdbc"), not(joined("VpcSubnetIds"))));
    decide("FromJdbc", both(equal("Source", "jdbc"), joined("VpcSubnetIds")));
    decide("FromSecretsManager", equal("Source", "secretsmanager"));
    decide("HasExistingKey", not(equal("ExistingKey", "")));
    decide("HasExistingTables", equal("ExistingTables", "true"));
    decide("HasAlarmTopic", not(equal("AlarmTopic", "")));
    decide("HasProfiles", not(equal("Profiles", "")));
    decide("HasSecretsProfile", not(equal("SecretsProfile", "")));
    decide("HasCheckEvery", not(equal("CheckEvery", BY_TTL)));
    decide("HasFreshness", equal("Freshness", "true"));
    decide("HasSealLife", not(equal("SealLife", BY_TTL)));
    decide("HasJdbcVersionsQuery", not(equal("JdbcVersionsQuery", "")));
    decide("HasSnapStart", equal("SnapStart", "true"));
    decide("HasEventSchemas", equal("EventSchemas", "true"));
    EXTENSIONS.forEach((architecture, condition) ->
        decide(
            condition,
            either(equal("ExtensionLayers", architecture), equal("ExtensionLayers", "both"))));
    for (String part : List.of("Decryptor", "Resolver", "Warmer")) {
      decide("Reserves" + part, not(equal(part + "ReservedConcurrency", "0")));
    }
  }

  private void decide(String name, ObjectNode expression) {
    conditions.set(name, expression);
  }

  private static ObjectNode parameters(ObjectNode own) {
    ObjectNode parameters = JSON.objectNode();
    parameters.set("Suffix", own.get("Suffix"));
    parameter(parameters, "CodeBucket", "Bucket of this Region with the release's zips")
        .put("MinLength", 3);
    parameter(
            parameters,
            "CodePrefix",
            "Prefix of the zips' keys, another one for each release, for example keepwarm-1.0.0/")
        .put("Default", "")
        .put("MaxLength", 80);
    choice(
        parameters,
        "Architecture",
        "Architecture of the functions. The zip keepwarm-pinned-ARCHITECTURE.zip must be in the bucket",
        "x86_64",
        "x86_64",
        "arm64");
    choice(
        parameters,
        "Ttl",
        "Hard lifetime of an entry",
        DEFAULT_TTL,
        TTLS.keySet().toArray(String[]::new));
    choice(
        parameters,
        "CheckEvery",
        "How often every tenant is compared with the source, at most a third of Ttl, which is "
            + "the default",
        BY_TTL,
        withDefault(CHECKS));
    flag(
        parameters,
        "Freshness",
        "Whether the decryptor writes freshness records instead of sealing unchanged entries again",
        "false");
    choice(
        parameters,
        "SealLife",
        "Only with Freshness: how long a seal lasts, at least twice Ttl; by default 24 hours",
        BY_TTL,
        withDefault(SEAL_LIVES));
    choice(
        parameters,
        "Source",
        "Where the originals are",
        "dynamodb",
        "dynamodb",
        "jdbc",
        "secretsmanager");
    text(parameters, "Profiles", "The profiles, as JSON; larger ones need the CDK app")
        .put("MaxLength", 2500);
    text(parameters, "JdbcUrl", "Only for the source jdbc: the database");
    text(parameters, "JdbcQuery", "Only for the source jdbc: returns a tenant's credentials");
    text(parameters, "JdbcTenantsQuery", "Only for the source jdbc: pages through the tenants");
    text(
        parameters,
        "JdbcVersionsQuery",
        "Only for the source jdbc, optional: compares versions without reading the values");
    text(parameters, "JdbcSecret", "Only for the source jdbc: name of the secret with the login");
    text(parameters, "JdbcDriverLayer", "Only for the source jdbc: ARN of a layer with the driver");
    list(parameters, "VpcSubnetIds", "Only for the source jdbc: subnets that reach the database");
    list(parameters, "VpcSecurityGroupIds", "Only with VpcSubnetIds: security groups");
    parameter(parameters, "SecretsPrefix", "Only for secretsmanager: prefix of the secrets' names")
        .put("Default", "keepwarm/")
        .put("AllowedPattern", ".+/");
    text(parameters, "SecretsProfile", "Only for secretsmanager: the profile of all secrets");
    text(parameters, "AlarmTopic", "ARN of the SNS topic that alarms go to");
    text(parameters, "ExistingKey", "ARN of a KMS key, instead of a new one");
    flag(
        parameters,
        "ExistingTables",
        "Whether the wheel table and the source table exist already",
        "false");
    number(parameters, "DecryptorReservedConcurrency", "0 reserves nothing; otherwise 15 or more");
    number(parameters, "ResolverReservedConcurrency", "0 reserves nothing");
    number(parameters, "WarmerReservedConcurrency", "0 reserves nothing");
    choice(
        parameters,
        "ExtensionLayers",
        "Architectures of functions in other languages, which read through the Lambda extension. The "
            + "zips keepwarm-extension-ARCHITECTURE.zip must be in the bucket",
        "none",
        "none",
        "x86_64",
        "arm64",
        "both");
    flag(parameters, "SnapStart", "False in a Region without SnapStart", "true");
    flag(parameters, "EventSchemas", "False in a Region without a schema registry", "true");
    text(
            parameters,
            "Deployment",
            "Any text. Change it whenever you change Profiles, Jdbc..., Vpc..., Secrets..., "
                + "ExistingKey or CodeBucket; otherwise the functions keep the old ones")
        .put("MaxLength", 64);
    return parameters;
  }

  /** Rules by which CloudFormation refuses parameters before it creates anything. */
  private static ObjectNode rules() {
    ObjectNode rules = JSON.objectNode();
    ArrayNode needed = JSON.arrayNode();
    for (String parameter :
        List.of("JdbcUrl", "JdbcQuery", "JdbcTenantsQuery", "JdbcSecret", "JdbcDriverLayer")) {
      needed.add(
          object(
              "Assert",
              not(equal(parameter, "")),
              "AssertDescription",
              TextNode.valueOf(parameter + " must be set for the source jdbc")));
    }
    TTLS.forEach((name, ttl) -> {
      ArrayNode allowed = JSON.arrayNode();
      Duration turn = Duration.ofMillis(Lifetimes.of(ttl).turn());
      Duration shortest = ttl.multipliedBy(2);
      allowed.add(
          oneOf(
              "CheckEvery",
              CHECKS,
              every -> every.compareTo(turn) <= 0,
              "at most a third of Ttl, " + name));
      allowed.add(
          oneOf(
              "SealLife",
              SEAL_LIVES,
              life -> life.compareTo(shortest) >= 0,
              "at least twice Ttl, " + name));
      rules.set("Ttl" + name, object("RuleCondition", equal("Ttl", name), "Assertions", allowed));
    });
    rules.set("Jdbc", object("RuleCondition", equal("Source", "jdbc"), "Assertions", needed));
    rules.set(
        "Tables",
        object(
            "RuleCondition",
            equal("ExistingTables", "true"),
            "Assertions",
            JSON.arrayNode()
                .add(
                    object(
                        "Assert",
                        not(equal("ExistingKey", "")),
                        "AssertDescription",
                        TextNode.valueOf(
                            "ExistingTables requires ExistingKey, the key of these tables")))));
    return rules;
  }

  /** The assertion that a parameter has its default or one of the allowed values. */
  private static ObjectNode oneOf(
      String parameter, Map<String, Duration> values, Predicate<Duration> fits, String rule) {
    ArrayNode allowed = list(BY_TTL);
    values.forEach((name, value) -> {
      if (fits.test(value)) {
        allowed.add(name);
      }
    });
    return object(
        "Assert",
        JSON.objectNode().set("Fn::Contains", list(allowed, ref(parameter))),
        "AssertDescription",
        TextNode.valueOf(parameter + " must be " + rule));
  }

  private static String[] withDefault(Map<String, Duration> values) {
    return Stream.concat(Stream.of(BY_TTL), values.keySet().stream()).toArray(String[]::new);
  }

  private static ObjectNode groups() {
    ObjectNode groups = JSON.objectNode();
    ArrayNode list = groups.putObject("AWS::CloudFormation::Interface").putArray("ParameterGroups");
    group(list, "Code", "CodeBucket", "CodePrefix", "Architecture", "Deployment");
    group(list, "Entries", "Suffix", "Ttl", "CheckEvery", "Freshness", "SealLife", "Profiles");
    group(
        list,
        "Source",
        "Source",
        "JdbcUrl",
        "JdbcQuery",
        "JdbcTenantsQuery",
        "JdbcVersionsQuery",
        "JdbcSecret",
        "JdbcDriverLayer",
        "VpcSubnetIds",
        "VpcSecurityGroupIds",
        "SecretsPrefix",
        "SecretsProfile");
    group(list, "Functions in other languages", "ExtensionLayers");
    group(list, "Existing resources", "ExistingKey", "ExistingTables");
    group(
        list,
        "Operation",
        "AlarmTopic",
        "DecryptorReservedConcurrency",
        "ResolverReservedConcurrency",
        "WarmerReservedConcurrency",
        "SnapStart",
        "EventSchemas");
    return groups;
  }

  private static void group(ArrayNode groups, String label, String... parameters) {
    ObjectNode group = groups.addObject();
    group.putObject("Label").put("default", label);
    ArrayNode list = group.putArray("Parameters");
    Arrays.stream(parameters).forEach(list::add);
  }

  private static ObjectNode mappings() {
    ObjectNode mappings = JSON.objectNode();
    ObjectNode ttls = mappings.putObject("Ttls");
    TTLS.forEach((name, ttl) ->
        ttls.putObject(name)
            .put(DURATION, ttl.toString())
            .put("Turn", Long.toString(Lifetimes.of(ttl).turn() / 1000)));
    ObjectNode checks = mappings.putObject("Checks");
    CHECKS.forEach((name, every) ->
        checks
            .putObject(name)
            .put(DURATION, every.toString())
            .put("Seconds", Long.toString(every.toSeconds())));
    ObjectNode lives = mappings.putObject("SealLives");
    SEAL_LIVES.forEach((name, life) -> lives.putObject(name).put(DURATION, life.toString()));
    return mappings;
  }

  /** Replaces the placeholder values by parameters. */
  private static JsonNode referring(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> {
        ObjectNode replaced = JSON.objectNode();
        object
            .properties()
            .forEach(field -> replaced.set(field.getKey(), referring(field.getValue())));
        yield replaced;
      }
      case ArrayNode array -> {
        if (array.size() == 1 && array.get(0).asText().equals(SUBNET)) {
          yield ref("VpcSubnetIds");
        }
        if (array.size() == 1 && array.get(0).asText().equals(GROUP)) {
          yield ref("VpcSecurityGroupIds");
        }
        ArrayNode replaced = JSON.arrayNode();
        array.forEach(element -> replaced.add(referring(element)));
        yield replaced;
      }
      case TextNode text -> referring(text.asText());
      default -> value;
    };
  }

  private static JsonNode referring(String text) {
    if (text.equals(PROFILE)) {
      return when("HasSecretsProfile", ref("SecretsProfile"));
    }
    if (text.equals(VERSIONS_QUERY)) {
      return when("HasJdbcVersionsQuery", ref("JdbcVersionsQuery"));
    }
    if (text.equals(KEY_ID)) {
      return ref("ExistingKey");
    }
    Map<String, String> parameters =
        inOrder(
            Map.entry(TOPIC, "AlarmTopic"),
            Map.entry(KEY, "ExistingKey"),
            Map.entry(URL, "JdbcUrl"),
            Map.entry(QUERY, "JdbcQuery"),
            Map.entry(TENANTS_QUERY, "JdbcTenantsQuery"),
            Map.entry(SECRET, "JdbcSecret"),
            Map.entry(LAYER, "JdbcDriverLayer"),
            Map.entry(PREFIX, "SecretsPrefix"));
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      int at = text.indexOf(parameter.getKey());
      if (at < 0) {
        continue;
      }
      ObjectNode ref = ref(parameter.getValue());
      String before = text.substring(0, at);
      String after = text.substring(at + parameter.getKey().length());
      return before.isEmpty() && after.isEmpty()
          ? ref
          : JSON.objectNode().set("Fn::Join", list("", list(before, ref, after)));
    }
    return JSON.textNode(text);
  }

  private static ObjectNode parameter(ObjectNode parameters, String name, String description) {
    return parameters.putObject(name).put("Type", "String").put("Description", description);
  }

  private static ObjectNode text(ObjectNode parameters, String name, String description) {
    return parameter(parameters, name, description).put("Default", "");
  }

  private static void list(ObjectNode parameters, String name, String description) {
    text(parameters, name, description).put("Type", "CommaDelimitedList");
  }

  private static void number(ObjectNode parameters, String name, String description) {
    parameter(
            parameters,
            name,
            "Reserved concurrency of that function, which is also its maximum; " + description)
        .put("Type", "Number")
        .put("Default", 0)
        .put("MinValue", 0)
        .put("MaxValue", 1000);
  }

  private static void flag(ObjectNode parameters, String name, String description, String value) {
    choice(parameters, name, description, value, "true", "false");
  }

  private static void choice(
      ObjectNode parameters, String name, String description, String value, String... values) {
    ArrayNode allowed =
        parameter(parameters, name, description).put("Default", value).putArray("AllowedValues");
    Arrays.stream(values).forEach(allowed::add);
  }

  private static ObjectNode ref(String name) {
    return JSON.objectNode().put("Ref", name);
  }

  private static ObjectNode sub(String text) {
    return JSON.objectNode().put("Fn::Sub", text);
  }

  private static ObjectNode when(String condition, JsonNode value) {
    return when(condition, value, TemplateMerge.nothing());
  }

  private static ObjectNode when(String condition, JsonNode value, JsonNode otherwise) {
    return JSON.objectNode().set("Fn::If", list(condition, value, otherwise));
  }

  /** The duration that a parameter names. */
  private static ObjectNode found(String map, String parameter) {
    return found(map, parameter, DURATION);
  }

  private static ObjectNode found(String map, String parameter, String column) {
    return JSON.objectNode().set("Fn::FindInMap", list(map, ref(parameter), column));
  }

  private static ObjectNode equal(String parameter, String value) {
    return JSON.objectNode().set("Fn::Equals", list(ref(parameter), value));
  }

  /** Whether a list is empty. */
  private static ObjectNode joined(String parameter) {
    JsonNode join = JSON.objectNode().set("Fn::Join", list("", ref(parameter)));
    return JSON.objectNode().set("Fn::Equals", list(join, ""));
  }

  private static ObjectNode not(ObjectNode expression) {
    return JSON.objectNode().set("Fn::Not", list(expression));
  }

  private static ObjectNode either(ObjectNode one, ObjectNode other) {
    return JSON.objectNode().set("Fn::Or", list(one, other));
  }

  private static ObjectNode both(ObjectNode one, ObjectNode other) {
    return JSON.objectNode().set("Fn::And", list(one, other));
  }

  private static ArrayNode list(Object... elements) {
    ArrayNode list = JSON.arrayNode();
    for (Object element : elements) {
      list.add(element instanceof JsonNode node ? node : JSON.textNode((String) element));
    }
    return list;
  }

  private static ObjectNode object(String one, JsonNode value, String other, JsonNode otherValue) {
    ObjectNode object = JSON.objectNode();
    object.set(one, value);
    object.set(other, otherValue);
    return object;
  }

  @SafeVarargs
  private static <V> Map<String, V> inOrder(Map.Entry<String, V>... entries) {
    Map<String, V> map = new LinkedHashMap<>();
    for (Map.Entry<String, V> entry : entries) {
      map.put(entry.getKey(), entry.getValue());
    }
    return map;
  }

  private static void delete(@Nullable Path directory) {
    if (directory == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
