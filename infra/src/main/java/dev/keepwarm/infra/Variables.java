package dev.keepwarm.infra;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Maps properties to the functions' environment variables, and variables to properties. */
final class Variables {
  /** The path at which the layer provides the profiles. */
  static final String PROFILES_PATH = "/opt/keepwarm/profiles.json";

  /**
   * The property that sets a variable, for errors. A key stands for all variables that begin with
   * it.
   */
  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("KEEPWARM_TTL", "ttl"),
          Map.entry("KEEPWARM_CHECK_EVERY", "checkEvery"),
          Map.entry("KEEPWARM_FRESHNESS", "freshness"),
          Map.entry("KEEPWARM_SEAL_LIFE", "sealLife"),
          Map.entry("KEEPWARM_SLOTS", "slots"),
          Map.entry("KEEPWARM_DISCOVER_EVERY", "discoverEvery"),
          Map.entry("KEEPWARM_IDLE_AFTER", "idleAfter"),
          Map.entry("KEEPWARM_RETRY_FAILED", "retryFailed"),
          Map.entry("KEEPWARM_PARALLEL", "parallel"),
          Map.entry("KEEPWARM_KEEP_RESOLVERS_WARM", "keepResolversWarm"),
          Map.entry("KEEPWARM_PROFILES", "profiles"),
          Map.entry("KEEPWARM_SECRETS_PREFIX", "source.prefix"),
          Map.entry("KEEPWARM_SECRETS_PROFILE", "source.profile"));

  /** The digest of the profiles: when it changes, a new version of each function is published. */
  static final String PROFILES_DIGEST = "KEEPWARM_PROFILES_SHA256";

  private Variables() {}

  /** SHA-256 in hexadecimal. */
  static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static Map<String, String> of(KeepwarmProps props) {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("KEEPWARM_TTL", props.ttl().toString());
    if (props.checkEvery() != null) {
      variables.put("KEEPWARM_CHECK_EVERY", props.checkEvery().toString());
    }
    if (props.freshness()) {
      variables.put("KEEPWARM_FRESHNESS", "true");
    }
    if (props.sealLife() != null) {
      variables.put("KEEPWARM_SEAL_LIFE", props.sealLife().toString());
    }
    variables.put("KEEPWARM_SLOTS", Integer.toString(props.slots()));
    variables.put("KEEPWARM_DISCOVER_EVERY", props.discoverEvery().toString());
    variables.put("KEEPWARM_IDLE_AFTER", props.idleAfter().toString());
    variables.put("KEEPWARM_RETRY_FAILED", props.retryFailed().toString());
    variables.put("KEEPWARM_PARALLEL", Integer.toString(props.parallel()));
    variables.put("KEEPWARM_KEEP_RESOLVERS_WARM", Integer.toString(props.keepResolversWarm()));
    variables.putAll(props.source().environment());
    return variables;
  }

  /** The property that a variable comes from; the variable itself if it is one of a source's. */
  static String property(String variable) {
    String property = PROPERTIES.get(variable);
    return property == null ? "source.variables." + variable : property;
  }
}
