package dev.keepwarm.infra;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.engine.SourceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads properties from the object {@code keepwarm} in the context of {@code cdk.json}. Unknown
 * properties are refused. An absent property keeps the default of {@link KeepwarmProps}.
 */
final class PropsReader {
  private static final Duration LONGEST = Duration.ofDays(366);

  private final Map<String, ?> object;
  private final Path directory;
  private final Environment texts;

  /** Every property that was read: any other is unknown. */
  private final Set<String> known = new HashSet<>();

  private PropsReader(Map<String, ?> object, Path directory) {
    this.object = object;
    this.directory = directory;
    this.texts = new Environment(texts(object));
  }

  /**
   * @param object strings, numbers, booleans, lists of strings, and objects of these
   * @param directory the directory that paths are relative to
   * @throws KeepwarmException {@code INVALID_CONFIGURATION}; names the property and says what it
   *     must be
   */
  static KeepwarmProps read(Map<?, ?> object, Path directory) {
    return new PropsReader(object("keepwarm", object), directory).read();
  }

  private KeepwarmProps read() {
    KeepwarmProps.Builder builder =
        KeepwarmProps.builder(
            path("managedCode", "packaging/target/keepwarm-managed.zip"),
            path("pinnedCode", "packaging/target/keepwarm-pinned.zip"));
    text("suffix", builder::suffix);
    duration("ttl", builder::ttl);
    duration("checkEvery", builder::checkEvery);
    flag("freshness", builder::freshness);
    duration("sealLife", builder::sealLife);
    duration("tick", builder::tick);
    duration("flexibleWindow", builder::flexibleWindow);
    number("slots", builder::slots);
    duration("discoverEvery", builder::discoverEvery);
    duration("idleAfter", builder::idleAfter);
    duration("retryFailed", builder::retryFailed);
    number("parallel", builder::parallel);
    number("keepResolversWarm", builder::keepResolversWarm);
    if (has("source")) {
      builder.source(source());
    }
    text("profiles", file -> builder.profiles(profiles(file)));
    choice(
        "pinnedArchitecture", KeepwarmProps.PinnedArchitecture.ARM64, builder::pinnedArchitecture);
    choice("decryptorForm", CodeForm.MANAGED, builder::decryptorForm);
    choice("resolverForm", CodeForm.MANAGED, builder::resolverForm);
    choice("warmerForm", CodeForm.MANAGED, builder::warmerForm);
    number("decryptorMemory", builder::decryptorMemory);
    number("resolverMemory", builder::resolverMemory);
    number("warmerMemory", builder::warmerMemory);
    duration("decryptorTimeout", builder::decryptorTimeout);
    number("dueConcurrency", builder::dueConcurrency);
    number("changesConcurrency", builder::changesConcurrency);
    number("resolverConcurrency", builder::resolverConcurrency);
    list("formerKeys", builder::formerKeys);
    list("publishers", builder::publishers);
    number("logRetentionDays", builder::logRetentionDays);
    number("archiveRetentionDays", builder::archiveRetentionDays);
    text("coldReadShare", share -> builder.coldReadShare(share(share)));
    text("alarmTopic", builder::alarmTopic);
    list("readers", builder::readers);
    number("decryptorReservedConcurrency", builder::decryptorReservedConcurrency);
    number("resolverReservedConcurrency", builder::resolverReservedConcurrency);
    number("warmerReservedConcurrency", builder::warmerReservedConcurrency);
    flag("eventSchemas", builder::eventSchemas);
    flag("snapStart", builder::snapStart);
    text("existingKey", builder::existingKey);
    flag("existingTables", builder::existingTables);
    list(
        "extensionCode",
        zips -> builder.extensionCode(zips.stream().map(directory::resolve).toList()));
    refuseUnknown("", object, known);
    return builder.build();
  }

  /** Whether the property is present; also marks it as known. */
  private boolean has(String property) {
    known.add(property);
    return object.containsKey(property);
  }

  private Path path(String property, String otherwise) {
    text(property, text -> {});
    return directory.resolve(texts.text(property, otherwise));
  }

  private void text(String property, Consumer<String> set) {
    if (has(property)) {
      checkText(property, object.get(property));
    }
    String text = texts.optional(property);
    if (text != null) {
      set.accept(text);
    }
  }

  private void duration(String property, Consumer<Duration> set) {
    text(
        property,
        text -> set.accept(texts.duration(property, Duration.ZERO, Duration.ZERO, LONGEST)));
  }

  private void number(String property, IntConsumer set) {
    text(property, text -> set.accept(texts.integer(property, 0, 0, Integer.MAX_VALUE)));
  }

  /** A constant of the enum to which {@code any} belongs. */
  private <E extends Enum<E>> void choice(String property, E any, Consumer<E> set) {
    text(property, text -> set.accept(texts.choice(property, any)));
  }

  private void flag(String property, Consumer<Boolean> set) {
    if (has(property)) {
      if (!(object.get(property) instanceof Boolean value)) {
        throw PropsCheck.invalid(property, "must be true or false");
      }
      set.accept(value);
    }
  }

  private void list(String property, Consumer<List<String>> set) {
    if (has(property)) {
      set.accept(list(property, object.get(property)));
    }
  }

  private SourceProps source() {
    Map<String, ?> source = object("source", object.get("source"));
    for (String text : List.of("kind", "secretKey", "prefix", "profile", "secretsKey")) {
      checkText("source." + text, source.get(text));
    }
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
            variables(object("source.variables", source.get("variables"))),
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

  private static Map<String, String> variables(Map<String, ?> variables) {
    variables.forEach((name, value) -> checkText("source.variables." + name, value));
    return texts(variables);
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

  private String profiles(String file) {
    try {
      return Files.readString(directory.resolve(file));
    } catch (IOException e) {
      throw PropsCheck.invalid("profiles", "no readable file at " + file);
    }
  }

  private static double share(String share) {
    try {
      return Double.parseDouble(share);
    } catch (NumberFormatException e) {
      throw PropsCheck.invalid("coldReadShare", "must be a number greater than 0 and at most 1");
    }
  }

  /** Without this, a value of another type would count as absent. */
  private static void checkText(String property, @Nullable Object value) {
    if (value != null && !(value instanceof String) && !(value instanceof Number)) {
      throw PropsCheck.invalid(property, "must be a string or a number");
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

  /** Strings, and numbers as strings. */
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
