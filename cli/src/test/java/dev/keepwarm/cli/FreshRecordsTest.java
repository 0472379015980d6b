package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.SigningKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The output for an entry past its hard expiry for which a freshness record vouches. */
class FreshRecordsTest {
  private final CommandWorld world = new CommandWorld();

  @BeforeEach
  void seal() {
    Vouched.seal(world);
  }

  @Test
  void itIsWarmUntilTheRecordEnds() {
    long freshUntil = Vouched.vouch(world, Vouched.SIGNER, Duration.ofMinutes(10));
    String text = "fresh until " + Instant.ofEpochMilli(freshUntil);

    assertThat(world.run("list", "acme").out()).contains("bank  warm ", "10m0s", text);
    assertThat(world.run("list", "acme", "--json").out())
        .contains("\"freshUntil\":" + freshUntil)
        .contains("\"sealedUntil\":");
    assertThat(world.run("get", "acme", "bank").out()).contains("fresh until", "sealed until");
    assertThat(world.run("status").out()).containsPattern("vouched for +1 +" + text + " or longer");
    assertThat(entries())
        .containsEntry("freshUntil", freshUntil)
        .containsEntry("vouchedFor", 1L)
        // Sealed sixteen minutes ago, and compared ten before the record's quarter of an hour ends.
        .containsEntry("oldestAgeMillis", Duration.ofMinutes(5).toMillis());
    assertThat(tenants()).containsEntry("cold", 0L).containsEntry("overdue", 0L);
    assertThat(world.withoutDecryptor().run("warm", "acme", "--wait").out()).contains("1 warm");

    world.clock.advance(Duration.ofMinutes(10));
    assertThat(world.run("list", "acme").out()).contains("bank  cold ").doesNotContain("fresh");
  }

  @Test
  void aCheckThatIsLongAgoIsOverdue() {
    long unused = Vouched.vouch(world, Vouched.SIGNER, Duration.ofMinutes(4));

    assertThat(tenants()).containsEntry("overdue", 1L);
  }

  @Test
  void itIsColdWithoutARecordThatCounts() {
    assertThat(world.run("list", "acme").out()).contains("bank  cold ");
    long unused = Vouched.vouch(world, SigningKey.of(seed()), Duration.ofMinutes(10));
    assertThat(world.run("list", "acme").out()).contains("bank  cold ");
    world
        .cache
        .hooks()
        .before(call -> {
          if (call.method().equals("readRecord")) {
            throw new KeepwarmException(ErrorCode.DENIED, "not for you");
          }
        });
    assertThat(world.run("list", "acme").out()).contains("bank  cold ");
    assertThat(entries()).doesNotContainKey("freshUntil");
  }

  private Map<String, Object> entries() {
    return part("entries");
  }

  private Map<String, Object> tenants() {
    return part("tenants");
  }

  private Map<String, Object> part(String name) {
    Map<String, Object> part = new HashMap<>();
    ((Map<?, ?>) Objects.requireNonNull(world.run("status", "--json").json().get(name)))
        .forEach((key, value) -> part.put((String) key, value));
    return part;
  }

  private static byte[] seed() {
    byte[] seed = new byte[SigningKey.SEED_LENGTH];
    seed[0] = 1;
    return seed;
  }
}
