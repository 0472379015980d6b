package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.keepwarm.core.internal.Json;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CostCommandTest {
  private final CommandWorld world = new CommandWorld();

  @Test
  void printsEveryCauseAndTheSum() {
    CommandWorld.Result result = world.run("cost", "--credentials", "1000");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("DynamoDB", "KMS", "Lambda", "entries sealed, writes")
        .containsPattern("a month +\\d")
        .contains("Prices of us-east-1 as of ");
  }

  @Test
  void comparesWithWhatElseThereIs() {
    CommandWorld.Result text = world.run("cost", "--credentials", "1000", "--compare");
    CommandWorld.Result json = world.run("cost", "--credentials", "1000", "--compare", "--json");

    assertThat(text.out())
        .containsPattern("a month +\\d")
        .containsPattern("a month with Secrets Manager +400\\.51")
        .containsPattern("a month with an awaited decryptor +\\d");
    assertThat(Json.parseObject(json.out().strip()).get("instead"))
        .asInstanceOf(InstanceOfAssertFactories.list(Map.class))
        .extracting(one -> one.get("with"))
        .containsExactly("Secrets Manager", "an awaited decryptor");
  }

  @Test
  void recordsStandBesideSealing() {
    CommandWorld.Result text = world.run("cost", "--credentials", "100000");

    assertThat(text.out()).containsPattern("a month with freshness records +\\d");
    assertThat(records()).isLessThan(dollars());
    assertThat(records("--check-every", "1m")).isGreaterThan(records("--check-every", "5m"));
    assertThat(records("--ttl", "1h", "--check-every", "5m"))
        .isEqualTo(records("--check-every", "5m"), within(0.5));
    assertThat(records("--seal-life", "1h")).isGreaterThan(records());
    assertThat(records("--seal-life", "7d")).isLessThan(records());
    assertThat(records("--ttl", "1d")).isEqualTo(records("--ttl", "1d", "--seal-life", "2d"));
    assertThat(records("--checked-per-second", "10")).isGreaterThan(records());
  }

  @Test
  void moreTenantsAndChangesCostMore() {
    assertThat(dollars("--per-tenant", "1")).isGreaterThan(dollars("--per-tenant", "10"));
    assertThat(dollars("--changes", "1000000")).isGreaterThan(dollars("--changes", "0"));
    assertThat(dollars("--reads", "100000000")).isGreaterThan(dollars("--reads", "0"));
    assertThat(dollars("--ttl", "1h")).isLessThan(dollars("--ttl", "15m"));
    assertThat(dollars("--sealed-per-second", "10"))
        .isGreaterThan(dollars("--sealed-per-second", "1000"));
  }

  @ParameterizedTest
  @CsvSource({
    "--credentials=0, --credentials: must be a whole number from 1",
    "--credentials=many, must be a whole number",
    "--credentials=5 --per-tenant=0, --per-tenant: must be a whole number from 1",
    "--credentials=5 --ttl=1m, --ttl: must be a duration from 6m to 1d",
    "--credentials=5 --ttl=soon, must be a duration up to 1d",
    "--credentials=5 --check-every=6m, --check-every: must be a duration from PT1S to PT5M",
    "--credentials=5 --check-every=soon, --check-every: must be a duration from PT1S to PT5M",
    "--credentials=5 --seal-life=29m, --seal-life: must be a duration from PT30M to PT168H",
    "--credentials=5 --ttl=1d --seal-life=1d, --seal-life: must be a duration from PT48H to PT168H",
    "--reads=5, --credentials"
  })
  void whatIsWrongIsNamed(String arguments, String message) {
    CommandWorld.Result result = world.run(("cost " + arguments).split(" "));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).contains(message).doesNotContain("many", "soon");
  }

  private double dollars(String... options) {
    return dollars(estimated(options));
  }

  private double records(String... options) {
    return dollars((Map<?, ?>) estimated(options).get("records"));
  }

  private static double dollars(Map<?, ?> estimate) {
    return ((Number) estimate.get("dollars")).doubleValue();
  }

  private Map<String, ?> estimated(String... options) {
    String[] arguments = new String[options.length + 4];
    System.arraycopy(new String[] {"cost", "--credentials", "10000", "--json"}, 0, arguments, 0, 4);
    System.arraycopy(options, 0, arguments, 4, options.length);
    return Json.parseObject(world.run(arguments).out().strip());
  }
}
