package dev.keepwarm.bench.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Lifetimes;
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
import software.amazon.awssdk.http.apache5.Apache5HttpClient;

/**
 * The embedded stack with one tenant in its cache table, sealed as the decryptor does, for longer
 * than any run takes. Not thread-safe; the stack is.
 */
final class SealedTable implements AutoCloseable {
  /** How many credentials the tenant has. */
  static final int CREDENTIALS = 20;

  /** The tenant. */
  static final String TENANT = "tenant-1";

  private static final int BYTES = 256;
  private static final Duration TTL = Duration.ofHours(24);

  /** Longer than the default, so that a busy machine makes a call slow and nothing else. */
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

  /** Clients set up as a reader sets up its own. */
  AwsClients clients() {
    return clients;
  }

  /** The cache table's name. */
  String name() {
    return stack.resources().names().cacheTable();
  }

  /** What a caller's process has in its environment. */
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
      if (!table.put(entry, null)) {
        throw new IllegalStateException("the table was not empty");
      }
    }
  }
}
