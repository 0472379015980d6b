package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DynamoEntryTable;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Pauses;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * Builds a {@link KeepwarmReader}. Every setting has a default. Not thread-safe.
 *
 * <p>By default a reader creates the AWS clients that it needs, as the environment configures them,
 * and closes them. A client that is set here is used unchanged and not closed. Its timeouts should
 * not be longer than the deadline.
 */
public final class ReaderBuilder {
  /** An entry that does not exist. {@code prime} reads it to open a connection. */
  private static final CredentialId NOBODYS = new CredentialId("keepwarm-prime", "keepwarm-prime");

  private String cacheTable = ReaderSettings.DEFAULTS.cacheTable();
  private String kmsKey = ReaderSettings.DEFAULTS.kmsKey();
  private String resolverFunction = ReaderSettings.DEFAULTS.resolver();
  private String bus = ReaderSettings.DEFAULTS.bus();
  private Duration nearTtl = ReaderSettings.DEFAULTS.nearTtl();
  private int nearSize = ReaderSettings.DEFAULTS.nearSize();
  private Duration dataKeyTtl = ReaderSettings.DEFAULTS.dataKeyTtl();
  private Duration deadline = ReaderSettings.DEFAULTS.deadline();
  private OnMiss onMiss = ReaderSettings.DEFAULTS.onMiss();
  private Map<String, String> aws = Map.of();
  private @Nullable DynamoDbClient dynamoDb;
  private @Nullable KmsClient kms;
  private @Nullable LambdaClient lambda;
  private @Nullable EventBridgeClient eventBridge;
  private @Nullable EntryTable table;
  private @Nullable KeyService keys;
  private @Nullable Resolver resolver;
  private @Nullable EventBus events;
  private JsonBinding json = Credential.NO_BINDING;
  private InstantSource clock = InstantSource.system();
  private LongSupplier ticker = System::nanoTime;
  private Timers alarms = Timers.real();
  private Pauses pauses = Pauses.real();
  private Supplier<ExecutorService> threads = LookupThreads::new;

  ReaderBuilder() {}

  /**
   * Takes the values of these variables, if they are set: {@code KEEPWARM_CACHE_TABLE}, {@code
   * KEEPWARM_KMS_KEY}, {@code KEEPWARM_RESOLVER}, {@code KEEPWARM_BUS}, {@code KEEPWARM_NEAR_TTL},
   * {@code KEEPWARM_NEAR_SIZE}, {@code KEEPWARM_DATA_KEY_TTL}, {@code KEEPWARM_DEADLINE} and {@code
   * KEEPWARM_ON_MISS}. Durations are written as {@code 500ms}, {@code 30s}, {@code 15m}, {@code
   * PT2S} or 0. The same map configures the AWS clients that the reader creates: {@code
   * AWS_REGION}, {@code AWS_ENDPOINT_URL} and so on. The SDK looks up all other values in its usual
   * places.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}; names the variable and says
   *     what it must be
   */
  public ReaderBuilder environment(Map<String, String> variables) {
    ReaderSettings read = settings().with(variables);
    cacheTable = read.cacheTable();
    kmsKey = read.kmsKey();
    resolverFunction = read.resolver();
    bus = read.bus();
    nearTtl = read.nearTtl();
    nearSize = read.nearSize();
    dataKeyTtl = read.dataKeyTtl();
    deadline = read.deadline();
    onMiss = read.onMiss();
    aws = Map.copyOf(variables);
    return this;
  }

  /** The name of the cache table; {@code keepwarm-cache} by default. */
  public ReaderBuilder cacheTable(String cacheTable) {
    this.cacheTable = cacheTable;
    return this;
  }

  /**
   * Id, ARN or alias of the KMS key; {@code alias/keepwarm} by default. Several keys are separated
   * by commas, the current one first; entries under the others can be opened, too.
   */
  public ReaderBuilder kmsKey(String kmsKey) {
    this.kmsKey = kmsKey;
    return this;
  }

  /** Name or ARN of the resolving Lambda function; {@code keepwarm-resolver} by default. */
  public ReaderBuilder resolverFunction(String resolverFunction) {
    this.resolverFunction = resolverFunction;
    return this;
  }

  /** Name or ARN of the event bus; {@code keepwarm} by default. */
  public ReaderBuilder bus(String bus) {
    this.bus = bus;
    return this;
  }

  /**
   * How long a credential is served without reading the table again, 0 to 1 h; 30 s by default.
   * Zero turns the near cache off. Then every {@code get} reads the table, concurrent calls do not
   * share a lookup, and nothing is served during an outage.
   */
  public ReaderBuilder nearTtl(Duration nearTtl) {
    this.nearTtl = nearTtl;
    return this;
  }

  /**
   * The maximum number of credentials in memory; 10,000 by default. A credential of more than 4 KB
   * counts once for each 4 KB.
   */
  public ReaderBuilder nearSize(int nearSize) {
    this.nearSize = nearSize;
    return this;
  }

  /** How long an unwrapped data key is kept, 0 to 24 h; 15 min by default. */
  public ReaderBuilder dataKeyTtl(Duration dataKeyTtl) {
    this.dataKeyTtl = dataKeyTtl;
    return this;
  }

  /** How long a call may take, 1 ms to 15 min; 2 s by default. */
  public ReaderBuilder deadline(Duration deadline) {
    this.deadline = deadline;
    return this;
  }

