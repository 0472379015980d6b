package dev.keepwarm.infra;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.engine.SourceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads properties out of the object {@code keepwarm} in the context of {@code cdk.json}. Every
 * property that is there has to be known; its value is checked as {@link KeepwarmProps} has it.
 */
final class PropsReader {
  private static final Duration LONGEST = Duration.ofDays(366);

  private static final Set<String> KNOWN =
      Set.of(
          "suffix",
          "ttl",
          "tick",
          "flexibleWindow",
          "slots",
          "discoverEvery",
          "idleAfter",
          "retryFailed",
          "parallel",
          "source",
          "profiles",
          "managedCode",
          "pinnedCode",
          "pinnedArchitecture",
          "decryptorForm",
          "resolverForm",
          "warmerForm",
          "decryptorMemory",
          "resolverMemory",
          "warmerMemory",
          "decryptorTimeout",
          "dueConcurrency",
          "changesConcurrency",
          "resolverConcurrency",
          "formerKeys",
          "publishers",
          "logRetentionDays",
          "archiveRetentionDays",
          "coldReadShare",
          "alarmTopic",
          "readers",
          "decryptorReservedConcurrency",
          "resolverReservedConcurrency",
          "warmerReservedConcurrency",
          "eventSchemas",
          "snapStart",
          "existingKey",
          "existingTables");

  private final Map<String, ?> object;
  private final Path directory;
  private final Environment texts;

  private PropsReader(Map<String, ?> object, Path directory) {
    this.object = object;
    this.directory = directory;
    this.texts = new Environment(texts(object));
  }

  /**
   * @param object texts, numbers, lists of texts, and objects of these
   * @param directory what paths are relative to
   * @throws KeepwarmException {@code INVALID_CONFIGURATION}; names the property and what it takes
   */
  static KeepwarmProps read(Map<?, ?> object, Path directory) {
    return new PropsReader(object("keepwarm", object), directory).read();
  }

  private KeepwarmProps read() {
    refuseUnknown("", object, KNOWN);
    Duration idleAfter = duration("idleAfter", Duration.ZERO);
    return KeepwarmProps.builder(
            directory.resolve(texts.text("managedCode", "packaging/target/keepwarm-managed.zip")),
            directory.resolve(texts.text("pinnedCode", "packaging/target/keepwarm-pinned.zip")))
        .suffix(texts.text("suffix", ""))
        .ttl(duration("ttl", Duration.ofMinutes(15)))
        .tick(duration("tick", Duration.ofMinutes(1)))
        .flexibleWindow(duration("flexibleWindow", Duration.ofMinutes(1)))
        .slots(number("slots", 1024))
        .discoverEvery(duration("discoverEvery", KeepwarmProps.discoverEveryByDefault(idleAfter)))
        .idleAfter(idleAfter)
        .retryFailed(duration("retryFailed", Duration.ofSeconds(30)))
        .parallel(number("parallel", 64))
        .source(source())
        .profiles(profiles())
        .pinnedArchitecture(
            texts.optional("pinnedArchitecture") == null
                ? null
                : texts.choice("pinnedArchitecture", KeepwarmProps.PinnedArchitecture.ARM64))
        .decryptorForm(texts.choice("decryptorForm", CodeForm.MANAGED))
        .resolverForm(texts.choice("resolverForm", CodeForm.PINNED))
        .warmerForm(texts.choice("warmerForm", CodeForm.MANAGED))
        .decryptorMemory(number("decryptorMemory", 1024))
        .resolverMemory(number("resolverMemory", 1769))
        .warmerMemory(number("warmerMemory", 512))
        .decryptorTimeout(duration("decryptorTimeout", Duration.ofSeconds(60)))
        .dueConcurrency(number("dueConcurrency", 5))
        .changesConcurrency(number("changesConcurrency", 5))
        .resolverConcurrency(number("resolverConcurrency", 0))
        .formerKeys(list("formerKeys", object.get("formerKeys")))
        .publishers(list("publishers", object.get("publishers")))
        .logRetentionDays(number("logRetentionDays", 30))
        .archiveRetentionDays(number("archiveRetentionDays", 14))
        .coldReadShare(share())
        .alarmTopic(texts.optional("alarmTopic"))
        .readers(list("readers", object.get("readers")))
        .decryptorReservedConcurrency(number("decryptorReservedConcurrency", 0))
        .resolverReservedConcurrency(number("resolverReservedConcurrency", 0))
        .warmerReservedConcurrency(number("warmerReservedConcurrency", 0))
        .eventSchemas(flag("eventSchemas", true))
        .snapStart(flag("snapStart", true))
        .existingKey(texts.optional("existingKey"))
        .existingTables(flag("existingTables", false))
        .build();
  }

