package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** With a malformed item of a tenant, every command still works, and changes repair the item. */
class MalformedItemTest {
  private final CommandWorld world = new CommandWorld();

  @BeforeEach
  void oneOfTwoIsMalformed() {
    world.warm("acme", "a", "enc:x", 1).warm("acme", "uni", "enc:y", 2);
    CredentialId id = new CredentialId("acme", "a");
    Map<String, AttributeValue> item = new HashMap<>(Objects.requireNonNull(world.cache.item(id)));
    item.put("version", AttributeValue.fromS("1"));
    world.cache.plant(item);
  }

  @Test
  void itIsListedBesideItsSibling() {
    CommandWorld.Result result = world.run("list", "acme");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .isEqualTo(
            """
            NAME  CONDITION  VERSION  AGE   EXPIRES IN
            a     malformed  -        -     -           keepwarm invalidate repairs it
            uni   warm       2        0.0s  15m0s
            """);
  }

  @Test
  void itIsInTheJsonOfTheList() {
    CommandWorld.Result result = world.run("list", "acme", "--json");

    assertThat(result.exitCode()).isZero();
    List<?> entries = (List<?>) Objects.requireNonNull(result.json().get("entries"));
    assertThat(entries.getFirst())
        .isEqualTo(Map.of("tenant", "acme", "name", "a", "condition", "malformed"));
    assertThat(entries).hasSize(2);
  }

  @Test
  void anItemThatNobodyCanAskForIsCounted() {
    world.cache.plant(
        Map.of("tenant", AttributeValue.fromS("acme"), "name", AttributeValue.fromS("no name")));

    CommandWorld.Result result = world.run("list", "acme");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains("1 more items have invalid names");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotate acme a", "invalidate acme a", "invalidate acme", "rotate acme"})
  void aChangeMendsIt(String command) {
    CommandWorld.Result result = world.run((command + " --wait").split(" "));

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(world.run("list", "acme").out()).contains("a     warm").contains("uni   warm");
  }

  @ParameterizedTest
  @ValueSource(strings = {"revoke acme a -y", "revoke acme -y"})
  void aRevocationMendsIt(String command) {
    CommandWorld.Result result = world.run((command + " --wait").split(" "));

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(world.run("list", "acme").out()).contains("a     revoked");
  }

  @Test
  void itsSiblingIsRevoked() {
    CommandWorld.Result result = world.run("revoke", "acme", "uni", "-y", "--wait");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(world.run("list", "acme").out())
        .contains("a     malformed")
        .contains("uni   revoked");
  }

  @Test
  void whoWaitsForTheTenantToBeWarmIsToldAtOnce() {
    long began = world.clock.millis();

    CommandWorld.Result result = world.run("warm", "acme", "--wait");

    assertThat(result.out()).contains("1 warm, 1 failed").contains("acme a: TAMPERED");
    assertThat(result.err()).startsWith("keepwarm: TAMPERED: 1 credentials have malformed items");
    assertThat(world.clock.millis() - began).isLessThan(1_000);
  }
}