  /** What to do on a miss; {@link OnMiss#RESOLVE} by default. */
  public ReaderBuilder onMiss(OnMiss onMiss) {
    this.onMiss = onMiss;
    return this;
  }

  /** The JSON library for {@link Credential#json(Class)}. Without one, that method fails. */
  public ReaderBuilder json(JsonBinding json) {
    this.json = json;
    return this;
  }

  /** The client that reads the cache table. */
  public ReaderBuilder dynamoDb(DynamoDbClient dynamoDb) {
    this.dynamoDb = dynamoDb;
    return this;
  }

  /** The client that unwraps data keys. */
  public ReaderBuilder kms(KmsClient kms) {
    this.kms = kms;
    return this;
  }

  /** The client that invokes the resolving function. */
  public ReaderBuilder lambda(LambdaClient lambda) {
    this.lambda = lambda;
    return this;
  }

  /** The client that publishes invalidations. */
  public ReaderBuilder eventBridge(EventBridgeClient eventBridge) {
    this.eventBridge = eventBridge;
    return this;
  }

  /** The cache table, instead of one in DynamoDB. */
  ReaderBuilder table(EntryTable table) {
    this.table = table;
    return this;
  }

  /** The service that unwraps data keys, instead of KMS. */
  ReaderBuilder keys(KeyService keys) {
    this.keys = keys;
    return this;
  }

  /** The resolver that asks the decryptor, instead of invoking a Lambda function. */
  ReaderBuilder resolver(Resolver resolver) {
    this.resolver = resolver;
    return this;
  }

  /** The bus that invalidations are published to, instead of EventBridge. */
  ReaderBuilder events(EventBus events) {
    this.events = events;
    return this;
  }

  /** The wall clock, which decides about hard and soft expiry. */
  public ReaderBuilder clock(InstantSource clock) {
    this.clock = clock;
    return this;
  }

  /** Elapsed time in nanoseconds, from any origin. It decides how long a near entry is fresh. */
  public ReaderBuilder ticker(LongSupplier ticker) {
    this.ticker = ticker;
    return this;
  }

  ReaderBuilder alarms(Timers alarms) {
    this.alarms = alarms;
    return this;
  }

  /** The executor that runs lookups; closed with the reader. */
  ReaderBuilder threads(ExecutorService executor) {
    this.threads = () -> executor;
    return this;
  }

  ReaderBuilder pauses(Pauses pauses) {
    this.pauses = pauses;
    return this;
  }

  /**
   * Builds the reader. If the reader creates its own DynamoDB client, this also loads the classes
   * that a first read needs, by reading a test credential without any connection. That takes half a
   * second of CPU time, once per process. {@link KeepwarmReader#prime} does the rest.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if a setting is out of
   *     bounds, or the environment does not name the AWS Region
   */
  public KeepwarmReader build() {
    ReaderSettings set = settings();
    Clients clients = new Clients(aws, deadline);
    try {
      if (table == null && dynamoDb == null) {
        rehearse(false);
      }
      EntryTable readFrom =
          table != null
              ? table
              : new DynamoEntryTable(
                  dynamoDb != null ? dynamoDb : clients.dynamoDb.get(), cacheTable);
      KeyService unwrapWith =
          keys != null ? keys : new Kms(kms != null ? kms : clients.kms.get(), kmsKey);
      return new CachingReader(
          set,
          json,
          readFrom,
          unwrapWith,
          resolver != null ? resolver : lambdaResolver(clients),
          events != null ? events : eventBridgeBus(clients),
          clients,
          () -> prime(readFrom, clients),
          new CachingReader.Seams(clock, ticker, alarms, pauses, threads.get()));
    } catch (RuntimeException e) {
      clients.close();
      throw e;
    }
  }

  private void prime(EntryTable readFrom, Clients clients) {
    rehearse(onMiss == OnMiss.RESOLVE);
    if (resolver == null && lambda == null && onMiss == OnMiss.RESOLVE) {
      quietly(() -> clients.lambda.get());
    }
    // The read only opens a connection. It may fail: the entry does not exist, and most roles may
    // not read it.
    quietly(() -> readFrom.read(NOBODYS));
    if (keys == null && kms == null) {
      quietly(clients::connectToKms);
    }
  }

  private void rehearse(boolean resolve) {
    quietly(() -> Rehearsal.run(resolve, clock));
  }

  /** Runs a preparation whose failure does no harm. */
  private static void quietly(Preparation preparation) {
    try {
      preparation.run();
    } catch (Exception e) {
      // If the failure matters, the first read of a credential reports it.
    }
  }

  private interface Preparation {
    void run() throws Exception;
  }

  private ReaderSettings settings() {
    return new ReaderSettings(
        cacheTable, kmsKey, resolverFunction, bus, nearTtl, nearSize, dataKeyTtl, deadline, onMiss);
  }

  private Resolver lambdaResolver(Clients clients) {
    LambdaClient given = lambda;
    String function = resolverFunction;
    return request ->
        new LambdaResolver(given != null ? given : clients.lambda.get(), function).resolve(request);
  }

  private EventBus eventBridgeBus(Clients clients) {
    EventBridgeClient given = eventBridge;
    String name = bus;
    Pauses between = pauses;
    SecureRandom random = new SecureRandom();
    return (list, within) ->
        new EventBridgeBus(given != null ? given : clients.eventBridge.get(), name, between, random)
            .publish(list, within);
  }
}
