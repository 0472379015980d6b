package dev.keepwarm.bench.unaided;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.source.DynamoSource;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.HttpClients;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.decryptor.ResolveHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;

/** Keepwarm's resolver on clients that sign and send by themselves. */
public final class UnaidedHandler implements RequestStreamHandler {
  /** Says which way requests go: {@code socket}, or {@code sdk} for the SDK's HTTP client. */
  public static final String WIRE = "BENCH_WIRE";

  private final ResolveHandler handler;

  /** For Lambda: composed from the process's environment. */
  public UnaidedHandler() {
    Map<String, String> environment = System.getenv();
    Settings settings = Settings.of(environment);
    Wire wire =
        Objects.equals(environment.get(WIRE), "sdk")
            ? new SdkWire(HttpClients.pooled(2 * settings.parallel()))
            : new SocketWire();
    InstantSource clock = InstantSource.system();
    PlainDynamoDb dynamoDb =
        new PlainDynamoDb(
            new SignedCalls(
                wire, environment, clock, "dynamodb", "DYNAMODB", "DynamoDB_20120810.", "1.0"));
    Kms kms =
        new Kms(
            new PlainKms(
                new SignedCalls(wire, environment, clock, "kms", "KMS", "TrentService.", "1.1")),
            settings.kmsKey());
    PlainEventBridge eventBridge =
        new PlainEventBridge(
            new SignedCalls(
                wire, environment, clock, "events", "EVENTBRIDGE", "AWSEvents.", "1.1"));
    SecureRandom random = new SecureRandom();
    Pauses pauses = Pauses.real();
    Decryptor.Ports ports =
        new Decryptor.Ports(
            new Decryptor.Stores(
                new DynamoCacheTable(dynamoDb, settings.cacheTable()),
                new DynamoWheel(dynamoDb, settings.wheelTable(), settings.slots()),
                new DynamoSource(dynamoDb, settings.sourceTable())),
            new Decryptor.Crypto(
                Profiles.parse(Objects.requireNonNull(settings.profiles())).decoder(kms),
                kms,
                Envelope.of(random)),
            new EventBridgeBus(eventBridge, settings.bus(), pauses, random),
            Events::parse,
            new Decryptor.Fanouts(
                Fanout.bounded(10),
                Fanout.bounded(settings.parallel()),
                Fanout.bounded(settings.parallel())),
            clock,
            pauses,
            () -> HexFormat.of().toHexDigits(random.nextLong()),
            new Log(System.out, clock, "decryptor"));
    this.handler =
        new ResolveHandler(new Decryptor(ports, settings.lifetimes(), settings.retryFailed()));
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, Context context)
      throws IOException {
    handler.handleRequest(input, output, context);
  }
}
