package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.LocalFunctions;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.source.Postgres;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The whole way from a real PostgreSQL, configured only by settings, to a reader. */
@ExtendWith(EndpointsExtension.class)
class DatabaseIT {
  private static final Map<String, String> PASSWORD_CONTEXT =
      Map.of("keepwarm", "1", "jdbc", "password");

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  @Test
  void whatIsInADatabaseIsDiscoveredWarmedReadAndRotated(Endpoints endpoints) throws Exception {
    try (Postgres postgres = database();
        LocalDeployment stack =
            endpoints.provision(new Redelivery(Duration.ofSeconds(1), 1000), Map.of())) {
      CredentialId legacy = EndpointWorld.newId("payroll-api");
      CredentialId other = EndpointWorld.sibling(legacy, "bank");
      put(postgres, LegacyOriginal.of(legacy, 1));
      put(postgres, OnStack.original(stack, other, "the bank's first", 7));
      LocalFunctions functions =
          stack.run(settings(postgres, stack), new PrintStream(log, true, StandardCharsets.UTF_8));
      DynamoCacheTable cache =
          new DynamoCacheTable(stack.clients().dynamoDb(), stack.resources().names().cacheTable());

      try (KeepwarmReader reader = OnStack.reader(stack)) {
        EndpointWorld.await()
            .until(() -> functions.tick().complete() && OnStack.isReady(cache.read(other), 7));
        EndpointWorld.await().until(() -> OnStack.isReady(cache.read(legacy), 1));
        assertThat(reader.get(legacy).text()).isEqualTo(LegacyOriginal.PLAINTEXT);
        assertThat(reader.get(other).text()).isEqualTo("the bank's first");

        put(postgres, OnStack.original(stack, other, "the bank's second", 8));
        assertThat(
                OnStack.bus(stack)
                    .publish(List.of(new Event.Rotated(other.tenant(), other.name(), 8L))))
            .isEmpty();

        EndpointWorld.await().until(() -> OnStack.isReady(cache.read(other), 8));
        assertThat(reader.get(other).text()).isEqualTo("the bank's second");
      }
      assertThat(log.toString(StandardCharsets.UTF_8))
          .doesNotContain(Postgres.PASSWORD, "the bank's", LegacyOriginal.PLAINTEXT);
    }
  }

  /** Starts a database with a table that the source's user may read. */
  static Postgres database() throws Exception {
    Postgres postgres = Postgres.start();
    postgres.execute(
        "CREATE TABLE credentials (tenant text, name text, profile text, ciphertext text,"
            + " version bigint, PRIMARY KEY (tenant, name))");
    postgres.execute("GRANT SELECT ON credentials TO " + Postgres.USER);
    return postgres;
  }

  /** The settings of functions whose source is that table. */
  static Map<String, String> settings(Postgres postgres, LocalDeployment stack) {
    byte[] password = Postgres.PASSWORD.getBytes(StandardCharsets.UTF_8);
    Map<String, String> settings = new LinkedHashMap<>();
    // The slot of a newly discovered tenant is due within ten seconds.
    settings.put("KEEPWARM_TTL", "20s");
    settings.put("KEEPWARM_SLOTS", "16");
    settings.put("KEEPWARM_DISCOVER_EVERY", "1h");
    settings.put(
        "KEEPWARM_PROFILES", Json.write(LegacyOriginal.profiles(stack.kms(), OnStack.CONTEXT)));
    settings.put("KEEPWARM_SOURCE", "jdbc");
    settings.put("KEEPWARM_JDBC_URL", postgres.url());
    settings.put("KEEPWARM_JDBC_USER", Postgres.USER);
    settings.put(
        "KEEPWARM_JDBC_PASSWORD_CIPHERTEXT",
        OnStack.base64(stack.kms().encrypt(password, PASSWORD_CONTEXT).asByteArray()));
    settings.put(
        "KEEPWARM_JDBC_QUERY",
        "SELECT tenant, name, profile, ciphertext, version FROM credentials WHERE tenant = ?");
    settings.put(
        "KEEPWARM_JDBC_TENANTS_QUERY",
        "SELECT DISTINCT tenant FROM credentials WHERE tenant > ? ORDER BY tenant LIMIT ?");
    return settings;
  }

  static void put(Postgres postgres, SourceRow.Original row) {
    postgres.execute(
        "INSERT INTO credentials VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, name) DO UPDATE SET"
            + " profile = excluded.profile, ciphertext = excluded.ciphertext,"
            + " version = excluded.version",
        row.id().tenant(),
        row.id().name(),
        row.profile(),
        row.ciphertext(),
        row.version());
  }
}
