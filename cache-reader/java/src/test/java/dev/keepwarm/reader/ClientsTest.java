package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.ResolveAnswer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A reader with AWS's own clients, as it makes them itself, against HTTP on loopback. */
class ClientsTest {
  /** Answers by the requested operation or path. */
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();

  private final Map<String, String> requests = new ConcurrentHashMap<>();
  private final Map<String, String> environment = new HashMap<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ReaderWorld world = new ReaderWorld();
  private HttpServer server;

  /** Before each answer, waits for as many requests as this counts; null for none. */
  private volatile @Nullable CountDownLatch holding;

  private record Answer(int status, String body) {}

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    environment.put("AWS_ENDPOINT_URL", "http://127.0.0.1:" + server.getAddress().getPort());
    environment.put("AWS_REGION", "eu-central-1");
    environment.put("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
    environment.put("AWS_SECRET_ACCESS_KEY", "example");
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.stop(0);
    threads.close();
    world.close();
  }

  /** The build runs these tests with two versions of the HTTP client. */
  @Test
  void hasTheHttpClientThatTheBuildWants() {
    String wanted = System.getProperty("keepwarm.httpclient5");
    if (wanted != null) {
      assertThat(HttpClients.class.getProtectionDomain().getCodeSource().getLocation().getPath())
          .endsWith("httpclient5-" + wanted + ".jar");
    }
  }

  @Test
  void readsAndUnseals() {
    Entry entry = world.ready(BANK, 7, "s3cret");
    has(entry);
    try (KeepwarmReader reader = reader(Map.of("KEEPWARM_CACHE_TABLE", "cache-of-test"))) {
      assertThat(reader.get(BANK).text()).isEqualTo("s3cret");
    }
    assertThat(requests.get("DynamoDB_20120810.GetItem"))
        .contains("\"ConsistentRead\":true")
        .contains("cache-of-test");
    assertThat(requests).doesNotContainKey("TrentService.Decrypt");
  }

  @Test
  void resolvesByInvokingTheFunction() {
    answers.put("DynamoDB_20120810.GetItem", new Answer(200, "{}"));
    answers.put(
        "/2015-03-31/functions/my-resolver/invocations",
        new Answer(
            200, new ResolveAnswer.Resolved(List.of(world.ready(BANK, 1, "resolved"))).toJson()));
    try (KeepwarmReader reader = reader(Map.of("KEEPWARM_RESOLVER", "my-resolver"))) {
      assertThat(reader.get(BANK).text()).isEqualTo("resolved");
    }
    assertThat(requests.get("/2015-03-31/functions/my-resolver/invocations"))
        .isEqualTo("{\"tenant\":\"acme\",\"name\":\"bank\"}");
  }

  @Test
  void unwrapsByKms() {
    has(world.ready(BANK, 1, "s3cret"));
    answers.put(
        "TrentService.Decrypt",
        new Answer(
            200,
            "{\"KeyId\":\"k\",\"Plaintext\":\""
                + Base64.getEncoder().encodeToString(new byte[32])
                + "\"}"));
    try (KeepwarmReader reader = builder(Map.of("KEEPWARM_KMS_KEY", "alias/my")).build()) {
      // Another key than the one that sealed it.
      assertFails(ErrorCode.TAMPERED, () -> reader.get(BANK));
    }
    assertThat(requests.get("TrentService.Decrypt"))
        .contains("\"EncryptionContext\":{")
        .contains("\"tenant\":\"acme\"")
        .contains("alias/my");
  }

  @Test
  void publishesInvalidations() {
    answers.put(
        "AWSEvents.PutEvents",
        new Answer(200, "{\"FailedEntryCount\":0,\"Entries\":[{\"EventId\":\"1\"}]}"));
    try (KeepwarmReader reader = reader(Map.of("KEEPWARM_BUS", "my-bus"))) {
      reader.invalidate(BANK);
    }
    assertThat(requests.get("AWSEvents.PutEvents"))
        .contains("Credential Invalidated")
        .contains("my-bus");
  }

