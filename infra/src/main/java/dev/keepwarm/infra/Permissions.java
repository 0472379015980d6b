package dev.keepwarm.infra;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.decryptor.profile.Profiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.ArnComponents;
import software.amazon.awscdk.ArnFormat;
import software.amazon.awscdk.Aws;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.Effect;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.kms.IKey;
import software.amazon.awscdk.services.lambda.IFunction;

/**
 * The permissions of each part: only the calls that its code makes, on the resources that it uses.
 * CDK's own grants are wider, so none is used.
 */
final class Permissions {
  private final Stack stack;
  private final KeepwarmProps props;
  private final Tables tables;
  private final IKey key;
  private final String busArn;
  private final Profiles profiles;

  Permissions(Stack stack, KeepwarmProps props, Tables tables, IKey key, String busArn) {
    this.stack = stack;
    this.props = props;
    this.tables = tables;
    this.key = key;
    this.busArn = busArn;
    String json = props.profiles();
    this.profiles = json == null ? Profiles.none() : Profiles.parse(json);
  }

  /** The decryptor behind the queues. */
  List<PolicyStatement> decryptor() {
    List<PolicyStatement> statements = new ArrayList<>(fill());
    statements.add(
        allow(
            List.of("dynamodb:PutItem", "dynamodb:DeleteItem"),
            List.of(tables.wheel().getTableArn())));
    if (props.freshness()) {
      statements.addAll(vouching());
    }
    statements.add(publish(List.of(Events.CHANGED, Events.WARMING_FAILED)));
    return statements;
  }

  /**
   * Vouching for tenants: their sealed state, which is stored beside them on the wheel, and the
   * secret that signs records. No other part may open that secret.
   */
  private List<PolicyStatement> vouching() {
    Map<String, Object> signing =
        Map.of(
            "StringEquals",
            Ordered.mapOf(
                "kms:EncryptionContext:keepwarm",
                "1",
                "kms:EncryptionContext:signing",
                props.names().cacheTable()));
    PolicyStatement encrypt = allow(List.of("kms:Encrypt"), List.of(key.getKeyArn()));
    encrypt.addConditions(signing);
    return List.of(
        allow(
            List.of("dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"),
            List.of(tables.wheel().getTableArn())),
        encrypt,
        decrypt(signing));
  }

  /**
   * The resolver: the decryptor's permissions, except that it may enrol tenants but not drop any.
   */
  List<PolicyStatement> resolver() {
    List<PolicyStatement> statements = new ArrayList<>(fill());
    statements.add(allow(List.of("dynamodb:PutItem"), List.of(tables.wheel().getTableArn())));
    statements.add(publish(List.of(Events.CHANGED, Events.WARMING_FAILED, Events.TENANTS_DUE)));
    return statements;
  }

  /** The warmer. */
  List<PolicyStatement> warmer() {
    List<PolicyStatement> statements = new ArrayList<>();
    List<String> turning =
        new ArrayList<>(List.of("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"));
    if (!props.idleAfter().isZero()) {
      turning.addAll(List.of("dynamodb:UpdateItem", "dynamodb:DeleteItem"));
    }
    statements.add(allow(turning, List.of(tables.wheel().getTableArn())));
    switch (props.source()) {
      case SourceProps.BuiltIn builtIn ->
          statements.add(allow(List.of("dynamodb:Scan"), List.of(sourceArn())));
      case SourceProps.Jdbc jdbc -> statements.addAll(login(jdbc));
      case SourceProps.SecretsManager secrets ->
          statements.add(allow(List.of("secretsmanager:ListSecrets"), List.of("*")));
    }
    statements.add(publish(List.of(Events.TENANTS_DUE)));
    return statements;
  }

  /** Readers of every tenant: entries and their data keys, but no profile's secret. */
  List<PolicyStatement> reader() {
    return List.of(
        allow(List.of("dynamodb:GetItem", "dynamodb:Query"), List.of(tables.cache().getTableArn())),
        decrypt(tenantKeys()));
  }

