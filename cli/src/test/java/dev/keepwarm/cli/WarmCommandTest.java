package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Event;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WarmCommandTest {
  private final CommandWorld world = new CommandWorld();

  @Test
  void enrolsAndAsksForARefresh() {
    world.original("acme", "bank", "enc:x", 1);

    CommandWorld.Result result = world.run("warm", "acme");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("1 tenants requested, 1 newly enrolled\n");
    assertThat(world.wheel.enrolled()).containsExactly("acme");
    assertThat(world.bus.published()).containsExactly(new Event.TenantsDue(List.of("acme")));
  }

  @Test
  void waitsUntilAllOfTheTenantIsWarm() {
    world.original("acme", "bank", "enc:x", 1).original("acme", "api", "enc:y", 4);

    CommandWorld.Result result = world.run("warm", "acme", "--wait", "--json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo(Golden.read("warm.json"));
    assertThat(world.run("list", "acme").out()).contains("api   warm").contains("bank  warm");
  }

  @Test
  void whatCannotBeDecodedEndsTheWaiting() {
    world.original("acme", "bank", "enc:x", 1).original("acme", "broken", "???", 4);

    CommandWorld.Result result = world.run("warm", "acme", "--wait");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("1 warm, 1 failed").contains("acme broken: BAD_PADDING");
    assertThat(result.err()).startsWith("keepwarm: UNDECODABLE: ");
  }

  @Test
  void stopsWaitingInTime() {
    world.withoutDecryptor().original("acme", "bank", "enc:x", 1);
    long start = world.clock.millis();

    CommandWorld.Result result = world.run("warm", "acme", "--wait", "--timeout", "5s");

    assertThat(result.exitCode()).isEqualTo(6);
    assertThat(result.err())
        .isEqualTo(
            "keepwarm: TIMEOUT: 1 credentials are not ready yet: acme bank; the events were published\n");
    assertThat(world.clock.millis() - start).isEqualTo(5000);
  }

  @Test
  void namesTheFirstThatArePendingAndSaysHowManyMore() {
    world.withoutDecryptor();
    IntStream.range(0, 12).forEach(i -> world.original("t" + i, "a", "enc:x", 1));

    CommandWorld.Result result = world.run("warm", "--all", "--wait", "--timeout", "5s", "--json");

    assertThat(result.exitCode()).isEqualTo(6);
    assertThat(result.err())
        .containsPattern(
            "TIMEOUT: 12 credentials are not ready yet: (t\\d+ a(, )?){10} and 2 more; the events were");
    assertThat((List<?>) ((Map<?, ?>) result.json().get("waited")).get("pendingFirst")).hasSize(12);
  }

  @Test
  void asksForAllTenantsBeforeItWaitsForAny() {
    IntStream.range(0, 2000).forEach(i -> world.original("t" + i, "a", "enc:x", 1));
    FakeTerminal terminal = world.terminal();

    CommandWorld.Result result = world.run("warm", "--all", "--wait");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).endsWith("2000 warm\n");
    // 80 events of 25 tenants each were published before the first pause let the decryptor run.
    assertThat(world.publishedBeforeFirstPause).isEqualTo(80);
    assertThat(terminal.shown())
        .anyMatch(line -> line.matches("waiting .*[1-9][\\d,]* of 2,000.*"));
  }

  @Test
  void waitsForSlowOnesBehindThoseThatNeverCome() {
    IntStream.range(0, 600)
        .forEach(i -> world.original("t" + i, "a", i < 300 ? "enc:x" : "???", 1));

    CommandWorld.Result result = world.run("warm", "--all", "--wait");

    assertThat(result.out()).contains("300 warm, 300 failed");
  }

  @Test
  void doesNotEnrolWhatTheSourceDoesNotHave() {
    world.original("acme", "bank", "enc:x", 1);

    CommandWorld.Result result = world.run("warm", "acme", "acne");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err())
        .isEqualTo("keepwarm: NOT_FOUND: the source has no credentials of 1 tenants: acne\n");
    assertThat(world.wheel.enrolled()).containsExactly("acme");
  }

  @Test
  void warmsAllTenantsOfTheSource() {
    IntStream.range(0, 60).forEach(i -> world.original("t" + i, "a", "enc:x", 1));

    CommandWorld.Result result = world.run("warm", "--all", "--wait");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("60 tenants requested, 60 newly enrolled\n60 warm\n");
    assertThat(world.bus.published(Event.TenantsDue.class))
        .extracting(due -> due.tenants().size())
        .containsExactly(25, 25, 10);
  }

  @Test
  void reportsEventsThatWereNotAccepted() {
    world.original("acme", "bank", "enc:x", 1);
    world.bus.refuseNext(1);

    CommandWorld.Result result = world.run("warm", "acme", "--wait", "--json");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.json()).containsEntry("asked", 0L).containsEntry("notAccepted", 1L);
    assertThat(result.err()).startsWith("keepwarm: UNAVAILABLE: 1 tenants' events not accepted");
  }

  @Test
  void wantsEitherTenantsOrAll() {
    assertThat(world.run("warm").exitCode()).isEqualTo(2);
    assertThat(world.run("warm", "acme", "--all").exitCode()).isEqualTo(2);
  }

  @Test
  void checksAllIdsBeforeItDoesAnything() {
    world.original("acme", "bank", "enc:x", 1);

    assertThat(world.run("warm", "acme", "a b").exitCode()).isEqualTo(2);
    assertThat(world.bus.published()).isEmpty();
  }
}
