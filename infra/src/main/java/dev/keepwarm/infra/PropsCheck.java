package dev.keepwarm.infra;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.source.Sources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.Token;

/**
 * Refuses properties with which a stack would deploy but not work. For the settings that the
 * functions check when they start, it uses the functions' own parsers.
 */
final class PropsCheck {
  /**
   * The name of an archive has at most 48 characters, and {@code keepwarm-changes} takes 16. A
   * suffix that begins with the ending of dead-letter queues would give a queue the name of one in
   * a stack without a suffix.
   */
  static final Pattern SUFFIX = Pattern.compile("(?!-dlq)[A-Za-z0-9-]{0,32}");

  /** No wildcard and no account's root: either would admit every role that the account admits. */
  private static final Pattern PRINCIPAL =
      Pattern.compile("arn:aws[a-z-]*:iam::\\d{12}:(role|user)/[\\w+=,.@/-]{1,512}");

  private static final Pattern TOPIC =
      Pattern.compile("arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]{1,256}");

  private static final Pattern KEY =
      Pattern.compile("arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/.+");

  private static final Pattern LAYER =
      Pattern.compile("arn:aws[a-z-]*:lambda:[a-z0-9-]+:\\d{12}:layer:[A-Za-z0-9_-]+:\\d+");

  /** {@code VARIABLE: what it takes}, after the code. */
  private static final Pattern MESSAGE = Pattern.compile("(?:[A-Z_]+: )?(KEEPWARM_[A-Z_]+): (.*)");

  private static final Set<Integer> LOG_RETENTIONS =
      Set.of(
          1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
          2922, 3288, 3653);

  private PropsCheck() {}

  static void check(KeepwarmProps props) {
    if (!SUFFIX.matcher(props.suffix()).matches() && !Token.isUnresolved(props.suffix())) {
      throw invalid(
          "suffix", "must be at most 32 letters, digits and hyphens, and not begin with -dlq");
    }
    times(props);
    source(props);
    functions(props);
    operations(props);
  }

  private static void times(KeepwarmProps props) {
    minutes("tick", props.tick(), 1);
    minutes("flexibleWindow", props.flexibleWindow(), 0);
    byTheFunctions(() -> Settings.of(props.settings()));
    // An entry is half of ttl old when its slot comes round, and five sixths a turn later. The rest
    // must be enough for the tick and its window, or one missed turn makes entries cold.
    Duration left = Duration.ofMillis(Lifetimes.of(props.ttl()).soft());
    Duration late = props.tick().plus(props.flexibleWindow());
    if (left.compareTo(late) < 0) {
      throw invalid(
          "ttl",
          props.ttl()
              + " is too short for a tick of "
              + props.tick()
              + " with a flexibleWindow of "
              + props.flexibleWindow()
              + ": must be "
              + late.multipliedBy(6)
              + " or longer");
    }
  }

  private static void source(KeepwarmProps props) {
    byTheFunctions(() -> Sources.check(props.settings()));
    switch (props.source()) {
      case SourceProps.BuiltIn builtIn -> {
        // Nothing to set.
      }
      case SourceProps.Jdbc jdbc -> jdbc(props, jdbc);
      case SourceProps.SecretsManager secrets ->
          optional("source.secretsKey", secrets.secretsKey(), KEY, "the ARN of a KMS key");
    }
    String profiles = props.profiles();
    if (profiles != null) {
      byTheFunctions(() -> Profiles.parse(profiles).checkFor(props.source().kind()));
    }
  }

  private static void jdbc(KeepwarmProps props, SourceProps.Jdbc jdbc) {
    for (String variable : new TreeSet<>(jdbc.variables().keySet())) {
      if (!variable.startsWith("KEEPWARM_JDBC_")) {
        throw invalid("source.variables." + variable, "must begin with KEEPWARM_JDBC_");
      }
    }
    if (!jdbc.variables().containsKey("KEEPWARM_JDBC_TENANTS_QUERY")
        && !props.discoverEvery().isZero()) {
      throw invalid(
          "discoverEvery",
          "must be 0 without source.variables.KEEPWARM_JDBC_TENANTS_QUERY, which discovery "
              + "requires");
    }
    for (String layer : jdbc.driverLayers()) {
      if (!LAYER.matcher(layer).matches()) {
        throw invalid("source.driverLayers", "must be ARNs of layer versions");
      }
    }
    SourceProps.VpcProps vpc = jdbc.vpc();
    if (vpc != null && (vpc.subnetIds().isEmpty() || vpc.securityGroupIds().isEmpty())) {
      throw invalid("source.vpc", "must have a subnet and a security group");
    }
    optional("source.secretKey", jdbc.secretKey(), KEY, "the ARN of a KMS key");
  }