  private SourceProps source() {
    Map<String, ?> source = object("source", object.get("source"));
    Environment fields = new Environment(prefixed("source.", texts(source)));
    return switch (fields.choice("source.kind", SourceKind.DYNAMODB)) {
      case DYNAMODB -> {
        refuseUnknown("source.", source, Set.of("kind"));
        yield new SourceProps.BuiltIn();
      }
      case JDBC -> {
        refuseUnknown(
            "source.", source, Set.of("kind", "variables", "driverLayers", "vpc", "secretKey"));
        yield new SourceProps.Jdbc(
            texts(object("source.variables", source.get("variables"))),
            list("source.driverLayers", source.get("driverLayers")),
            source.containsKey("vpc") ? vpc(object("source.vpc", source.get("vpc"))) : null,
            fields.optional("source.secretKey"));
      }
      case SECRETSMANAGER -> {
        refuseUnknown("source.", source, Set.of("kind", "prefix", "profile", "secretsKey"));
        yield new SourceProps.SecretsManager(
            fields.text("source.prefix", "keepwarm/"),
            fields.optional("source.profile"),
            fields.optional("source.secretsKey"));
      }
    };
  }

  private static SourceProps.VpcProps vpc(Map<String, ?> vpc) {
    refuseUnknown("source.vpc.", vpc, Set.of("vpcId", "subnetIds", "securityGroupIds"));
    if (!(vpc.get("vpcId") instanceof String vpcId)) {
      throw PropsCheck.invalid("source.vpc.vpcId", "must be a string");
    }
    return new SourceProps.VpcProps(
        vpcId,
        list("source.vpc.subnetIds", vpc.get("subnetIds")),
        list("source.vpc.securityGroupIds", vpc.get("securityGroupIds")));
  }

  private @Nullable String profiles() {
    String file = texts.optional("profiles");
    if (file == null) {
      return null;
    }
    try {
      return Files.readString(directory.resolve(file));
    } catch (IOException e) {
      throw PropsCheck.invalid("profiles", "no file at " + file + " that can be read");
    }
  }

  private Duration duration(String property, Duration otherwise) {
    return texts.duration(property, otherwise, Duration.ZERO, LONGEST);
  }

  private int number(String property, int otherwise) {
    return texts.integer(property, otherwise, 0, Integer.MAX_VALUE);
  }

  private boolean flag(String property, boolean otherwise) {
    Object value = object.get(property);
    if (value != null && !(value instanceof Boolean)) {
      throw PropsCheck.invalid(property, "must be true and false");
    }
    return value == null ? otherwise : (Boolean) value;
  }

  private double share() {
    String share = texts.optional("coldReadShare");
    try {
      return share == null ? 0.05 : Double.parseDouble(share);
    } catch (NumberFormatException e) {
      throw PropsCheck.invalid("coldReadShare", "must be a number above 0 and up to 1");
    }
  }

  private static void refuseUnknown(String prefix, Map<String, ?> object, Set<String> known) {
    for (String property : object.keySet()) {
      if (!known.contains(property)) {
        throw PropsCheck.invalid(
            prefix + property, "unknown; must be one of " + new TreeSet<>(known));
      }
    }
  }

  private static Map<String, ?> object(String property, @Nullable Object value) {
    if (value == null) {
      return Map.of();
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw PropsCheck.invalid(property, "must be an object");
    }
    Map<String, Object> object = new TreeMap<>();
    map.forEach((name, member) -> object.put(String.valueOf(name), member));
    return object;
  }

  private static List<String> list(String property, @Nullable Object value) {
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list) || !list.stream().allMatch(String.class::isInstance)) {
      throw PropsCheck.invalid(property, "must be a list of strings");
    }
    return list.stream().map(String.class::cast).toList();
  }

  /** What is a text, and numbers as text. */
  private static Map<String, String> texts(Map<String, ?> object) {
    Map<String, String> texts = new LinkedHashMap<>();
    object.forEach((name, value) -> {
      if (value instanceof String text) {
        texts.put(name, text);
      } else if (value instanceof Number number) {
        double real = number.doubleValue();
        texts.put(name, real == Math.rint(real) ? Long.toString((long) real) : number.toString());
      }
    });
    return texts;
  }

  private static Map<String, String> prefixed(String prefix, Map<String, String> texts) {
    Map<String, String> prefixed = new LinkedHashMap<>();
    texts.forEach((name, value) -> prefixed.put(prefix + name, value));
    return prefixed;
  }
}
