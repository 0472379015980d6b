package dev.keepwarm.warmer;

import dev.keepwarm.core.AwsClients;
import dev.keepwarm.core.DynamoSource;
import dev.keepwarm.core.DynamoWheel;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.EventBridgeBus;
import dev.keepwarm.core.Fanout;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Log;
import dev.keepwarm.core.Pauses;
import dev.keepwarm.core.Settings;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * The composition root: the one place that knows every part of a warmer and reads its environment.
 */
public final class Composition implements AutoCloseable {
  private final AwsClients clients;
  private final Warmer warmer;

  private Composition(AwsClients clients, Warmer warmer) {
    this.clients = clients;
    this.warmer = warmer;
  }

  /**
   * A warmer for an environment.
   *
   * @param variables the settings of {@link Settings} and what {@link AwsClients} reads
   * @param out where log lines go
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}; names the variable and what
   *     it takes
   */
  public static Composition of(Map<String, String> variables, PrintStream out) {
    Settings settings = Settings.of(variables);
    AwsClients clients =
        new AwsClients(
            variables,
            Apache5HttpClient.builder().maxConnections(settings.parallel()).build(),
            Duration.ofSeconds(10),
            Duration.ofSeconds(3));
    DynamoDbClient dynamoDb = clients.dynamoDb();
    InstantSource clock = InstantSource.system();
    return new Composition(
        clients,
        new Warmer(
            new DynamoWheel(dynamoDb, settings.wheelTable(), settings.slots()),
            new DynamoSource(dynamoDb, settings.sourceTable()),
            new EventBridgeBus(
                clients.eventBridge(), settings.bus(), Pauses.real(), new SecureRandom()),
            Fanout.bounded(settings.parallel()),
            clock,
            new Log(out, clock, "warmer"),
            settings.slots(),
            settings.slotMillis(),
            settings.discoverEvery()));
  }

  /** The warmer. */
  public Warmer warmer() {
    return warmer;
  }

  @Override
  public void close() {
    clients.close();
  }
}
