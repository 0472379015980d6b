package dev.keepwarm.cli.console;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves the console's page on 127.0.0.1, its documents, and its actions if they are allowed.
 * {@link Guard} checks each request. Thread-safe.
 */
public final class ConsoleServer implements AutoCloseable {
  /** No inline code, no content from elsewhere, and no framing by other pages. */
  static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'";

  private static final int MAX_BODY_BYTES = 64 << 10;
  private static final int THREADS = 24;

  private final HttpServer server;
  private final ExecutorService threads;
  private final Guard guard;
  private final Assets assets = Assets.load();
  private final LiveFeed feed;
  private final Backend backend;
  private final boolean write;
  private final Map<String, @Nullable Object> about;

  private ConsoleServer(
      HttpServer server,
      Guard guard,
      Backend backend,
      boolean write,
      Duration every,
      Map<String, @Nullable Object> about) {
    this.server = server;
    this.guard = guard;
    this.backend = backend;
    this.write = write;
    this.about = about;
    this.feed = new LiveFeed(backend::snapshot, every);
    // Viewers keep their threads. A request is rejected if all threads are busy.
    this.threads =
        new ThreadPoolExecutor(
            0,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("keepwarm-console-", 0).factory());
  }

  /**
   * Starts a server.
   *
   * @param port 0 for any free one
   * @param write whether actions are allowed
   * @param every how often viewers get a snapshot
   * @param about the facts about the deployment that the page shows
   * @throws IOException if the port is taken; the message names it
   */
  public static ConsoleServer start(
      int port, boolean write, Duration every, Map<String, @Nullable Object> about, Backend backend)
      throws IOException {
    HttpServer http;
    try {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
    } catch (IOException e) {
      throw new IOException("port " + port + " of 127.0.0.1: " + e.getMessage(), e);
    }
    Guard guard = new Guard(http.getAddress().getPort(), new SecureRandom());
    ConsoleServer console = new ConsoleServer(http, guard, backend, write, every, about);
    http.setExecutor(console.threads);
    http.createContext("/", console::answer);
    console.feed.start();
    http.start();
    return console;
  }

  /** The address of the page, with the token that grants access. It is a secret: print it once. */
  public URI address() {
    return URI.create(origin() + "/?token=" + guard.token());
  }

  String origin() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  Guard guard() {
    return guard;
  }

  /** Drops all connections. */
  @Override
  public void close() {
    feed.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      harden(exchange.getResponseHeaders());
      route(exchange);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void harden(Headers headers) {
    headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
  }

  private void route(HttpExchange exchange) throws IOException, InterruptedException {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    Map<String, String> query = query(exchange.getRequestURI());
    Guard.Denial denial = guard.checkOrigin(exchange.getRequestHeaders());
    if (denial == null
        && method.equals("GET")
        && "/".equals(path)
        && guard.isToken(query.get("token"))) {
      letIn(exchange);
      return;
    }
    if (denial == null && "/favicon.ico".equals(path)) {
      // Browsers request it by themselves, before they have the cookie.
      exchange.sendResponseHeaders(204, -1);
      return;
    }
    if (denial == null) {
      denial = guard.checkSession(exchange.getRequestHeaders());
    }
    if (denial != null) {
      deny(exchange, denial);
    } else if (path.startsWith("/api/act/")) {
      act(exchange, method, path.substring("/api/act/".length()));
    } else if (!method.equals("GET")) {
      deny(exchange, new Guard.Denial(405, "INVALID_REQUEST", "only GET"));
    } else if (path.equals("/api/session")) {
      send(exchange, 200, session());
    } else if (path.equals("/api/live")) {
      live(exchange);
    } else if (path.startsWith("/api/")) {
      document(exchange, () -> backend.view(path.substring("/api/".length()), query));
    } else {
      asset(exchange, path.equals("/") ? Assets.INDEX : path.substring(1));
    }
  }

  /**
   * Sets the cookie, and makes the browser continue without the token. This is not an HTTP
   * redirect: after a link from another site, a browser would not send a SameSite=Strict cookie
   * with it.
   */
  private void letIn(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Set-Cookie", guard.cookie());
    send(
        exchange,
        200,
        "text/html; charset=utf-8",
        "<!doctype html><html lang=\"en\"><title>Keepwarm</title><link rel=\"icon\" href=\"/icon.svg\"><meta http-equiv=\"refresh\" content=\"0;url=/\"><p><a href=\"/\">Keepwarm console</a></p></html>"
            .getBytes(StandardCharsets.UTF_8));
  }

  private Map<String, @Nullable Object> session() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>(about);
    json.put("write", write);
    // The token is only needed for actions.
    json.put("csrf", write ? guard.csrf() : null);
    return json;
  }

