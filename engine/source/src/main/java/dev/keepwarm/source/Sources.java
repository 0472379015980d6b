package dev.keepwarm.source;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.engine.EventParser;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.Source;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/** The source that the environment names, for composition roots. Thread-safe. */
public final class Sources implements AutoCloseable {
  private final Source source;
  private final EventParser events;
  private final @Nullable JdbcSource jdbc;

  private Sources(Source source, EventParser events, @Nullable JdbcSource jdbc) {
    this.source = source;
    this.events = events;
    this.jdbc = jdbc;
  }

  /**
   * Opens the source of an environment. It does not connect or read before its first use.
   *
   * @param variables the variables of {@code docs/sources.md}
   * @param settings read from the same variables
   * @param clients makes the clients that the source needs
   * @param dynamoDb for the built-in source
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}; names the variable and says
   *     what it must be
   */
  public static Sources of(
      Map<String, String> variables,
      Settings settings,
      AwsClients clients,
      DynamoDbClient dynamoDb) {
    Environment environment = new Environment(variables);
    return switch (settings.source()) {
      case DYNAMODB ->
          new Sources(new DynamoSource(dynamoDb, settings.sourceTable()), Events::parse, null);
      case JDBC -> {
        JdbcSource jdbc = jdbc(JdbcSettings.of(environment), settings, clients);
        yield new Sources(jdbc, Events::parse, jdbc);
      }
      case SECRETSMANAGER -> {
        SecretsSettings secrets = SecretsSettings.of(environment);
        yield new Sources(
            new SecretsManagerSource(secretsManager(clients), secrets),
            new SecretsManagerEvents(secrets),
            null);
      }
    };
  }

  /**
   * Checks the settings of the source that the environment names, without opening it.
   *
   * @param variables as for {@link #of}
   * @throws KeepwarmException as {@link #of}
   */
  public static void check(Map<String, String> variables) {
    Environment environment = new Environment(variables);
    switch (Settings.of(variables).source()) {
      case DYNAMODB -> {
        // Its table has a default.
      }
      case JDBC -> {
        JdbcSettings unused = JdbcSettings.of(environment);
      }
      case SECRETSMANAGER -> {
        SecretsSettings unused = SecretsSettings.of(environment);
      }
    }
  }

  /** The source. */
  public Source source() {
    return source;
  }

  /** The parser of Keepwarm's events and those that the source itself sends. */
  public EventParser events() {
    return events;
  }

  /** Forgets passwords and closes idle connections. */
  public void clear() {
    if (jdbc != null) {
      jdbc.clear();
    }
  }

  /** Forgets passwords and closes connections; the AWS clients are not closed. */
  @Override
  public void close() {
    clear();
    if (jdbc != null) {
      jdbc.close();
    }
  }

  private static JdbcSource jdbc(JdbcSettings jdbc, Settings settings, AwsClients clients) {
    String secret = jdbc.secret();
    String user = jdbc.user();
    String ciphertext = jdbc.passwordCiphertext();
    Logins logins;
    if (secret != null) {
      logins = Logins.of(() -> Logins.fromSecret(secretsManager(clients), secret));
    } else if (user != null && ciphertext != null) {
      logins =
          Logins.of(
              () -> Logins.fromKms(new Kms(clients.kms(), settings.kmsKey()), user, ciphertext));
    } else {
      logins = Logins.none();
    }
    return JdbcSource.of(jdbc, logins);
  }

  private static SecretsManagerClient secretsManager(AwsClients clients) {
    return clients.configure(SecretsManagerClient.builder(), "SECRETS_MANAGER").build();
  }
}
