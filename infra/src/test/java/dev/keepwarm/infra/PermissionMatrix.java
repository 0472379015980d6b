package dev.keepwarm.infra;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * Every permission that a template allows or denies, for any principal and from any policy, as rows
 * of a table: who, action, resource, condition.
 */
final class PermissionMatrix {
  private static final Pattern LOGICAL_ID = Pattern.compile("(?:Keepwarm)?(.*?)[0-9A-F]{8}");

  private final TreeSet<String> rows = new TreeSet<>();

  private PermissionMatrix() {}

  static List<String> of(JsonNode template) {
    PermissionMatrix matrix = new PermissionMatrix();
    template
        .get("Resources")
        .properties()
        .forEach(resource ->
            matrix.add(
                resource.getKey(),
                resource.getValue().get("Type").asText(),
                resource.getValue().path("Properties")));
    return List.copyOf(matrix.rows);
  }

  /**
   * The permissions of a managed policy. The policy's name stands for the principals that have it.
   */
  static List<String> ofManagedPolicy(JsonNode template, String id) {
    PermissionMatrix matrix = new PermissionMatrix();
    matrix.document(id, template.at("/Resources/" + id + "/Properties/PolicyDocument"), null);
    return List.copyOf(matrix.rows);
  }

  /**
   * The permissions of a principal in the notation of {@link RecordingProxy}, with the names of
   * resources on one machine. Without functions and logs, and without permissions for an unknown
   * encryption context.
   */
  static Set<String> granted(List<String> matrix, String who) {
    Set<String> permissions = new TreeSet<>();
    for (String row : matrix) {
      String[] cells = row.split(" *\\| *", -1);
      String action = cells[2];
      if (!cells[1].equals(who)) {
        continue;
      }
      if (action.startsWith("dynamodb:") || action.startsWith("sqs:")) {
        permissions.add(action + " " + local(cells[3]));
      } else if (action.equals("events:PutEvents")) {
        String kinds = cells[4].replaceAll(".*`events:detail-type` ([^;]*).*", "$1");
        for (String kind : kinds.split(", ")) {
          permissions.add(action + " " + kind);
        }
      } else if (action.startsWith("cloudwatch:")) {
        permissions.add(action + " " + cells[3]);
      } else if (action.startsWith("events:")) {
        permissions.add(action + " " + local(cells[3]));
      } else if (action.startsWith("kms:")) {
        Set<String> names = new TreeSet<>();
        Pattern.compile("`kms:EncryptionContext:([^`]*)`")
            .matcher(cells[4])
            .results()
            .forEach(match -> names.add(match.group(1)));
        if (!names.isEmpty() || cells[4].isEmpty()) {
          permissions.add((action + " " + String.join("+", names)).strip());
        }
      }
    }
    return permissions;
  }

  private static String local(String resource) {
    return switch (resource) {
      case "Bus" -> "keepwarm";
      case "Source" -> "keepwarm-credentials";
      default -> "keepwarm-" + resource.replace("DeadLetters", "-dlq").toLowerCase(Locale.ROOT);
    };
  }

  private void add(String id, String type, JsonNode properties) {
    switch (type) {
      case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy" -> {
        for (String kind : List.of("Roles", "Users", "Groups")) {
          for (JsonNode who : properties.path(kind)) {
            document(text(who), properties.get("PolicyDocument"), null);
          }
        }
      }
      case "AWS::IAM::Role" -> {
        document(null, properties.get("AssumeRolePolicyDocument"), name(id));
        properties
            .path("Policies")
            .forEach(policy -> document(name(id), policy.get("PolicyDocument"), null));
        properties
            .path("ManagedPolicyArns")
            .forEach(arn -> row(name(id), "all of a managed policy", text(arn), ""));
      }
      case "AWS::DynamoDB::Table" -> {
        if (properties.has("ResourcePolicy")) {
          document(null, properties.at("/ResourcePolicy/PolicyDocument"), name(id));
        }
      }
      case "AWS::SQS::QueuePolicy" -> document(null, properties.get("PolicyDocument"), null);
      case "AWS::KMS::Key" -> document(null, properties.get("KeyPolicy"), name(id));
      case "AWS::Events::EventBusPolicy" -> statement(null, properties.get("Statement"), null);
      case "AWS::Lambda::Permission" ->
          row(
              text(properties.get("Principal")),
              text(properties.get("Action")),
              text(properties.get("FunctionName")),
              "");
      default -> {
        // Any other property with such a name would be a policy that is missing in the table.
        properties.properties().stream()
            .filter(property -> property.getKey().endsWith("Policy"))
            .filter(property -> !property.getKey().matches("Re(drive|try)Policy"))
            .forEach(property -> row(name(id), property.getKey(), "unknown", ""));
      }
    }
  }

  private void document(String who, JsonNode document, String on) {
    list(document.get("Statement")).forEach(statement -> statement(who, statement, on));
  }

  /**
   * @param who the principal; null if the statement names it
   * @param on the resource; null if the statement names it
   */
  private void statement(String who, JsonNode statement, String on) {
    String effect = statement.get("Effect").asText().equals("Allow") ? "" : "never ";
    List<String> principals = who == null ? principals(statement.get("Principal")) : List.of(who);
    for (String principal : principals) {
      for (JsonNode action : list(statement.get("Action"))) {
        List<String> resources =
            on == null
                ? list(statement.get("Resource")).stream().map(PermissionMatrix::text).toList()
                : List.of(on);
        for (String resource : resources) {
          row(principal, effect + text(action), resource, condition(statement.path("Condition")));
        }
      }
    }
  }

  private void row(String who, String action, String on, String condition) {
    rows.add(("| " + String.join(" | ", who, action, on, condition) + " |").replace("  ", " "));
  }

  private static List<String> principals(JsonNode principal) {
    if (principal.isTextual()) {
      return List.of("anybody");
    }
    List<String> principals = new ArrayList<>();
    principal
        .properties()
        .forEach(kind ->
            list(kind.getValue())
                .forEach(one -> principals.add(text(one).equals("*") ? "anybody" : text(one))));
    return principals;
  }

  private static String condition(JsonNode condition) {
    List<String> terms = new ArrayList<>();
    condition
        .properties()
        .forEach(operator ->
            operator
                .getValue()
                .properties()
                .forEach(key ->
                    terms.add(
                        operator.getKey()
                            + " `"
                            + key.getKey()
                            + "` "
                            + String.join(
                                ", ",
                                list(key.getValue()).stream()
                                    .map(PermissionMatrix::text)
                                    .sorted()
                                    .toList()))));
    return String.join("; ", terms.stream().sorted().toList());
  }

  /** A value with the names of resources instead of their logical ids. */
  private static String text(JsonNode value) {
    if (value.isValueNode()) {
      return value.asText();
    }
    if (value.has("Ref")) {
      return name(value.get("Ref").asText());
    }
    if (value.has("Fn::GetAtt")) {
      return name(value.get("Fn::GetAtt").get(0).asText());
    }
    if (value.has("Fn::Join")) {
      StringBuilder joined = new StringBuilder();
      value.get("Fn::Join").get(1).forEach(part -> joined.append(text(part)));
      return joined.toString();
    }
    throw new IllegalArgumentException("not a value that is known: " + value);
  }

  private static String name(String logicalId) {
    Matcher matcher = LOGICAL_ID.matcher(logicalId);
    return matcher.matches() ? matcher.group(1) : "${" + logicalId.replace("AWS::", "") + "}";
  }

  private static List<JsonNode> list(JsonNode node) {
    return node.isArray()
        ? StreamSupport.stream(node.spliterator(), false).toList()
        : List.of(node);
  }
}
