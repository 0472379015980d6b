package dev.keepwarm.bench.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.SigningKey;
import dev.keepwarm.core.internal.Vouching;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.local.LocalDeployment;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;

/**
 * The embedded stack with two tenants in its cache table, sealed as by the decryptor, with a
 * lifetime longer than any run. The second one's credential is past its hard expiry, and a
 * freshness record vouches for it. Not thread-safe; the stack is.
 */
final class SealedTable implements AutoCloseable {
  /** The number of the tenant's credentials. */
  static final int CREDENTIALS = 20;

  /** The tenant. */
  static final String TENANT = "tenant-1";

  /** The credential that a freshness record vouches for. */
  static final CredentialId VOUCHED = new CredentialId("tenant-2", "credential-0");

  private static final int SLOT = 7;

  private static final int BYTES = 256;
  private static final Duration TTL = Duration.ofHours(24);

  /** Longer than the default, so that on a busy machine a call is slow but does not fail. */
  static final Duration DEADLINE = Duration.ofSeconds(30);

  private final LocalDeployment stack;
  private final AwsClients clients;

  private SealedTable(LocalDeployment stack) {
    this.stack = stack;
    this.clients =
        new AwsClients(
            stack.callersEnvironment(),
            Apache5HttpClient.builder()
                .connectionTimeout(DEADLINE)
                .connectionAcquisitionTimeout(DEADLINE)
                .build(),
            DEADLINE,
            DEADLINE.dividedBy(2));
  }

  /** Starts the stack and fills the table. */
  static SealedTable start(Path home) throws IOException, InterruptedException {
    LocalDeployment stack =
        LocalDeployment.start(EmbeddedStack.Options.of(home), Duration.ofSeconds(30));
    SealedTable table = new SealedTable(stack);
    table.fill();
    return table;
  }

  /** The tenant's credentials. */
  static List<CredentialId> ids() {
    return IntStream.range(0, CREDENTIALS)
        .mapToObj(i -> new CredentialId(TENANT, "credential-" + i))
        .toList();
  }

  /** Clients with a reader's settings. */
  AwsClients clients() {
    return clients;
  }

  /** The cache table's name. */
  String name() {
    return stack.resources().names().cacheTable();
  }

  /** The environment of a caller's process. */
  Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>(stack.callersEnvironment());
    environment.put("KEEPWARM_DEADLINE", DEADLINE.toSeconds() + "s");
    return environment;
  }

  @Override
  public void close() {
    clients.close();
    stack.close();
  }

  private void fill() {
    long now = System.currentTimeMillis();
    Lifetimes lifetimes = Lifetimes.of(TTL);
    DataKey key = stack.kms().generate(TENANT, now);
    Envelope envelope = Envelope.of(new SecureRandom());
    DynamoCacheTable table = new DynamoCacheTable(stack.clients().dynamoDb(), name());
    byte[] plaintext = new byte[BYTES];
    Arrays.fill(plaintext, (byte) 'x');
    for (CredentialId id : ids()) {
      Entry entry =
          Entry.ready(
              id,
              0,
              envelope.seal(key, id, 1, now, lifetimes, plaintext),
              CREDENTIALS,
              null,
              lifetimes.deletableAt(now));
      put(table, entry);
    }
    fillVouched(table, envelope, lifetimes, plaintext, now);
  }

  private void fillVouched(
      DynamoCacheTable table, Envelope envelope, Lifetimes lifetimes, byte[] plaintext, long now) {
    long sealedAt = now - lifetimes.hard() - lifetimes.soft();
    DataKey key = stack.kms().generate(VOUCHED.tenant(), sealedAt);
    SigningKey signer = SigningKey.of(new byte[32]);
    SdkBytes state = SdkBytes.fromByteArray(new byte[Vouching.ID_LENGTH]);
    SealedCredential sealed =
        envelope.vouchable(
            key,
            VOUCHED,
            envelope.seal(key, VOUCHED, 1, sealedAt, lifetimes, plaintext),
            now + 2 * lifetimes.hard(),
            SLOT,
            state,
            signer.publicKey());
    put(table, Entry.ready(VOUCHED, 0, sealed, 1, null, lifetimes.deletableAt(now)));
    Map<String, AttributeValue> record = new LinkedHashMap<>(FreshnessRecord.key(SLOT));
    record.put(
        FreshnessRecord.RECORD,
        AttributeValue.fromB(
            FreshnessRecord.sign(
                SLOT,
                now,
                now + lifetimes.hard(),
                Map.of(state, FreshnessRecord.NO_PROBE),
                List.of(signer))));
    PutItemResponse unused =
        stack.clients().dynamoDb().putItem(r -> r.tableName(name()).item(record));
  }

  private static void put(DynamoCacheTable table, Entry entry) {
    if (!table.put(entry, null)) {
      throw new IllegalStateException("the table was not empty");
    }
  }
}
