package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every change of a function's behaviour publishes a new version. Callers invoke the alias, which
 * stays at its version, so a change without a new version would silently never go live.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VersionsTest {
  private static final String OTHER_KEY = "arn:aws:kms:eu-central-1:111122223333:key/former";

  private static final Map<String, UnaryOperator<KeepwarmProps.Builder>> CHANGES =
      Map.ofEntries(
          Map.entry("profiles", props -> props.profiles(edited())),
          Map.entry("profiles removed", props -> props.profiles(null)),
          Map.entry("ttl", props -> props.ttl(Duration.ofMinutes(30))),
          Map.entry("formerKeys", props -> props.formerKeys(List.of(OTHER_KEY))),
          Map.entry("parallel", props -> props.parallel(8)),
          Map.entry("keepResolversWarm", props -> props.keepResolversWarm(2)),
          Map.entry("decryptorMemory", props -> props.decryptorMemory(2048)),
          Map.entry("decryptorTimeout", props -> props.decryptorTimeout(Duration.ofSeconds(30))),
          Map.entry("driver layer", props -> props.source(withDriver(5))),
          Map.entry("query", props -> props.source(withQuery("SELECT 1 WHERE ? IS NULL"))));

  private Synthesised synthesised;
  private Map<String, String> before;

  @BeforeAll
  void synthesise(@TempDir Path directory) {
    synthesised = new Synthesised(directory);
    before = versions(base(synthesised.props()));
  }

  @ParameterizedTest
  @CsvSource({
    "profiles, Decryptor Resolver",
    "profiles removed, Decryptor Resolver",
    "ttl, Decryptor Resolver Warmer",
    "formerKeys, Decryptor Resolver Warmer",
    "parallel, Decryptor Resolver Warmer",
    "keepResolversWarm, Decryptor Resolver Warmer",
    "decryptorMemory, Decryptor",
    "decryptorTimeout, Decryptor",
    "driver layer, Decryptor Resolver Warmer",
    "query, Decryptor Resolver Warmer",
  })
  void aChangePublishesNewVersionsOfTheFunctionsThatItIsAbout(String change, String functions) {
    assertThat(changed(CHANGES.get(change).apply(base(synthesised.props()))))
        .containsExactlyElementsOf(Arrays.asList(functions.split(" ")));
  }

  @Test
  void otherCodePublishesNewVersions() throws Exception {
    Path zip = synthesised.zip("managed.zip");
    byte[] was = Files.readAllBytes(zip);
    try {
      Files.write(zip, "other code".getBytes(StandardCharsets.UTF_8));

      assertThat(changed(base(synthesised.props()))).containsExactly("Decryptor", "Warmer");
    } finally {
      Files.write(zip, was);
    }
  }

  @Test
  void nothingPublishesNothing() {
    assertThat(changed(base(synthesised.props()))).isEmpty();
  }

  private static KeepwarmProps.Builder base(KeepwarmProps.Builder props) {
    return Variants.jdbc(props).profiles(Variants.PROFILES);
  }

  private static String edited() {
    return Variants.PROFILES.replace("\"AQID\"", "\"BAUG\"");
  }

  private static SourceProps withDriver(int version) {
    SourceProps.Jdbc jdbc = Variants.JDBC;
    return new SourceProps.Jdbc(
        jdbc.variables(),
        List.of("arn:aws:lambda:eu-central-1:111122223333:layer:postgresql:" + version),
        jdbc.vpc(),
        jdbc.secretKey());
  }

  private static SourceProps withQuery(String query) {
    SourceProps.Jdbc jdbc = Variants.JDBC;
    Map<String, String> variables = new TreeMap<>(jdbc.variables());
    variables.put("KEEPWARM_JDBC_QUERY", query);
    return new SourceProps.Jdbc(variables, jdbc.driverLayers(), jdbc.vpc(), jdbc.secretKey());
  }

  private TreeSet<String> changed(KeepwarmProps.Builder props) {
    Map<String, String> now = versions(props);
    return before.keySet().stream()
        .filter(function -> !before.get(function).equals(now.get(function)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The logical id of each function's version. CloudFormation publishes a version for a new id. */
  private Map<String, String> versions(KeepwarmProps.Builder props) {
    JsonNode template = synthesised.template(given -> props);
    Map<String, String> versions = new TreeMap<>();
    for (String id : Synthesised.resources(template, "AWS::Lambda::Version").keySet()) {
      versions.put(id.replaceAll("Keepwarm(.*)CurrentVersion.*", "$1"), id);
    }
    assertThat(versions).containsOnlyKeys("Decryptor", "Resolver", "Warmer");
    return versions;
  }
}
