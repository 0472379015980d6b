package dev.keepwarm.engine.snapshot;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Answers AWS calls on loopback with prepared answers, so that a primer can use real clients
 * without a real service. The primer closes it before the snapshot. Thread-safe.
 */
public final class PrimingServer implements AutoCloseable {
  private final HttpServer server;
  private final Answers answers;

  private PrimingServer(HttpServer server, Answers answers) {
    this.server = server;
    this.answers = answers;
  }

  /** The answers to give. */
  @FunctionalInterface
  public interface Answers {
    /**
     * The answer to one call.
     *
     * @param operation the names of the service and the operation, as in {@code X-Amz-Target}
     * @param request the request as JSON
     * @return the answer as JSON
     */
    String answer(String operation, String request);
  }

  /** Starts a server on any free port. */
  public static PrimingServer start(Answers answers) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    PrimingServer priming = new PrimingServer(server, answers);
    server.createContext("/", priming::handle);
    server.start();
    return priming;
  }

  /** The variables that point an AWS client to this server, with made-up credentials. */
  public Map<String, String> environment() {
    InetSocketAddress address = server.getAddress();
    return Map.of(
        "AWS_ENDPOINT_URL", URI.create("http://127.0.0.1:" + address.getPort()).toString(),
        "AWS_REGION", "us-east-1",
        "AWS_ACCESS_KEY_ID", "priming",
        "AWS_SECRET_ACCESS_KEY", "priming");
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String target = String.valueOf(exchange.getRequestHeaders().getFirst("X-Amz-Target"));
      String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      byte[] answer = answers.answer(target, request).getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.0");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }
}
