package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.ResolveAnswer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import software.amazon.awssdk.core.SdkBytes;

/** A reader in a process of its own that is stopped and continued, as a Lambda function is. */
@DisabledOnOs(OS.WINDOWS)
class FrozenProcessTest {
  private static final CredentialId BANK = new CredentialId("acme", "bank");
  private static final Duration NEAR_TTL = Duration.ofSeconds(12);
  private static final Duration DEADLINE = Duration.ofSeconds(4);
  private static final Lifetimes LIFETIMES = Lifetimes.of(Duration.ofHours(1));

  private final byte[] secret = new byte[32];
  private volatile boolean hanging;
  private final CountDownLatch refreshing = new CountDownLatch(1);
  private final CountDownLatch never = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile String value = "old";
  private HttpServer server;
  private Process process;

  @BeforeEach
  void serve() throws IOException {
    new SecureRandom().nextBytes(secret);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  @AfterEach
  void stop() {
    process.destroyForcibly();
    never.countDown();
    server.stop(0);
    threads.close();
  }

  @Test
  void whatWasChangedDuringAFreezeIsNotServedAfterIt() throws Exception {
    process = start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).isEqualTo("near");
      hanging = true;
      // The lookup in the background has reached the table, which does not answer it.
      refreshing.await();
      signal("STOP");
      Instant stopped = Instant.now();
      // Long enough for the near entry to be too old, and for the deadline to be overdue.
      Instant until = stopped.plus(NEAR_TTL).plus(DEADLINE);
      await().until(() -> Instant.now().isAfter(until));
      signal("CONT");

      assertThat(out.readLine()).isEqualTo("ended");
      value = "new";
      hanging = false;
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      assertThat(out.readLine()).isIn("new", "TIMEOUT");
    }
  }

  private Process start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            FrozenReader.class.getName());
    builder
        .environment()
        .putAll(
            Map.of(
                "AWS_ENDPOINT_URL",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "AWS_REGION",
                "eu-central-1",
                "AWS_ACCESS_KEY_ID",
                "AKIAEXAMPLE",
                "AWS_SECRET_ACCESS_KEY",
                "example",
                "KEEPWARM_NEAR_TTL",
                NEAR_TTL.toString(),
                "KEEPWARM_DEADLINE",
                DEADLINE.toString()));
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private void signal(String name) throws Exception {
    int exit =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    assertThat(exit).isZero();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] unused = exchange.getRequestBody().readAllBytes();
      String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
      String answer;
      if (target.endsWith(".Decrypt")) {
        answer =
            Json.write(
                Map.of("KeyId", "k", "Plaintext", Base64.getEncoder().encodeToString(secret)));
      } else {
        answer = Json.write(Map.of("Item", item()));
        if (hanging) {
          refreshing.countDown();
          never.await();
        }
      }
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Past its soft expiry. */
  private Object item() {
    long now = System.currentTimeMillis();
    DataKey key = DataKey.of(secret.clone(), SdkBytes.fromUtf8String("wrapped"), now);
    Entry entry =
        Entry.ready(
            BANK,
            0,
            Envelope.of(new SecureRandom())
                .seal(
                    key,
                    BANK,
                    value.equals("old") ? 1 : 2,
                    now - LIFETIMES.soft(),
                    LIFETIMES,
                    value.getBytes(StandardCharsets.UTF_8)),
            1,
            null,
            LIFETIMES.deletableAt(now));
    return ((List<?>)
            Json.parseObject(new ResolveAnswer.Resolved(List.of(entry)).toJson()).get("entries"))
        .getFirst();
  }
}
