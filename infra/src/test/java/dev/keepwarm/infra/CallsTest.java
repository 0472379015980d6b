package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.DecryptorComposition;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.emulator.lambda.InProcessFunction;
import dev.keepwarm.emulator.lambda.LambdaServer;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.source.DynamoSource;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real functions make the calls that they are permitted, and no others: no other test on one
 * machine would notice a missing permission.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CallsTest {
  private static final Map<String, String> CONTEXT = Map.of("purpose", "payroll", "app", "hr");
  private static final String SECRET = "{\"passphrase\": \"correct horse\"}";

  private LocalDeployment local;
  private DynamoSource source;
  private String profiles;
  private List<String> granted;
  private List<String> grantedToVouch;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    local =
        LocalDeployment.start(EmbeddedStack.Options.of(Checkout.root()), Duration.ofSeconds(30));
    source = new DynamoSource(local.clients().dynamoDb(), "keepwarm-credentials");
    String secret =
        Base64.getEncoder()
            .encodeToString(
                local
                    .kms()
                    .encrypt(SECRET.getBytes(StandardCharsets.UTF_8), Kms.profileContext("payroll"))
                    .asByteArray());
    profiles = Variants.PROFILES.replace("AQID", secret);
    JsonNode template =
        new Synthesised(directory).template(props -> props.profiles(Variants.PROFILES));
    granted = PermissionMatrix.of(template);
    grantedToVouch =
        PermissionMatrix.of(
            new Synthesised(directory)
                .template(props -> props.profiles(Variants.PROFILES).freshness(true)));
  }

  @AfterAll
  void stop() {
    if (local != null) {
      local.close();
    }
  }

  @Test
  void theWarmer() throws Exception {
    original("warmed", "bank", 1);
    try (RecordingProxy before = new RecordingProxy(local.environment())) {
      // Enrols the tenant, so that the first turn has a tenant.
      ResolveAnswer unused = resolve(before, new ResolveRequest("warmed", "bank", null));
    }
    BlockingQueue<String> invoked = new LinkedBlockingQueue<>();
    try (LambdaServer lambda = LambdaServer.start(0);
        RecordingProxy proxy = new RecordingProxy(local.environment())) {
      lambda.register(
          "keepwarm-resolver",
          new InProcessFunction(payload -> {
            invoked.add(new String(payload, StandardCharsets.UTF_8));
            return "null".getBytes(StandardCharsets.UTF_8);
          }),
          Patience.LIMIT);
      Map<String, String> environment = new HashMap<>(proxy.environment());
      environment.put("KEEPWARM_RESOLVER", "keepwarm-resolver");
      environment.put("AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint().toString());
      try (dev.keepwarm.warmer.WarmerComposition warmer =
          dev.keepwarm.warmer.WarmerComposition.of(environment, nowhere(), Patience.CALLS)) {
        assertThat(warmer.warmer().tick(() -> 60_000).complete()).isTrue();
      }

      assertThat(proxy.needed()).isEqualTo(granted("WarmerRole"));
      // The proxy does not see this request.
      assertThat(invoked.take()).isEqualTo("{\"warmUp\":0}");
    }
  }

  @Test
  void theDecryptor() throws Exception {
    original("changed", "bank", 1);
    try (RecordingProxy proxy = new RecordingProxy(local.environment())) {
      handle(proxy, new Event.TenantsDue(List.of("changed")));
      original("changed", "bank", 2);
      undecodable("changed", "legacy", 1);
      // A process that has not seen the tenant's data key.
      handle(proxy, new Event.Rotated("changed", "bank", 2L));
      handle(proxy, new Event.Rotated("changed", "legacy", null));
      handle(proxy, new Event.Invalidated("changed", null, null));
      handle(proxy, new Event.Revoked("changed", "bank", null));
      handle(proxy, new Event.Revoked("changed", null, null));

      Set<String> needed = new TreeSet<>(proxy.needed());
      // Only if a credential appears between two reads of the source, one right after the other.
      needed.add("dynamodb:PutItem keepwarm-wheel");
      // Only if an item of a tenant is malformed: then the items are read one by one.
      needed.add("dynamodb:GetItem keepwarm-cache");
      // Only for the entry of a name that does not exist, once it is an hour old.
      needed.add("dynamodb:DeleteItem keepwarm-cache");
      assertThat(needed).isEqualTo(granted("DecryptorRole"));
    }
  }

  @Test
  void theDecryptorThatVouches() throws Exception {
    original("vouched", "bank", 1);
    Settings settings = Settings.of(local.environment());
    boolean unused =
        new DynamoWheel(local.clients().dynamoDb(), settings.wheelTable(), settings.slots())
            .enrol("vouched");
    Map<String, String> vouching = Map.of("KEEPWARM_FRESHNESS", "true");
    try (RecordingProxy proxy = new RecordingProxy(local.environment())) {
      handle(proxy, vouching, new Event.TenantsDue(List.of("vouched")));
      handle(proxy, vouching, new Event.TenantsDue(List.of("vouched")));

      Set<String> allowed = PermissionMatrix.granted(grantedToVouch, "DecryptorRole");
      Set<String> more = new TreeSet<>(allowed);
      more.removeAll(PermissionMatrix.granted(granted, "DecryptorRole"));
      assertThat(more).isNotEmpty();
      assertThat(proxy.needed()).containsAll(more);
      assertThat(allowed).containsAll(proxy.needed());
    }
  }

  @Test
  void theResolver() throws Exception {
    original("resolved", "bank", 1);
    undecodable("resolved", "legacy", 1);
    try (RecordingProxy proxy = new RecordingProxy(local.environment())) {
      assertThat(resolve(proxy, new ResolveRequest("resolved", "bank", null)))
          .isInstanceOf(ResolveAnswer.Resolved.class);
      ResolveAnswer unused = resolve(proxy, new ResolveRequest("resolved", "legacy", null));
      // Leaves nothing: the item that its lease created is deleted.
      assertThat(resolve(proxy, new ResolveRequest("nobody", "bank", null)))
          .isInstanceOf(ResolveAnswer.Resolved.class);
      original("resolved", "bank", 2);
      assertThat(resolve(proxy, new ResolveRequest("resolved", "bank", 1L)))
          .isInstanceOf(ResolveAnswer.Resolved.class);

      assertThat(proxy.needed()).isEqualTo(granted("ResolverRole"));
    }
  }

  private void handle(RecordingProxy proxy, Event event) {
    handle(proxy, Map.of(), event);
  }

  private void handle(RecordingProxy proxy, Map<String, String> settings, Event event) {
    String message =
        "{\"source\":\"keepwarm\",\"detail-type\":\""
            + Events.detailType(event)
            + "\",\"id\":\""
            + UUID.randomUUID()
            + "\",\"time\":\""
            + InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS)
            + "\",\"detail\":"
            + Events.detail(event)
            + "}";
    try (DecryptorComposition decryptor = decryptor(proxy, settings)) {
      assertThat(
              decryptor
                  .decryptor()
                  .handle(List.of(new Decryptor.Message("1", message)), () -> 60_000))
          .isEmpty();
    }
  }

  private ResolveAnswer resolve(RecordingProxy proxy, ResolveRequest request) {
    try (DecryptorComposition decryptor = decryptor(proxy, Map.of())) {
      // The resolver does this while it starts.
      decryptor.decryptor().preparations().forEach(Runnable::run);
      return decryptor.decryptor().resolve(request, () -> Patience.LIMIT.toMillis());
    }
  }

  private DecryptorComposition decryptor(RecordingProxy proxy, Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>(proxy.environment());
    environment.putAll(settings);
    environment.put("KEEPWARM_PROFILES", profiles);
    return DecryptorComposition.of(environment, nowhere(), Patience.CALLS);
  }

  private void original(String tenant, String name, long version) {
    byte[] value = ("value " + version).getBytes(StandardCharsets.UTF_8);
    String ciphertext =
        Base64.getEncoder().encodeToString(local.kms().encrypt(value, CONTEXT).asByteArray());
    source.put(
        new SourceRow.Original(new CredentialId(tenant, name), "moved", ciphertext, version), 0);
  }

  private void undecodable(String tenant, String name, long version) {
    source.put(
        new SourceRow.Original(new CredentialId(tenant, name), "payroll", "AAAA", version), 0);
  }

  /** A role's permissions, without those that Lambda uses to poll the queues. */
  private Set<String> granted(String role) {
    Set<String> permissions = PermissionMatrix.granted(granted, role);
    permissions.removeIf(permission -> permission.startsWith("sqs:"));
    return permissions;
  }

  private static PrintStream nowhere() {
    return new PrintStream(PrintStream.nullOutputStream());
  }
}
