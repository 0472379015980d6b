package dev.keepwarm.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleServerTest {
  private final FakeBackend backend = new FakeBackend();
  private final HttpClient client = HttpClient.newHttpClient();
  private @Nullable ConsoleServer server;

  /** Answers with its own arguments. */
  private static final class FakeBackend implements Backend {
    final List<String> acts = new ArrayList<>();
    final AtomicInteger snapshots = new AtomicInteger();

    @Override
    public Map<String, @Nullable Object> snapshot() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("number", snapshots.incrementAndGet());
      return json;
    }

    @Override
    public @Nullable Map<String, @Nullable Object> view(
        String name, Map<String, String> parameters) {
      return switch (name) {
        case "echo" -> new LinkedHashMap<>(parameters);
        case "broken" -> throw new IllegalStateException("canary-4f1d");
        case "refused" -> throw new Refusal(503, "UNAVAILABLE", "down");
        default -> null;
      };
    }

    @Override
    public synchronized @Nullable Map<String, @Nullable Object> act(
        String name, Map<String, @Nullable Object> parameters) {
      if (!name.equals("do")) {
        return null;
      }
      acts.add(name + " " + Json.write(parameters));
      return new LinkedHashMap<>();
    }
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
    client.close();
  }

  private ConsoleServer start(boolean write) throws IOException {
    server = ConsoleServer.start(0, write, Duration.ofMillis(20), Map.of(), backend);
    return server;
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(origin() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(origin() + path))
            .headers(headers)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String origin() {
    return running().origin();
  }

  private ConsoleServer running() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server;
  }

  private String cookie() {
    return running().guard().cookie().split(";", -1)[0];
  }

  @Test
  void theTokenGivesACookieThatOnlyOurPagesSend() throws Exception {
    start(false);

    HttpResponse<String> in = get("/?token=" + running().guard().token());

    assertThat(in.statusCode()).isEqualTo(200);
    assertThat(in.headers().firstValue("Set-Cookie"))
        .hasValueSatisfying(cookie ->
            assertThat(cookie)
                .contains("HttpOnly")
                .contains("SameSite=Strict")
                .doesNotContain(running().guard().token()));
    assertThat(in.body()).doesNotContain(running().guard().token());
    assertThat(running().address().toString())
        .isEqualTo(origin() + "/?token=" + running().guard().token())
        .startsWith("http://127.0.0.1:");
    assertThat(get("/", "Cookie", cookie()).body()).contains("<main id=\"main\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/app.js", "/api/session", "/api/live", "/api/echo", "/?token=wrong"})
  void withoutTheCookieThereIsNothing(String path) throws Exception {
    start(true);

    HttpResponse<String> answer = get(path);

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("NO_SESSION").doesNotContain(running().guard().csrf());
    assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    assertThat(get(path, "Cookie", cookie() + "x").statusCode()).isEqualTo(401);
  }

  @Test
  void anotherHostIsNotAnsweredEvenWithTokenAndCookie() throws Exception {
    start(true);

    for (String host : List.of("evil.example", "evil.example:80", "127.0.0.1", "localhost:1")) {
      for (String path : List.of("/?token=" + running().guard().token(), "/api/session")) {
        String answer = raw(path, "Host: " + host, "Cookie: " + cookie());
        assertThat(answer).startsWith("HTTP/1.1 403 ").contains("WRONG_HOST");
        assertThat(answer).doesNotContain("Set-Cookie").doesNotContain(running().guard().csrf());
      }
    }
    String port = Integer.toString(URI.create(origin()).getPort());
    assertThat(raw("/api/session", "Host: localhost:" + port, "Cookie: " + cookie()))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void anotherOriginIsNotAnswered() throws Exception {
    start(true);

    for (String origin : List.of("http://evil.example", "null", "http://localhost:1")) {
      assertThat(get("/api/session", "Cookie", cookie(), "Origin", origin).statusCode())
          .isEqualTo(403);
    }
    assertThat(get("/api/session", "Cookie", cookie(), "Sec-Fetch-Site", "same-site").statusCode())
        .isEqualTo(403);
    assertThat(get("/api/session", "Cookie", cookie(), "Sec-Fetch-Site", "cross-site").statusCode())
        .isEqualTo(403);
    HttpResponse<String> own = get("/api/session", "Cookie", cookie(), "Origin", origin());
    assertThat(own.statusCode()).isEqualTo(200);
    assertThat(own.headers().map()).doesNotContainKey("access-control-allow-origin");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/app.js", "/api/session", "/api/nothing", "/?token=wrong"})
  void everyAnswerIsHardened(String path) throws Exception {
    start(false);

    Map<String, List<String>> headers = get(path, "Cookie", cookie()).headers().map();

    assertThat(headers.get("content-security-policy").getFirst())
        .contains("default-src 'none'")
        .contains("script-src 'self'")
        .contains("frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(headers.get("x-content-type-options")).containsExactly("nosniff");
    assertThat(headers.get("referrer-policy")).containsExactly("no-referrer");
    assertThat(headers.get("cache-control")).containsExactly("no-store");
  }

  @Test
  void whatBrowsersAskForByThemselvesIsNoError() throws Exception {
    start(false);

    assertThat(get("/favicon.ico").statusCode()).isEqualTo(204);
  }

  @Test
  void theSessionHasACsrfTokenOnlyIfThereAreActions() throws Exception {
    start(false);
    assertThat(Json.parseObject(get("/api/session", "Cookie", cookie()).body()))
        .containsEntry("write", false)
        .containsEntry("csrf", null);
    running().close();
    start(true);
    assertThat(Json.parseObject(get("/api/session", "Cookie", cookie()).body()))
        .containsEntry("write", true)
        .containsEntry("csrf", running().guard().csrf());
  }

  @Test
  void doesNothingUnlessItMayWrite() throws Exception {
    start(false);

    HttpResponse<String> answer = post("/api/act/do", "{}", all());

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("READ_ONLY");
    assertThat(backend.acts).isEmpty();
  }

  @Test
  void doesWhatItsOwnPageAsks() throws Exception {
    start(true);

    assertThat(post("/api/act/do", "{\"tenant\":\"a\"}", all()).statusCode()).isEqualTo(200);
    assertThat(backend.acts).containsExactly("do {\"tenant\":\"a\"}");
    assertThat(post("/api/act/other", "{}", all()).statusCode()).isEqualTo(404);
    assertThat(post("/api/act/do", "[1]", all()).statusCode()).isEqualTo(400);
    assertThat(post("/api/act/do", "{\"x\":\"" + "x".repeat(70_000) + "\"}", all()).statusCode())
        .isEqualTo(413);
    assertThat(get("/api/act/do", "Cookie", cookie()).statusCode()).isEqualTo(405);
    assertThat(post("/api/echo", "{}", all()).statusCode()).isEqualTo(405);
    assertThat(backend.acts).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Cookie", "Origin", Guard.CSRF_HEADER, "Content-Type"})
  void anActionNeedsEachOfItsHeaders(String missing) throws Exception {
    start(true);
    for (String wrong : new String[] {null, "wrong"}) {
      List<String> headers = new ArrayList<>();
      for (int i = 0; i < all().length; i += 2) {
        if (!all()[i].equals(missing)) {
          headers.addAll(List.of(all()[i], all()[i + 1]));
        } else if (wrong != null) {
          headers.addAll(List.of(missing, wrong));
        }
      }

      HttpResponse<String> answer = post("/api/act/do", "{}", headers.toArray(String[]::new));

      assertThat(answer.statusCode()).isIn(401, 403, 415);
      assertThat(backend.acts).isEmpty();
    }
  }

  /** The headers that an action needs. */
  private String[] all() {
    return new String[] {
      "Cookie",
      cookie(),
      "Origin",
      origin(),
      Guard.CSRF_HEADER,
      running().guard().csrf(),
      "Content-Type",
      "application/json"
    };
  }

  @Test
  void passesOnParametersAndRefusals() throws Exception {
    start(false);

    assertThat(get("/api/echo?tenant=a%2Fb%3D&alone", "Cookie", cookie()).body())
        .isEqualTo("{\"tenant\":\"a/b=\"}");
    HttpResponse<String> refused = get("/api/refused", "Cookie", cookie());
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).isEqualTo("{\"code\":\"UNAVAILABLE\",\"what\":\"down\"}");
    HttpResponse<String> broken = get("/api/broken", "Cookie", cookie());
    assertThat(broken.statusCode()).isEqualTo(500);
    assertThat(broken.body()).contains("INTERNAL").doesNotContain("canary");
    assertThat(get("/api/nothing", "Cookie", cookie()).statusCode()).isEqualTo(404);
    assertThat(get("/Assets.class", "Cookie", cookie()).statusCode()).isEqualTo(404);
    assertThat(get("/vendor/../index.html", "Cookie", cookie()).statusCode()).isEqualTo(404);
  }

  @Test
  void asksNobodyUntilSomebodyWatches() throws Exception {
    start(false);
    assertThat(get("/api/session", "Cookie", cookie()).statusCode()).isEqualTo(200);
    assertThat(backend.snapshots.get()).isZero();

    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(origin()).getPort())) {
      send(
          socket,
          "/api/live",
          "Host: " + URI.create(origin()).getAuthority(),
          "Cookie: " + cookie());
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      List<Integer> numbers = new ArrayList<>();
      String line;
      while (numbers.size() < 3 && (line = lines.readLine()) != null) {
        if (line.startsWith("data: ")) {
          numbers.add(Integer.valueOf(line.replaceAll("\\D", "")));
        }
      }
      // A slow viewer misses some snapshots, but gets none twice.
      assertThat(numbers).hasSize(3).doesNotHaveDuplicates().isSorted();
    }
  }

  /** Sends a raw request, because HttpClient does not let callers set the Host. */
  private String raw(String path, String... headers) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(origin()).getPort())) {
      List<String> all = new ArrayList<>(List.of(headers));
      all.add("Connection: close");
      send(socket, path, all.toArray(String[]::new));
      try (InputStream in = socket.getInputStream()) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
  }

  private static void send(Socket socket, String path, String... headers) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(
        ("GET " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }
}
