package dev.keepwarm.emulator.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An HTTP server on 127.0.0.1 with one handler for all requests and a virtual thread per request.
 * Bodies are read and written as a whole.
 */
public final class LoopbackServer implements AutoCloseable {
  private static final int MAX_BODY_BYTES = 64 << 20;

  private final HttpServer server;
  private final ExecutorService executor;

  private LoopbackServer(HttpServer server, ExecutorService executor) {
    this.server = server;
    this.executor = executor;
  }

  /**
   * @param port 0 for any free one
   * @throws IOException if the port is taken
   */
  public static LoopbackServer start(int port, Handler handler) throws IOException {
    return start(port, handler, Incidents.NONE);
  }

  /**
   * @param port 0 for any free one
   * @param incidents receives requests that failed because of a bug
   * @throws IOException if the port is taken; the message names it
   */
  public static LoopbackServer start(int port, Handler handler, Incidents incidents)
      throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
    HttpServer server;
    try {
      server = HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new IOException("port " + port + " of 127.0.0.1: " + e.getMessage(), e);
    }
    ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(executor);
    server.createContext("/", exchange -> answer(exchange, handler, incidents));
    server.start();
    return new LoopbackServer(server, executor);
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Closes connections and interrupts running handlers. */
  @Override
  public void close() {
    executor.shutdownNow();
    server.stop(0);
  }

  private static void answer(HttpExchange exchange, Handler handler, Incidents incidents)
      throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
      Response response =
          body.length > MAX_BODY_BYTES
              ? new Response(413, Map.of(), new byte[0])
              : guarded(handler, new Request(exchange, body), incidents);
      response.headers().forEach(exchange.getResponseHeaders()::set);
      int length = response.body().length;
      exchange.sendResponseHeaders(response.status(), length == 0 ? -1 : length);
      if (length > 0) {
        exchange.getResponseBody().write(response.body());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Response guarded(Handler handler, Request request, Incidents incidents)
      throws IOException, InterruptedException {
    try {
      return handler.handle(request);
    } catch (RuntimeException e) {
      incidents.report("request failed", "INTERNAL", Map.of("reason", e.getClass().getName()));
      return new Response(500, Map.of("x-amzn-ErrorType", "InternalFailure"), new byte[0]);
    }
  }

  /** Handles one request. Called by many threads at once. */
  @FunctionalInterface
  public interface Handler {
    Response handle(Request request) throws IOException, InterruptedException;
  }

  /** A request: the whole body, and headers by case-insensitive name. */
  public static final class Request {
    private final HttpExchange exchange;
    private final byte[] body;

    private Request(HttpExchange exchange, byte[] body) {
      this.exchange = exchange;
      this.body = body;
    }

    public String method() {
      return exchange.getRequestMethod();
    }

    /** Still percent-encoded. */
    public String path() {
      return exchange.getRequestURI().getRawPath();
    }

    /** The first value of a query parameter, decoded. */
    public Optional<String> query(String name) {
      String query = exchange.getRequestURI().getRawQuery();
      for (String pair : query == null ? new String[0] : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0 && pair.substring(0, equals).equals(name)) {
          return Optional.of(URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
      }
      return Optional.empty();
    }

    public Optional<String> header(String name) {
      return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    public byte[] body() {
      return body;
    }
  }

  /** A response. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Response(int status, Map<String, String> headers, byte[] body) {}
}
