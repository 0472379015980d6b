package dev.keepwarm.decryptor.dotnet;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One vector of a file, with typed access to its fields. */
record Vector(String file, Map<String, Object> fields) {

  String id() {
    return file + " " + fields.getOrDefault("id", "(no id)");
  }

  String kind() {
    return text("kind");
  }

  boolean isNegative() {
    return kind().equals("negative");
  }

  boolean expectsError() {
    return "error".equals(fields.get("expect"));
  }

  String text(String field) {
    return (String) fields.get(field);
  }

  int number(String field) {
    return (Integer) fields.get(field);
  }

  @SuppressWarnings("unchecked")
  <T> List<T> list(String field) {
    return (List<T>) fields.get(field);
  }

  @SuppressWarnings("unchecked")
  Map<String, Object> object(String field) {
    return (Map<String, Object>) fields.get(field);
  }

  /** A decoder for the vector's parameters, from which the secret has been taken apart. */
  DotNetDecoder decoder() {
    return DotNetDecoder.of(DotNetParameters.parse(openParameters()), secret());
  }

  Map<String, Object> openParameters() {
    Map<String, Object> open = withoutSecrets(object("parameters"));
    open.computeIfPresent(
        "mac", (field, value) -> withoutSecrets(new Vector(file, open).object("mac")));
    return open;
  }

  DotNetSecret secret() {
    Map<String, Object> parameters = object("parameters");
    Map<String, Object> secret = new LinkedHashMap<>(parameters);
    if (parameters.containsKey("mac")) {
      secret.putAll(new Vector(file, parameters).object("mac"));
    }
    secret.keySet().retainAll(DotNetSecret.fieldNames());
    return DotNetSecret.parse(secret);
  }

  private static Map<String, Object> withoutSecrets(Map<String, Object> fields) {
    Map<String, Object> open = new LinkedHashMap<>(fields);
    open.keySet().removeAll(DotNetSecret.fieldNames());
    return open;
  }
}
