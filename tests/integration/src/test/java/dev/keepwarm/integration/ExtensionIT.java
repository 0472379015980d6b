package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A function in Python reads through the Lambda extension, if that has been built with {@code
 * cache-reader/extension/build --check}.
 */
@ExtendWith(EndpointsExtension.class)
class ExtensionIT {
  private static final String PORT = "KEEPWARM_EXTENSION_PORT";
  private static final String TOKEN = "a-session-token-of-lambda";

  @TempDir private Path directory;

  @Test
  void aFunctionInPythonReadsThroughTheExtension(Endpoints endpoints) throws Exception {
    endpoints.assumeEmbedded();
    Path binary = Checkout.root().resolve("cache-reader/extension/target/debug/keepwarm-reader");
    assumeThat(binary).as("cache-reader/extension/build --check builds it").isExecutable();
    assumeThat(isPythonHere()).as("there is a python3").isTrue();
    CredentialId id = EndpointWorld.newId("bank/main");
    try (EndpointWorld world = EndpointWorld.on(endpoints);
        ExtensionsApi api = new ExtensionsApi()) {
      world.atSource(id, "the first value", 1);
      Map<String, String> environment = new HashMap<>(world.stack().environment());
      environment.put("AWS_LAMBDA_RUNTIME_API", api.address());
      environment.put("AWS_SESSION_TOKEN", TOKEN);
      environment.put("KEEPWARM_NEAR_TTL", "1h");
      environment.put("KEEPWARM_DEADLINE", Patience.LIMIT.toMillis() + "ms");
      Process extension = ready(api, environment, binary);
      Path log = directory.resolve("log-" + environment.get(PORT));
      Process function = start(environment, "python3", "-c", script());
      try (Writer events = function.outputWriter(StandardCharsets.UTF_8);
          BufferedReader results = function.inputReader(StandardCharsets.UTF_8)) {
        // A miss, which the decryptor resolves.
        assertThat(invoke(events, results, event(id)))
            .containsEntry("value", "the first value")
            .containsEntry("version", 1L);

        world.atSource(id, "the second value", 2);
        world.publish(new Event.Rotated(id.tenant(), id.name(), 2L));
        world.awaitReady(id, 2);
        api.events.add("{\"eventType\":\"INVOKE\"}");
        assertThat(api.calls.take()).isEqualTo("event/next");

        // Near, as before. But after a rejection the reader bypasses all caches.
        assertThat(invoke(events, results, event(id))).containsEntry("version", 1L);
        Map<String, Object> picky = new HashMap<>(event(id));
        picky.put("accepts", "the second value");
        assertThat(invoke(events, results, picky))
            .containsEntry("value", "the second value")
            .containsEntry("version", 2L);
        assertThat(invoke(events, results, event(EndpointWorld.sibling(id, "nowhere"))))
            .containsEntry("status", 404L)
            .containsEntry("code", "NOT_FOUND");

        api.events.add("{\"eventType\":\"SHUTDOWN\"}");
        assertThat(extension.waitFor(Patience.LIMIT)).isTrue();
        assertThat(extension.exitValue()).isZero();
        assertThat(log).content().isEmpty();
      } finally {
        extension.destroyForcibly();
        function.destroyForcibly();
      }
    }
  }

  private static Map<String, Object> event(CredentialId id) {
    return Map.of("tenant", id.tenant(), "name", id.name());
  }

  private static Map<String, Object> invoke(
      Writer events, BufferedReader results, Map<String, Object> event) throws IOException {
    events.write(Json.write(event) + "\n");
    events.flush();
    return Json.parseObject(
        Objects.requireNonNull(results.readLine(), "the function has no result"));
  }

  /** Starts the extension, again if another process took its port, and waits until it is ready. */
  private Process ready(ExtensionsApi api, Map<String, String> environment, Path binary)
      throws IOException, InterruptedException {
    for (int i = 0; i < 5; i++) {
      environment.put(PORT, freePort());
      Process extension = start(environment, binary.toString());
      assertThat(api.calls.take()).isEqualTo("register");
      if (api.calls.take().equals("event/next")) {
        return extension;
      }
    }
    throw new AssertionError("no port is free");
  }

  private Process start(Map<String, String> environment, String... command) throws IOException {
    File log = directory.resolve("log-" + environment.get(PORT)).toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log));
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("AWS_") || name.startsWith("KEEPWARM_"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static String script() throws IOException {
    try (var script = ExtensionIT.class.getResourceAsStream("/extension/function.py")) {
      return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private boolean isPythonHere() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "--version")
              .redirectErrorStream(true)
              .redirectOutput(Files.createTempFile(directory, "python", "").toFile())
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Integer.toString(socket.getLocalPort());
    }
  }

  /** Lambda's API for extensions. */
  private static final class ExtensionsApi implements AutoCloseable {
    private static final String PREFIX = "/2020-01-01/extension/";

    private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final HttpServer server;

    private ExtensionsApi() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext(PREFIX, this::handle);
      server.start();
    }

    private String address() {
      return "127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
      String call = exchange.getRequestURI().getPath().substring(PREFIX.length());
      calls.add(call);
      String body = "{}";
      if (call.equals("event/next")) {
        try {
          body = events.take();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Lambda-Extension-Identifier", "id-1");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