  private void live(HttpExchange exchange) throws IOException, InterruptedException {
    if (!feed.hasRoom()) {
      deny(exchange, new Guard.Denial(503, "UNAVAILABLE", "too many pages watch this console"));
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write("retry: 2000\n\n".getBytes(StandardCharsets.US_ASCII));
    exchange.getResponseBody().flush();
    feed.sendTo(exchange.getResponseBody());
  }

  private void act(HttpExchange exchange, String method, String name)
      throws IOException, InterruptedException {
    if (!method.equals("POST")) {
      deny(exchange, new Guard.Denial(405, "INVALID_REQUEST", "must be a POST request"));
      return;
    }
    if (!write) {
      deny(
          exchange,
          new Guard.Denial(
              403,
              "READ_ONLY",
              "this console is read-only; start it with --write to allow actions"));
      return;
    }
    Guard.Denial denial = guard.checkAction(exchange.getRequestHeaders());
    if (denial != null) {
      deny(exchange, denial);
      return;
    }
    byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
    if (body.length > MAX_BODY_BYTES) {
      deny(exchange, new Guard.Denial(413, "INVALID_REQUEST", "the body must have at most 64 KB"));
      return;
    }
    document(
        exchange, () -> backend.act(name, parameters(new String(body, StandardCharsets.UTF_8))));
  }

  private static Map<String, @Nullable Object> parameters(String body) {
    try {
      return Json.parseObject(body);
    } catch (KeepwarmException e) {
      throw new Refusal(400, "INVALID_REQUEST", "the body must be a JSON object");
    }
  }

  /** Makes a document. */
  @FunctionalInterface
  private interface Document {
    @Nullable Map<String, @Nullable Object> make();
  }

  private static void document(HttpExchange exchange, Document document) throws IOException {
    Map<String, @Nullable Object> json;
    int status = 200;
    try {
      json = document.make();
    } catch (Refusal e) {
      json = e.json();
      status = e.status();
    } catch (RuntimeException e) {
      // An unexpected exception's message may hold any content, so it is not sent.
      json = new Refusal(500, "INTERNAL", e.getClass().getSimpleName()).json();
      status = 500;
    }
    if (json == null) {
      deny(exchange, new Guard.Denial(404, "NOT_FOUND", "there is no such page or document"));
    } else {
      send(exchange, status, json);
    }
  }

  private void asset(HttpExchange exchange, String name) throws IOException {
    Assets.Asset asset = assets.get(name);
    if (asset == null) {
      deny(exchange, new Guard.Denial(404, "NOT_FOUND", "there is no such page or document"));
    } else {
      send(exchange, 200, asset.type(), asset.content());
    }
  }

  private static void deny(HttpExchange exchange, Guard.Denial denial) throws IOException {
    send(
        exchange,
        denial.status(),
        new Refusal(denial.status(), denial.code(), denial.what()).json());
  }

  private static void send(HttpExchange exchange, int status, Map<String, @Nullable Object> json)
      throws IOException {
    send(
        exchange,
        status,
        "application/json; charset=utf-8",
        Json.write(json).getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] content)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, content.length);
    exchange.getResponseBody().write(content);
  }

  private static Map<String, String> query(URI uri) {
    Map<String, String> query = new LinkedHashMap<>();
    String raw = uri.getRawQuery();
    if (raw == null) {
      return query;
    }
    for (String part : List.of(raw.split("&", -1))) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        try {
          query.put(
              part.substring(0, equals),
              URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
          // A parameter with a broken escape is ignored.
        }
      }
    }
    return query;
  }
}
