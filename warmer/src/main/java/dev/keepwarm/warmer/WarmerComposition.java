package dev.keepwarm.warmer;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.CallTimeouts;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.HttpClients;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.source.Sources;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * The composition root: creates every part of a warmer, and is the only place that reads its
 * environment.
 */
public final class WarmerComposition implements AutoCloseable {
  private final AwsClients clients;
  private final Sources sources;
  private final Warmer warmer;

  private WarmerComposition(AwsClients clients, Sources sources, Warmer warmer) {
    this.clients = clients;
    this.sources = sources;
    this.warmer = warmer;
  }

  /**
   * A warmer for an environment.
   *
   * @param variables the settings of {@link Settings} and {@link Sources} and what {@link
   *     AwsClients} reads
   * @param out where log lines go
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}; names the variable and what
   *     it takes
   */
  public static WarmerComposition of(Map<String, String> variables, PrintStream out) {
    return of(variables, out, CallTimeouts.ON_AWS);
  }

  /**
   * The same, with other timeouts for AWS's endpoints.
   *
   * @param timeouts of every call
   */
  public static WarmerComposition of(
      Map<String, String> variables, PrintStream out, CallTimeouts timeouts) {
    try {
      return compose(variables, out, timeouts);
    } catch (KeepwarmException e) {
      // One readable line, before Lambda's runtime logs the exception in many lines.
      new Log(out, InstantSource.system(), "warmer").failed("cannot start", e);
      throw e;
    }
  }

  private static WarmerComposition compose(
      Map<String, String> variables, PrintStream out, CallTimeouts timeouts) {
    Settings settings = Settings.of(variables);
    AwsClients clients =
        new AwsClients(
            variables,
            HttpClients.pooled(settings.parallel()),
            timeouts.call(),
            timeouts.attempt());
    DynamoDbClient dynamoDb = clients.dynamoDb();
    Sources sources = Sources.of(variables, settings, clients, dynamoDb);
    InstantSource clock = InstantSource.system();
    String resolver = settings.resolver();
    Resolvers resolvers = Resolvers.NONE;
    int kept = 0;
    if (resolver != null && settings.keepResolversWarm() > 0) {
      kept = settings.keepResolversWarm();
      resolvers =
          new LambdaResolvers(
              clients.configure(LambdaClient.builder(), "LAMBDA").build(), resolver);
    }
    Warmer warmer =
        new Warmer(
            new Warmer.Ports(
                new DynamoWheel(dynamoDb, settings.wheelTable(), settings.slots()),
                sources.source(),
                new EventBridgeBus(
                    clients.eventBridge(), settings.bus(), Pauses.real(), new SecureRandom()),
                resolvers,
                Fanout.bounded(settings.parallel()),
                clock,
                new Log(out, clock, "warmer", settings.cacheTable())),
            new Warmer.Plan(
                settings.slots(),
                settings.slotMillis(),
                settings.discoverEvery(),
                settings.idleAfter(),
                settings.freshness(),
                kept));
    return new WarmerComposition(clients, sources, warmer);
  }

  /** The warmer. */
  public Warmer warmer() {
    return warmer;
  }

  @Override
  public void close() {
    sources.close();
    clients.close();
  }
}
