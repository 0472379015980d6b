package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ListCommandTest {
  private final CommandWorld world = new CommandWorld();

  @Test
  void showsHowTheEntriesOfATenantAre() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7).warm("acme", "broken", "???", 2);
    world.clock.advance(Duration.ofSeconds(10));

    CommandWorld.Result result = world.run("list", "acme");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .isEqualTo(
            """
            NAME    CONDITION  VERSION  AGE  EXPIRES IN
            bank    warm       7        10s  14m50s
            broken  failed     2        10s  -           BAD_PADDING
            """);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void entriesBecomeDueAndColdWithTime() {
    world.warm("acme", "bank", "enc:x", 7);
    world.clock.advance(Duration.ofMinutes(3));
    assertThat(world.run("list", "acme").out()).contains("bank  due ");

    world.clock.advance(Duration.ofMinutes(12));
    assertThat(world.run("list", "acme").out()).contains("bank  cold ").contains("expired");
  }

  @Test
  void jsonHasEverythingButWhatIsSealed() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7).warm("acme", "broken", "???", 2);

    CommandWorld.Result result = world.run("list", "acme", "--json");

    assertThat(result.out()).isEqualTo(Golden.read("list-entries.json"));
    assertThat(result.out()).doesNotContain(CommandWorld.CANARY);
  }

  @Test
  void saysSoIfATenantIsNotOnTheWheel() {
    world.warm("acme", "bank", "enc:x", 7);
    assertThat(world.wheel.prepareLeave("acme", "test") && world.wheel.leave("acme", "test"))
        .isTrue();

    assertThat(world.run("list", "acme").err()).contains("acme is not on the wheel");
  }

  @Test
  void aTenantNobodyKnowsIsNotFound() {
    CommandWorld.Result result = world.run("list", "nobody");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err())
        .isEqualTo("keepwarm: NOT_FOUND: nobody has no entries and is not on the wheel\n");
  }

  @Test
  void pagesThroughTheTenantsOfTheWheel() {
    List<String> tenants = IntStream.range(10, 35).mapToObj(i -> "tenant-" + i).toList();
    tenants.forEach(world.wheel::enrol);

    List<Object> listed = new ArrayList<>();
    Object next = null;
    do {
      CommandWorld.Result page =
          next == null
              ? world.run("list", "--json", "--limit", "10")
              : world.run("list", "--json", "--limit", "10", "--from", (String) next);
      assertThat(page.exitCode()).isZero();
      List<?> rows = (List<?>) page.json().get("tenants");
      assertThat(rows).hasSizeLessThanOrEqualTo(10);
      rows.forEach(row -> listed.add(((Map<?, ?>) row).get("tenant")));
      next = page.json().get("next");
    } while (next != null);

    assertThat(listed).isEqualTo(tenants);
  }

  @Test
  void saysHowToGoOnWithTheNextPage() {
    world.wheel.enrol("a");
    world.wheel.enrol("b");

    CommandWorld.Result result = world.run("list", "--limit", "1");

    assertThat(result.out()).isEqualTo("TENANT  SLOT\na       10\n");
    assertThat(result.err()).isEqualTo("keepwarm: there may be more; continue with --from a\n");
  }

  @Test
  void refusesAnIdOutsideTheGrammarWithoutRepeatingIt() {
    CommandWorld.Result result = world.run("list", CommandWorld.CANARY + " ");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("keepwarm: INVALID_ID: ")
        .doesNotContain(CommandWorld.CANARY);
  }
}