  /** Readers of one tenant. */
  List<PolicyStatement> reader(String tenant) {
    String checked = CredentialId.checkTenant(tenant);
    PolicyStatement entries =
        allow(List.of("dynamodb:GetItem", "dynamodb:Query"), List.of(tables.cache().getTableArn()));
    // "For all" also holds if there is no key, so the second condition requires one.
    entries.addConditions(
        Ordered.mapOf(
            "ForAllValues:StringEquals", Map.of("dynamodb:LeadingKeys", List.of(checked)),
            "Null", Map.of("dynamodb:LeadingKeys", "false")));
    // Freshness records reveal nothing about tenants: readers cannot interpret their ids.
    PolicyStatement records =
        allow(List.of("dynamodb:GetItem"), List.of(tables.cache().getTableArn()));
    records.addConditions(
        Ordered.mapOf(
            "ForAllValues:StringLike", Map.of("dynamodb:LeadingKeys", List.of("#*")),
            "Null", Map.of("dynamodb:LeadingKeys", "false")));
    return List.of(
        entries,
        records,
        decrypt(
            Map.of(
                "StringEquals",
                Ordered.map(
                    "kms:EncryptionContext:keepwarm",
                    "1",
                    "kms:EncryptionContext:tenant",
                    checked))));
  }

  /** Invoking the resolver. */
  List<PolicyStatement> resolve(IFunction resolver) {
    return List.of(allow(List.of("lambda:InvokeFunction"), List.of(resolver.getFunctionArn())));
  }

  /** Opening the secrets of any profile, because the profiles are not known yet. */
  PolicyStatement anyProfile() {
    return decrypt(profileSecrets());
  }

  /**
   * The operators' use of the key: {@code keepwarm status} reads its state, and {@code keepwarm
   * profile add} encrypts a profile's secret. Neither decrypts anything.
   */
  List<PolicyStatement> operatorsKey() {
    PolicyStatement encrypt = allow(List.of("kms:Encrypt"), List.of(key.getKeyArn()));
    encrypt.addConditions(profileSecrets());
    return List.of(allow(List.of("kms:DescribeKey"), List.of(key.getKeyArn())), encrypt);
  }

  /** Publishing events of some kinds. */
  PolicyStatement publish(List<String> detailTypes) {
    PolicyStatement statement = allow(List.of("events:PutEvents"), List.of(busArn));
    statement.addConditions(Bus.published(detailTypes));
    return statement;
  }

