package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wrong values that a person can write into {@code cdk.json}, and their error messages. */
class BadInputTest {
  @TempDir Path directory;

  @BeforeEach
  void zipsAndProfiles() throws IOException {
    new Synthesised(directory).zip("managed.zip");
    new Synthesised(directory).zip("pinned.zip");
    Files.writeString(directory.resolve("good.json"), Variants.PROFILES);
    Files.writeString(directory.resolve("not.json"), "{\"profiles\": {");
    Files.writeString(
        directory.resolve("wrong.json"), "{\"profiles\": {\"payroll\": {\"scheme\": \"rot13\"}}}");
    Files.writeString(
        directory.resolve("plain.json"), "{\"profiles\": {\"p\": {\"scheme\": \"plain\"}}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'ttl': '5m'}                                 | ttl: PT5M is too short for a tick of PT1M",
        "{'ttl': '10m', 'tick': '2m'}                  | ttl: PT10M is too short for a tick of PT2M",
        "{'ttl': '25h'}                                | ttl: must be a duration from",
        "{'ttl': 'soon'}                               | ttl: must be a duration from",
        "{'ttl': 15}                                   | ttl: must be a duration from",
        "{'tick': '90s'}                               | tick: must be whole minutes from 1 to 60",
        "{'tick': '0'}                                 | tick: must be whole minutes",
        "{'flexibleWindow': '2h'}                      | flexibleWindow: must be whole minutes",
        "{'checkEvery': '6m'}                          | checkEvery: must be a duration from PT1S",
        "{'freshness': 'yes'}                          | freshness: must be true or false",
        "{'sealLife': '29m'}                           | sealLife: must be a duration from PT30M",
        "{'slots': 0}                                  | slots: must be a whole number from 1",
        "{'slots': 1000000}                            | slots: 1000000 slots in a turn of 300000 ms",
        "{'slots': 'many'}                             | slots: must be a whole number",
        "{'parallel': 5000}                            | parallel: must be a whole number from 1",
        "{'keepResolversWarm': 101}                    | keepResolversWarm: must be a whole number from 0",
        "{'discoverEvery': '31d'}                      | discoverEvery: must be a duration",
        "{'retryFailed': '2h'}                         | retryFailed: must be a duration",
        "{'source': {'kind': 'mongodb'}}               | source.kind: must be one of dynamodb jdbc",
        "{'source': 'jdbc'}                            | source: must be an object",
        "{'source': {'kind': 'dynamodb', 'url': 'x'}}  | source.url: unknown; must be one of [kind]",
        "{'source': {'kind': 'jdbc'}}                  | source.variables.KEEPWARM_JDBC_URL: must be set",
        "{'source': {'kind': 'jdbc', 'variables': {'KEEPWARM_JDBC_URL': 'x', 'KEEPWARM_JDBC_QUERY': '?'}}} | source.variables.KEEPWARM_JDBC_URL: must begin with jdbc:",
        "{'source': {'kind': 'jdbc', 'variables': {'KEEPWARM_JDBC_URL': 'jdbc:x', 'KEEPWARM_JDBC_QUERY': '?'}}} | discoverEvery: must be 0 without",
        "{'discoverEvery': '0', 'source': {'kind': 'jdbc', 'variables': {'KEEPWARM_JDBC_URL': 'jdbc:x', 'KEEPWARM_JDBC_QUERY': '?', 'PATH': '/'}}} | source.variables.PATH: must begin with KEEPWARM_JDBC_",
        "{'discoverEvery': '0', 'source': {'kind': 'jdbc', 'variables': {'KEEPWARM_JDBC_URL': 'jdbc:x', 'KEEPWARM_JDBC_QUERY': '?'}, 'vpc': {'vpcId': 'v', 'subnetIds': []}}} | source.vpc: must have a subnet",
        "{'discoverEvery': '0', 'source': {'kind': 'jdbc', 'variables': {'KEEPWARM_JDBC_URL': 'jdbc:x', 'KEEPWARM_JDBC_QUERY': '?'}, 'driverLayers': ['postgresql.jar']}} | source.driverLayers: must be ARNs",
        "{'source': {'kind': 'secretsmanager', 'prefix': 'keepwarm'}} | source.prefix: must be 2 to 255",
        "{'source': {'kind': 'secretsmanager', 'secretsKey': 'alias/x'}} | source.secretsKey: must be the ARN of a KMS key",
        "{'profiles': 'absent.json'}                   | profiles: no readable file at absent.json",
        "{'profiles': 'not.json'}                      | profiles: the profiles must be a JSON object",
        "{'profiles': 'wrong.json'}                    | profiles: profiles.payroll.scheme",
        "{'profiles': 'plain.json'}                    | profiles: the scheme plain is allowed only with",
        "{'managedCode': 'absent.zip'}                 | managedCode: no file at",
        "{'pinnedCode': 'absent.zip'}                  | pinnedCode: no file at",
        "{'extensionCode': 'a.zip'}                    | extensionCode: must be a list of strings",
        "{'extensionCode': ['absent.zip']}             | extensionCode: no file at",
        "{'extensionCode': ['managed.zip']}            | extensionCode: ",
        "{'resolverForm': 'native'}                    | resolverForm: must be one of managed pinned",
        "{'pinnedArchitecture': 'riscv'}               | pinnedArchitecture: must be one of arm64",
        "{'decryptorMemory': 64}                       | decryptorMemory: must be a whole number",
        "{'decryptorTimeout': '1s'}                    | decryptorTimeout: must be whole seconds",
        "{'dueConcurrency': 1}                         | dueConcurrency: must be a whole number from 2",
        "{'resolverForm': 'managed', 'resolverConcurrency': 2} | resolverConcurrency: must be 0",
        "{'formerKeys': ['alias/keepwarm']}            | formerKeys: must be ARNs of KMS keys",
        "{'formerKeys': ['arn:aws:kms:eu-central-1:111122223333:alias/keepwarm']} | formerKeys: must be ARNs of KMS keys",
        "{'formerKeys': 'all'}                         | formerKeys: must be a list of strings",
        "{'decryptorReservedConcurrency': 14}          | decryptorReservedConcurrency: must be 0, or a whole number from 15",
        "{'resolverConcurrency': 4, 'resolverReservedConcurrency': 3} | resolverReservedConcurrency: must be 0, or a whole number from 4",
        "{'keepResolversWarm': 4, 'resolverReservedConcurrency': 4} | resolverReservedConcurrency: must be 0, or a whole number from 5",
        "{'warmerReservedConcurrency': 1001}           | warmerReservedConcurrency: must be 0",
        "{'snapStart': 'no'}                           | snapStart: must be true or false",
        "{'existingKey': 'alias/mine'}                 | existingKey: must be the ARN of a KMS key",
        "{'readers': ['arn:aws:iam::111122223333:role/*']} | readers: must be ARNs of IAM roles",
        "{'publishers': ['*']}                         | publishers: must be ARNs of IAM roles",
        "{'publishers': ['arn:aws:iam::111122223333:root']} | publishers: must be ARNs of IAM roles",
        "{'publishers': 'me'}                          | publishers: must be a list of strings",
        "{'logRetentionDays': 31}                      | logRetentionDays: must be one of [1, 3, 5,",
        "{'archiveRetentionDays': 0}                   | archiveRetentionDays: must be a whole number",
        "{'coldReadShare': 2}                          | coldReadShare: must be a number greater than 0",
        "{'coldReadShare': 'few'}                      | coldReadShare: must be a number greater than 0",
        "{'alarmTopic': 'pager'}                       | alarmTopic: must be the ARN of an SNS topic",
        "{'suffix': 'a_b'}                             | suffix: must be at most 32 letters",
        "{'suffix': '-dlq'}                            | suffix: must be at most 32 letters, digits and hyphens, and not begin with -dlq",
        "{'suffix': '-an-archive-has-48-characters-all'} | suffix: must be at most 32 letters",
        "{'ttl': ['15m']}                              | ttl: must be a string or a number",
        "{'managedCode': true}                         | managedCode: must be a string or a number",
        "{'source': {'kind': true}}                    | source.kind: must be a string or a number",
        "{'source': {'kind': 'jdbc', 'variables': {'KEEPWARM_JDBC_URL': true}}} | source.variables.KEEPWARM_JDBC_URL: must be a string or a number",
        "{'timeToLive': '15m'}                         | timeToLive: unknown; must be one of [",
      })
  void isRefusedWithTheNameOfTheProperty(String json, String message) throws IOException {
    KeepwarmException refused =
        catchThrowableOfType(
            KeepwarmException.class, () -> PropsReader.read(object(json), directory));

    assertThat(refused).isNotNull().hasMessageStartingWith("INVALID_CONFIGURATION: " + message);
    assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}",
        "{'ttl': '12m'}",
        "{'ttl': '6m', 'flexibleWindow': '0'}",
        "{'idleAfter': '1h'}",
        "{'idleAfter': '1h', 'discoverEvery': '0'}",
        "{'profiles': 'good.json'}",
        "{'source': {'kind': 'secretsmanager', 'profile': 'p'}, 'profiles': 'plain.json'}",
        "{'coldReadShare': 0.5, 'slots': 64, 'resolverConcurrency': 2}",
        "{'publishers': ['arn:aws:iam::111122223333:role/a/b']}",
        "{'formerKeys': ['arn:aws:kms:eu-central-1:111122223333:key/0', 'arn:aws-cn:kms:cn-north-1:111122223333:key/1']}",
      })
  void whatIsRightIsTaken(String json) throws IOException {
    assertThat(PropsReader.read(object(json), directory)).isNotNull();
  }

  @Test
  void theDocumentNamesEveryPropertyAndItsDefault() throws Exception {
    String document = Files.readString(Path.of("../docs/deploying.md"));
    String table = document.substring(document.indexOf("| property |"));
    KeepwarmProps defaults = PropsReader.read(object("{}"), directory);
    Set<String> documented = new TreeSet<>();
    Set<String> compared = new TreeSet<>();
    for (String row : table.substring(0, table.indexOf("\n\n")).lines().skip(2).toList()) {
      String[] cells = row.split("\\|");
      List<String> names =
          Pattern.compile("`(\\w+)`")
              .matcher(cells[1])
              .results()
              .map(name -> name.group(1))
              .toList();
      documented.addAll(names);
      // A default that is described in words cannot be set.
      String[] values = cells[2].replaceAll("\\(.*?\\)", "").strip().split(" ?, ");
      for (int i = 0; i < values.length && values.length == names.size(); i++) {
        String value = values[i].replaceAll("^`([\\w.]+)`$", "'$1'").replace("`", "").strip();
        if (value.matches("'.*'|\\{.*}|[\\d.]+")) {
          String json = value.replaceAll("'(true|false)'", "$1");
          Method property = KeepwarmProps.class.getDeclaredMethod(names.get(i));
          assertThat(
                  property.invoke(
                      PropsReader.read(
                          object("{'%s': %s}".formatted(names.get(i), json)), directory)))
              .as(names.get(i))
              .isEqualTo(property.invoke(defaults));
          compared.add(names.get(i));
        }
      }
    }
    KeepwarmException refused =
        catchThrowableOfType(
            KeepwarmException.class,
            () -> PropsReader.read(object("{'unknown': true}"), directory));

    String known = String.valueOf(refused.getMessage()).replaceAll(".*\\[|\\].*", "");
    assertThat(documented).containsExactlyInAnyOrder(known.split(", "));
    assertThat(compared).hasSizeGreaterThan(25);
  }

  @Test
  void aPinnedZipForAnotherArchitectureIsRefused() throws IOException {
    try (ZipOutputStream zip =
        new ZipOutputStream(Files.newOutputStream(directory.resolve("intel.zip")))) {
      zip.putNextEntry(new ZipEntry("jre/bin/java"));
      byte[] elf = new byte[64];
      elf[18] = 0x3e;
      zip.write(elf);
    }

    assertThat(
            catchThrowableOfType(
                KeepwarmException.class,
                () ->
                    PropsReader.read(
                        object("{'pinnedCode': 'intel.zip', 'pinnedArchitecture': 'arm64'}"),
                        directory)))
        .hasMessageEndingWith("pinnedArchitecture: must be x86_64, the architecture of pinnedCode");
    // Without the property, the zip's architecture counts.
    assertThat(
            PropsReader.read(object("{'pinnedCode': 'intel.zip'}"), directory).pinnedArchitecture())
        .isEqualTo(KeepwarmProps.PinnedArchitecture.X86_64);
  }

  @Test
  void theErrorOfTheAppIsOneLineThatNamesTheProperty() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(),
                KeepwarmApp.class.getName())
            .redirectErrorStream(true)
            .directory(directory.toFile())
            .start();
    // Without a context, the zips are not in the directory of the build.
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(output.lines().filter(line -> line.startsWith("keepwarm: ")))
        .singleElement()
        .asString()
        .startsWith("keepwarm: INVALID_CONFIGURATION: managedCode: no file at ");
    assertThat(output).doesNotContain("\tat ");
  }

  /** Ours, for a process that is started elsewhere. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
      new TypeReference<>() {};

  private Map<String, Object> object(String json) throws IOException {
    Map<String, Object> object =
        new LinkedHashMap<>(Map.of("managedCode", "managed.zip", "pinnedCode", "pinned.zip"));
    object.putAll(new ObjectMapper().readValue(json.replace('\'', '"'), OBJECT));
    return object;
  }
}