  @Test
  void namesATableThatIsMissing() {
    answers.put(
        "DynamoDB_20120810.GetItem",
        new Answer(
            400, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\"}"));
    try (KeepwarmReader reader = reader(Map.of("KEEPWARM_CACHE_TABLE", "nowhere"))) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> reader.get(BANK))
          .withMessageMatching(
              "INVALID_CONFIGURATION: acme bank: cannot read table nowhere:"
                  + " ResourceNotFoundException \\(after \\d+ ms\\)");
    }
  }

  @Test
  void saysThatTheKeyOrTheFunctionIsMissing() {
    has(world.ready(BANK, 7, "s3cret"));
    answers.put("TrentService.Decrypt", new Answer(400, "{\"__type\":\"NotFoundException\"}"));
    try (KeepwarmReader reader = builder(Map.of()).build()) {
      assertFails(ErrorCode.INVALID_CONFIGURATION, () -> reader.get(BANK));
    }
    answers.put("DynamoDB_20120810.GetItem", new Answer(200, "{}"));
    answers.put(
        "/2015-03-31/functions/keepwarm-resolver/invocations",
        new Answer(404, "{\"Type\":\"User\",\"code\":\"ResourceNotFoundException\"}"));
    try (KeepwarmReader reader = reader(Map.of())) {
      assertFails(ErrorCode.INVALID_CONFIGURATION, () -> reader.get(BANK));
    }
  }

  @Test
  void saysThatTheBusIsMissing() {
    answers.put(
        "AWSEvents.PutEvents", new Answer(400, "{\"__type\":\"ResourceNotFoundException\"}"));
    try (KeepwarmReader reader = reader(Map.of("KEEPWARM_BUS", "nowhere"))) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> reader.invalidate(BANK))
          .withMessageStartingWith(
              "INVALID_CONFIGURATION: acme bank: cannot publish to bus nowhere");
    }
  }

  @Test
  void servesOnWhatIsNearIfTheTableIsDeleted() {
    has(world.ready(BANK, 7, "s3cret"));
    try (KeepwarmReader reader =
        builder(Map.of()).keys(world.keys).ticker(world.ticks::get).build()) {
      reader.get(BANK);
      answers.put(
          "DynamoDB_20120810.GetItem",
          new Answer(400, "{\"__type\":\"ResourceNotFoundException\"}"));
      world.pass(ReaderWorld.NEAR_TTL);

      assertThat(reader.get(BANK).text()).isEqualTo("s3cret");
      assertThat(reader.stats().outages()).isEqualTo(1);
    }
  }

  @Test
  void saysThatItIsDenied() {
    answers.put(
        "DynamoDB_20120810.GetItem", new Answer(400, "{\"__type\":\"AccessDeniedException\"}"));
    try (KeepwarmReader reader = reader(Map.of())) {
      assertFails(ErrorCode.DENIED, () -> reader.get(BANK));
    }
  }

  @Test
  void isUnavailableIfNobodyListens() {
    server.stop(0);
    try (KeepwarmReader reader = reader(Map.of())) {
      assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
    }
  }

  @Test
  void stopsWaitingAtTheDeadline() {
    try (KeepwarmReader reader = reader(Map.of("KEEPWARM_DEADLINE", "100ms"))) {
      // No answer is prepared: the server holds the request until the test ends.
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> reader.get(BANK))
          .withMessageContaining("acme bank")
          .withMessageMatching("(?s).*(table|timed out).*100 ms.*|.*after \\d+ ms.*")
          .returns(ErrorCode.TIMEOUT, KeepwarmException::code);
    }
  }

  @Test
  void connectionsThatWereDroppedSilentlyCostOneAttempt() throws Exception {
    int connections = 5;
    Entry entry = world.ready(BANK, 1, "s3cret");
    CountDownLatch all = new CountDownLatch(connections);
    try (SilentProxy proxy = new SilentProxy(server.getAddress())) {
      environment.put("AWS_ENDPOINT_URL", proxy.uri().toString());
      try (KeepwarmReader reader =
          reader(Map.of("KEEPWARM_NEAR_TTL", "0", "KEEPWARM_DEADLINE", "20s"))) {
        // No answer before there are as many requests, so that there are as many connections.
        holding = all;
        has(entry);
        List<CompletableFuture<Credential>> gets = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
          gets.add(reader.getAsync(BANK));
        }
        for (CompletableFuture<Credential> get : gets) {
          assertThat(get.get().text()).isEqualTo("s3cret");
        }
        assertThat(proxy.accepted()).isEqualTo(connections);

        proxy.dropAll();
        for (int i = 0; i < 2 * connections; i++) {
          assertThat(reader.get(BANK).text()).isEqualTo("s3cret");
        }
        assertThat(proxy.accepted()).isGreaterThan(connections);
        assertThat(reader.stats().timeouts()).isZero();
      }
    }
  }

  @Test
  void primesWithoutAnEntryOrARight() {
    answers.put(
        "DynamoDB_20120810.GetItem", new Answer(400, "{\"__type\":\"AccessDeniedException\"}"));
    answers.put("/", new Answer(403, "{}"));
    try (KeepwarmReader reader = builder(Map.of()).build()) {
      reader.prime();
      assertThat(reader.stats().cacheReads()).isZero();
    }
    assertThat(requests).containsKeys("DynamoDB_20120810.GetItem", "/");
    assertThat(requests.get("DynamoDB_20120810.GetItem")).contains("keepwarm-prime");
  }

  @Test
  void nothingThatFailsWhilePrimingFailsIt() {
    server.stop(0);
    try (KeepwarmReader reader = builder(Map.of()).build()) {
      reader.prime();
      assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
    }
  }

  @Test
  void rehearsesAReadAndAResolve() {
    Rehearsal.run(true, java.time.InstantSource.system());
  }

  @Test
  void saysThatASettingOfAwsIsWrong() {
    environment.put("AWS_ENDPOINT_URL_DYNAMODB", "no url");
    assertFails(ErrorCode.INVALID_CONFIGURATION, () -> reader(Map.of()));
  }

  @Test
  void doesNotCloseAClientThatItWasGiven() {
    has(world.ready(new CredentialId("acme", "bank"), 1, "s3cret"));
    Clients clients = new Clients(environment, Duration.ofSeconds(30));
    builder(Map.of()).keys(world.keys).dynamoDb(clients.dynamoDb.get()).build().close();
    try (KeepwarmReader reader =
        builder(Map.of()).keys(world.keys).dynamoDb(clients.dynamoDb.get()).build()) {
      assertThat(reader.get(BANK).text()).isEqualTo("s3cret");
    }
    clients.close();
  }

  private KeepwarmReader reader(Map<String, String> settings) {
    return builder(settings).keys(world.keys).build();
  }

  /** With a deadline that loading the SDK on a busy machine does not reach. */
  private ReaderBuilder builder(Map<String, String> settings) {
    environment.put("KEEPWARM_DEADLINE", "30s");
    environment.putAll(settings);
    return KeepwarmReader.builder().environment(environment).clock(world.clock);
  }

  private void has(Entry entry) {
    Map<String, Object> item = new HashMap<>();
    EntrySchema.toItem(entry)
        .forEach((name, value) -> {
          if (value.s() != null) {
            item.put(name, Map.of("S", value.s()));
          } else if (value.n() != null) {
            item.put(name, Map.of("N", value.n()));
          } else {
            byte[] bytes = value.b().asByteArray();
            item.put(name, Map.of("B", Base64.getEncoder().encodeToString(bytes)));
          }
        });
    answers.put("DynamoDB_20120810.GetItem", new Answer(200, Json.write(Map.of("Item", item))));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
      String what = target != null ? target : exchange.getRequestURI().getPath();
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      requests.put(what, body);
      CountDownLatch others = holding;
      if (others != null) {
        others.countDown();
        others.await();
      }
      Answer answer = answers.get(what);
      if (answer == null) {
        release.await();
        return;
      }
      byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.status(), bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