  private static void functions(KeepwarmProps props) {
    if (props.uses(CodeForm.MANAGED)) {
      zip("managedCode", props.managedCode());
    }
    if (props.uses(CodeForm.PINNED)) {
      zip("pinnedCode", props.pinnedCode());
      KeepwarmProps.PinnedArchitecture built = PinnedZip.architecture(props.pinnedCode());
      if (built != null && built != props.pinnedArchitecture()) {
        throw invalid(
            "pinnedArchitecture",
            "must be "
                + built.name().toLowerCase(Locale.ROOT)
                + ", the architecture of pinnedCode");
      }
    }
    Set<KeepwarmProps.PinnedArchitecture> extensions = new HashSet<>();
    for (Path extension : props.extensionCode()) {
      zip("extensionCode", extension);
      KeepwarmProps.PinnedArchitecture built = PinnedZip.ofExtension(extension);
      if (built == null) {
        throw invalid(
            "extensionCode", extension + " must be a zip that cache-reader/extension/build made");
      }
      if (!extensions.add(built)) {
        throw invalid(
            "extensionCode",
            "must have at most one zip per architecture; two are for "
                + built.name().toLowerCase(Locale.ROOT));
      }
    }
    within("decryptorMemory", props.decryptorMemory(), 128, 10_240);
    within("resolverMemory", props.resolverMemory(), 128, 10_240);
    within("warmerMemory", props.warmerMemory(), 128, 10_240);
    within("dueConcurrency", props.dueConcurrency(), 2, 1000);
    within("changesConcurrency", props.changesConcurrency(), 2, 1000);
    within("resolverConcurrency", props.resolverConcurrency(), 0, 1000);
    Duration timeout = props.decryptorTimeout();
    if (timeout.compareTo(Duration.ofSeconds(10)) < 0
        || timeout.compareTo(Duration.ofMinutes(15)) > 0
        || timeout.toNanosPart() != 0) {
      throw invalid("decryptorTimeout", "must be whole seconds from PT10S to PT15M");
    }
    reserved(
        "decryptorReservedConcurrency",
        props.decryptorReservedConcurrency(),
        // Otherwise pollers are throttled, and messages become dead letters unprocessed.
        props.dueConcurrency() + 2 * props.changesConcurrency());
    reserved(
        "resolverReservedConcurrency",
        props.resolverReservedConcurrency(),
        Math.max(
            Math.max(1, props.resolverConcurrency()),
            // Several are busy for a moment in each tick, and a reader may need one just then.
            props.keepResolversWarm() > 1 ? props.keepResolversWarm() + 1 : 1));
    reserved("warmerReservedConcurrency", props.warmerReservedConcurrency(), 1);
    if (props.resolverConcurrency() > 0
        && props.resolverForm() == CodeForm.MANAGED
        && props.snapStart()) {
      throw invalid("resolverConcurrency", "must be 0 with resolverForm managed and snapStart");
    }
  }

  private static void operations(KeepwarmProps props) {
    if (!props.formerKeys().stream().allMatch(former -> KEY.matcher(former).matches())) {
      throw invalid("formerKeys", "must be ARNs of KMS keys");
    }
    for (String publisher : props.publishers()) {
      checkRole("publishers", publisher);
    }
    for (String reader : props.readers()) {
      checkRole("readers", reader);
    }
    optional("existingKey", props.existingKey(), KEY, "the ARN of a KMS key");
    if (!LOG_RETENTIONS.contains(props.logRetentionDays())) {
      throw invalid("logRetentionDays", "must be one of " + new TreeSet<>(LOG_RETENTIONS));
    }
    within("archiveRetentionDays", props.archiveRetentionDays(), 1, 365);
    if (!(props.coldReadShare() > 0 && props.coldReadShare() <= 1)) {
      throw invalid("coldReadShare", "must be a number greater than 0 and at most 1");
    }
    optional("alarmTopic", props.alarmTopic(), TOPIC, "the ARN of an SNS topic");
  }

  /** Refuses anything but the ARN of one role or user. */
  static void checkRole(String property, String arn) {
    if (!PRINCIPAL.matcher(arn).matches()) {
      throw invalid(property, "must be ARNs of IAM roles and users, without wildcards");
    }
  }

  private static void reserved(String property, int value, int least) {
    if (value != 0 && (value < least || value > 1000)) {
      throw invalid(property, "must be 0, or a whole number from " + least + " to 1000");
    }
  }

  private static void zip(String property, Path file) {
    if (!Files.isRegularFile(file)) {
      throw invalid(property, "no file at " + file + "; see docs/deploying.md for how to build it");
    }
  }

  private static void minutes(String property, Duration value, int least) {
    Duration whole = Duration.ofMinutes(value.toMinutes());
    if (!value.equals(whole) || value.toMinutes() < least || value.toMinutes() > 60) {
      throw invalid(property, "must be whole minutes from " + least + " to 60");
    }
  }

  private static void within(String property, int value, int least, int most) {
    if (value < least || value > most) {
      throw invalid(property, "must be a whole number from " + least + " to " + most);
    }
  }

  private static void optional(String property, @Nullable String value, Pattern form, String what) {
    if (value != null && !form.matcher(value).matches()) {
      throw invalid(property, "must be " + what);
    }
  }

  /** Runs a check of the functions, and names the property in its error instead of the variable. */
  private static void byTheFunctions(Runnable check) {
    try {
      check.run();
    } catch (KeepwarmException e) {
      Matcher message = MESSAGE.matcher(String.valueOf(e.getMessage()));
      if (message.matches()) {
        throw invalid(Variables.property(message.group(1)), message.group(2));
      }
      String text = String.valueOf(e.getMessage());
      throw invalid("profiles", text.substring(text.indexOf(": ") + 2));
    }
  }

  /** The exception for a wrong property. */
  static KeepwarmException invalid(String property, String message) {
    return new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, property + ": " + message);
  }
}
