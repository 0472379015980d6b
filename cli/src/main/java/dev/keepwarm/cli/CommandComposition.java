package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.decryptor.profile.LambdaInvoker;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoFreshnessStore;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.HttpClients;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.SourceKind;
import dev.keepwarm.source.DynamoSource;
import dev.keepwarm.source.Sources;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.ResourceNotFoundException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The composition root of the operators' commands: creates their ports for an environment. */
final class CommandComposition {
  private static final Duration CALL = Duration.ofSeconds(20);
  private static final Duration ATTEMPT = Duration.ofSeconds(5);

  private CommandComposition() {}

  /**
   * Ports to AWS, or to the endpoint that the environment names.
   *
   * @param variables the settings of {@link Settings} and {@link Sources} and what {@link
   *     AwsClients} reads
   */
  static Ports of(Map<String, String> variables) {
    Settings settings = Settings.of(variables);
    AwsClients clients =
        new AwsClients(variables, HttpClients.pooled(settings.parallel()), CALL, ATTEMPT);
    try {
      return of(variables, settings, clients);
    } catch (SdkClientException e) {
      clients.close();
      // Creating a client makes no calls, so only a missing Region can be the cause.
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION, "AWS_REGION: no Region is set", e);
    } catch (RuntimeException e) {
      clients.close();
      throw e;
    }
  }

  private static Ports of(Map<String, String> variables, Settings settings, AwsClients clients) {
    DynamoDbClient dynamoDb = clients.dynamoDb();
    Sources sources = Sources.of(variables, settings, clients, dynamoDb);
    Kms kms = new Kms(clients.kms(), settings.kmsKey());
    Pauses pauses = Pauses.real();
    EventBridgeClient eventBridge = clients.eventBridge();
    SqsQueues queues =
        SqsQueues.of(clients.configure(SqsClient.builder(), "SQS").build(), variables);
    return new Ports(
        settings,
        originals(settings, dynamoDb),
        sources.source(),
        new DynamoWheel(dynamoDb, settings.wheelTable(), settings.slots()),
        new DynamoCacheTable(dynamoDb, settings.cacheTable()),
        new DynamoFreshnessStore(
            dynamoDb, settings.wheelTable(), settings.cacheTable(), settings.slots()),
        kms,
        kms,
        profiles ->
            profiles.decoder(
                kms,
                () ->
                    new LambdaInvoker(clients.configure(LambdaClient.builder(), "LAMBDA").build())),
        kms::keyState,
        new EventBridgeBus(eventBridge, settings.bus(), pauses, new SecureRandom()),
        () -> describe(eventBridge, settings.bus()),
        queues,
        readers(variables, settings, clients, queues),
        Fanout.bounded(settings.parallel()),
        InstantSource.system(),
        pauses,
        () -> {
          sources.close();
          clients.close();
        });
  }

  private static Readers readers(
      Map<String, String> variables, Settings settings, AwsClients clients, SqsQueues queues) {
    return new Readers(
        new Environment(variables)
            .duration(
                "KEEPWARM_NEAR_TTL", Readers.NEAR_TTL, Duration.ZERO, Readers.LONGEST_NEAR_TTL),
        new CloudWatchMonitor(
            // Created lazily: only the console needs it, and loading it takes a while.
            () -> clients.configure(CloudWatchClient.builder(), "CLOUDWATCH").build(),
            settings.cacheTable(),
            settings.bus(),
            queues::named,
            InstantSource.system()));
  }

  private static void describe(EventBridgeClient eventBridge, String bus) {
    try {
      var unused = eventBridge.describeEventBus(request -> request.name(bus));
    } catch (ResourceNotFoundException e) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "KEEPWARM_BUS: there is no bus " + bus + " in this account and Region",
          e);
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot find bus " + bus, e);
    }
  }

  /** An import only writes to the source that decryptors read. */
  private static Ports.Originals originals(Settings settings, DynamoDbClient dynamoDb) {
    return settings.source() == SourceKind.DYNAMODB
        ? new DynamoSource(dynamoDb, settings.sourceTable())::put
        : (row, updatedAtMillis) -> {
          throw new KeepwarmException(
              ErrorCode.INVALID_CONFIGURATION,
              "KEEPWARM_SOURCE: must be dynamodb; originals are imported only to that source");
        };
  }
}