  /** Reading the source, decoding, sealing and storing. */
  private List<PolicyStatement> fill() {
    List<PolicyStatement> statements = new ArrayList<>();
    statements.add(
        allow(
            List.of(
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem"),
            List.of(tables.cache().getTableArn())));
    PolicyStatement seal =
        allow(List.of("kms:GenerateDataKey", "kms:Decrypt"), List.of(key.getKeyArn()));
    seal.addConditions(tenantKeys());
    statements.add(seal);
    statements.addAll(originals());
    statements.addAll(decoding());
    return statements;
  }

  private List<PolicyStatement> originals() {
    return switch (props.source()) {
      case SourceProps.BuiltIn builtIn ->
          List.of(allow(List.of("dynamodb:Query"), List.of(sourceArn())));
      case SourceProps.Jdbc jdbc -> login(jdbc);
      case SourceProps.SecretsManager secrets -> {
        List<PolicyStatement> statements = new ArrayList<>();
        // Neither action supports resources.
        statements.add(
            allow(
                List.of("secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"),
                List.of("*")));
        statements.add(
            allow(
                List.of("secretsmanager:GetSecretValue"),
                List.of(secretArn(secrets.prefix() + "*"))));
        statements.addAll(secretsKey(secrets.secretsKey()));
        yield statements;
      }
    };
  }

  private List<PolicyStatement> decoding() {
    List<PolicyStatement> statements = new ArrayList<>();
    if (!profiles.withSecret().isEmpty()) {
      statements.add(
          decrypt(
              Map.of(
                  "StringEquals",
                  Ordered.mapOf(
                      "kms:EncryptionContext:keepwarm",
                      "1",
                      "kms:EncryptionContext:profile",
                      List.copyOf(new TreeSet<>(profiles.withSecret()))))));
    }
    profiles.kmsContexts().stream()
        .sorted((one, other) -> one.toString().compareTo(other.toString()))
        .forEach(context -> statements.add(decrypt(of(context))));
    if (!profiles.functions().isEmpty()) {
      statements.add(
          allow(
              List.of("lambda:InvokeFunction"),
              profiles.functions().stream().sorted().map(this::functionArn).toList()));
    }
    return statements;
  }

  private List<PolicyStatement> login(SourceProps.Jdbc jdbc) {
    String secret = jdbc.variables().get("KEEPWARM_JDBC_SECRET");
    if (secret != null) {
      List<PolicyStatement> statements = new ArrayList<>();
      statements.add(
          allow(
              List.of("secretsmanager:GetSecretValue"),
              // Secrets Manager ends an ARN with a hyphen and six characters of its own.
              List.of(secret.startsWith("arn:") ? secret : secretArn(secret + "-??????"))));
      statements.addAll(secretsKey(jdbc.secretKey()));
      return statements;
    }
    return jdbc.variables().containsKey("KEEPWARM_JDBC_PASSWORD_CIPHERTEXT")
        ? List.of(
            decrypt(
                Map.of(
                    "StringEquals",
                    Ordered.map(
                        "kms:EncryptionContext:keepwarm", "1",
                        "kms:EncryptionContext:jdbc", "password"))))
        : List.of();
  }

  private List<PolicyStatement> secretsKey(@Nullable String keyArn) {
    if (keyArn == null) {
      return List.of();
    }
    PolicyStatement statement = allow(List.of("kms:Decrypt"), List.of(keyArn));
    statement.addCondition(
        "StringEquals",
        Map.of("kms:ViaService", "secretsmanager." + Aws.REGION + "." + Aws.URL_SUFFIX));
    return List.of(statement);
  }

  private PolicyStatement decrypt(Map<String, Object> conditions) {
    List<String> keys = new ArrayList<>(List.of(key.getKeyArn()));
    keys.addAll(props.formerKeys());
    PolicyStatement statement = allow(List.of("kms:Decrypt"), keys);
    statement.addConditions(conditions);
    return statement;
  }

  /** The data keys of all tenants, and nothing else that is encrypted under the key. */
  private static Map<String, Object> tenantKeys() {
    return Ordered.mapOf(
        "StringEquals", Map.of("kms:EncryptionContext:keepwarm", "1"),
        "Null", Map.of("kms:EncryptionContext:tenant", "false"));
  }

  /** The secrets of all profiles. */
  private static Map<String, Object> profileSecrets() {
    return Ordered.mapOf(
        "StringEquals", Map.of("kms:EncryptionContext:keepwarm", "1"),
        "Null", Map.of("kms:EncryptionContext:profile", "false"));
  }

  /** Exactly this encryption context. */
  private static Map<String, Object> of(Map<String, String> context) {
    if (context.isEmpty()) {
      return Map.of("Null", Map.of("kms:EncryptionContextKeys", "true"));
    }
    Map<String, Object> pairs = new LinkedHashMap<>();
    new TreeMap<>(context)
        .forEach((name, value) -> pairs.put("kms:EncryptionContext:" + name, value));
    return Map.of("StringEquals", pairs);
  }

  private String sourceArn() {
    return Objects.requireNonNull(tables.source()).getTableArn();
  }

  private String secretArn(String name) {
    return stack.formatArn(
        ArnComponents.builder()
            .service("secretsmanager")
            .resource("secret")
            .resourceName(name)
            .arnFormat(ArnFormat.COLON_RESOURCE_NAME)
            .build());
  }

  /** The ARN of a profile's function: a mere name means a function of this account and Region. */
  private String functionArn(String function) {
    if (function.startsWith("arn:")) {
      return function;
    }
    String[] parts = function.split(":", -1);
    boolean otherAccount = parts[0].matches("\\d{12}");
    int first = otherAccount ? 1 : 0;
    if (parts[first].equals("function")) {
      first++;
    }
    ArnComponents.Builder arn =
        ArnComponents.builder()
            .service("lambda")
            .resource("function")
            .resourceName(String.join(":", List.of(parts).subList(first, parts.length)))
            .arnFormat(ArnFormat.COLON_RESOURCE_NAME);
    if (otherAccount) {
      arn.account(parts[0]);
    }
    return stack.formatArn(arn.build());
  }

  static PolicyStatement allow(List<String> actions, List<String> resources) {
    return PolicyStatement.Builder.create()
        .effect(Effect.ALLOW)
        .actions(actions)
        .resources(resources)
        .build();
  }
}
