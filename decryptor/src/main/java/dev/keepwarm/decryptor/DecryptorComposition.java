package dev.keepwarm.decryptor;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.CallTimeouts;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.decryptor.freshness.Freshness;
import dev.keepwarm.decryptor.profile.LambdaInvoker;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoFreshnessStore;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.HttpClients;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.source.Sources;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * The composition root: creates every part of a decryptor, and is the only place that reads its
 * environment.
 */
public final class DecryptorComposition implements AutoCloseable {
  private final AwsClients clients;
  private final Sources sources;
  private final Decryptor decryptor;
  private final FailedChanges failedChanges;

  private DecryptorComposition(
      AwsClients clients, Sources sources, Decryptor decryptor, FailedChanges failedChanges) {
    this.clients = clients;
    this.sources = sources;
    this.decryptor = decryptor;
    this.failedChanges = failedChanges;
  }

  /**
   * A decryptor for an environment.
   *
   * @param variables the settings of {@link Settings} and {@link Sources} and what {@link
   *     AwsClients} reads
   * @param out where log lines go
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}; names the variable and what
   *     it takes
   */
  public static DecryptorComposition of(Map<String, String> variables, PrintStream out) {
    return of(variables, out, CallTimeouts.ON_AWS);
  }

  /**
   * The same, with other timeouts for AWS's endpoints.
   *
   * @param timeouts of every call
   */
  public static DecryptorComposition of(
      Map<String, String> variables, PrintStream out, CallTimeouts timeouts) {
    try {
      return compose(variables, out, timeouts);
    } catch (KeepwarmException e) {
      // One readable line, before Lambda's runtime logs the exception in many lines.
      new Log(out, InstantSource.system(), "decryptor").failed("cannot start", e);
      throw e;
    }
  }

  private static DecryptorComposition compose(
      Map<String, String> variables, PrintStream out, CallTimeouts timeouts) {
    Settings settings = Settings.of(variables);
    Profiles profiles = profiles(settings.profiles());
    profiles.checkFor(settings.source());
    AwsClients clients =
        new AwsClients(
            variables,
            HttpClients.pooled(2 * settings.parallel()),
            timeouts.call(),
            timeouts.attempt());
    DynamoDbClient dynamoDb = clients.dynamoDb();
    Sources sources = Sources.of(variables, settings, clients, dynamoDb);
    Kms kms = new Kms(clients.kms(), settings.kmsKey());
    SecureRandom random = new SecureRandom();
    InstantSource clock = InstantSource.system();
    Pauses pauses = Pauses.real();
    Log log = new Log(out, clock, "decryptor", settings.cacheTable());
    Decryptor.Ports ports =
        new Decryptor.Ports(
            new Decryptor.Stores(
                new DynamoCacheTable(dynamoDb, settings.cacheTable()),
                new DynamoWheel(dynamoDb, settings.wheelTable(), settings.slots()),
                sources.source()),
            new Decryptor.Crypto(
                profiles.decoder(
                    kms,
                    () ->
                        new LambdaInvoker(
                            clients.configure(LambdaClient.builder(), "LAMBDA").build())),
                // New entries are never sealed under a former KMS key's data key.
                kms.withoutFormerKeys(),
                Envelope.of(random)),
            new EventBridgeBus(clients.eventBridge(), settings.bus(), pauses, random),
            sources.events(),
            new Decryptor.Fanouts(
                Fanout.bounded(10),
                Fanout.bounded(settings.parallel()),
                Fanout.bounded(settings.parallel())),
            clock,
            pauses,
            () -> id(random),
            log);
    Freshness freshness =
        settings.freshness()
            ? new Freshness(
                new Freshness.Ports(
                    new DynamoFreshnessStore(
                        dynamoDb, settings.wheelTable(), settings.cacheTable(), settings.slots()),
                    kms,
                    Kms.signingContext(settings.cacheTable()),
                    () -> id(random),
                    random),
                sources.source(),
                clock,
                settings.lifetimes(),
                settings.sealLife(),
                settings.slots())
            : null;
    return new DecryptorComposition(
        clients,
        sources,
        new Decryptor(ports, settings.lifetimes(), settings.retryFailed(), freshness),
        FailedChanges.of(
            variables, () -> clients.configure(SqsClient.builder(), "SQS").build(), clock, log));
  }

  /** The decryptor. */
  public Decryptor decryptor() {
    return decryptor;
  }

  /** Retries failed changes early. */
  public FailedChanges failedChanges() {
    return failedChanges;
  }

  @Override
  public void close() {
    decryptor.clear();
    sources.close();
    clients.close();
  }

  private static Profiles profiles(@Nullable String setting) {
    if (setting == null) {
      return Profiles.none();
    }
    if (setting.stripLeading().startsWith("{")) {
      return Profiles.parse(setting);
    }
    try {
      return Profiles.parse(Files.readString(Path.of(setting)));
    } catch (IOException | InvalidPathException e) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "KEEPWARM_PROFILES: must be a JSON object, or the path of a readable file");
    }
  }

  private static String id(SecureRandom random) {
    byte[] bytes = new byte[12];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
