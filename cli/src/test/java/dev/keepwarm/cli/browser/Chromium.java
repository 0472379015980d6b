package dev.keepwarm.cli.browser;

import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A headless Chromium, controlled by its own protocol. It needs no driver of a matching version,
 * and no download. Thread-safe.
 */
public final class Chromium implements AutoCloseable {
  /** The environment variable with the browser's path, if it is not on the PATH. */
  private static final String VARIABLE = "KEEPWARM_CHROMIUM";

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<Map<String, @Nullable Object>>> calls =
      new ConcurrentHashMap<>();
  private final Map<String, Tab> tabs = new ConcurrentHashMap<>();

  private Chromium(Process process, URI endpoint) {
    this.process = process;
    this.socket = http.newWebSocketBuilder().buildAsync(endpoint, new Listener()).join();
  }

  /** The browser of this machine, if it has one. */
  public static Optional<Path> find() {
    String named = System.getenv(VARIABLE);
    if (named != null && !named.isBlank()) {
      return Optional.of(Path.of(named));
    }
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts a browser.
   *
   * @param directory an empty directory; not to be deleted right after the end, because processes
   *     of the browser may still write
   */
  public static Chromium start(Path program, Path directory) throws IOException {
    Path profile = Files.createDirectory(directory.resolve("profile"));
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-extensions",
                "--no-first-run",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    Path port = profile.resolve("DevToolsActivePort");
    try {
      Awaitility.await("the browser starts")
          .until(() -> !process.isAlive() || lines(port).size() == 2);
      List<String> lines = lines(port);
      if (lines.size() != 2) {
        throw new IOException(
            "the browser has ended: " + Files.readString(directory.resolve("log")));
      }
      return new Chromium(
          process, URI.create("ws://127.0.0.1:" + lines.getFirst() + lines.getLast()));
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  /** A tab that shares no cookies with others. */
  public Tab open() {
    Object context = call(null, "Target.createBrowserContext", Map.of()).get("browserContextId");
    Object target =
        call(
                null,
                "Target.createTarget",
                Map.of("url", "about:blank", "browserContextId", Objects.requireNonNull(context)))
            .get("targetId");
    Object session =
        call(
                null,
                "Target.attachToTarget",
                Map.of("targetId", Objects.requireNonNull(target), "flatten", true))
            .get("sessionId");
    Tab tab = new Tab(String.valueOf(session));
    tabs.put(tab.session, tab);
    for (String domain : List.of("Page", "Runtime", "Log")) {
      tab.call(domain + ".enable", Map.of());
    }
    return tab;
  }

  /** A page that is shown. */
  public final class Tab {
    private final String session;
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    private Tab(String session) {
      this.session = session;
    }

    private Map<String, @Nullable Object> call(String method, Map<String, ?> parameters) {
      return Chromium.this.call(session, method, parameters);
    }

    /** Goes to an address. */
    public void go(URI address) {
      Map<String, @Nullable Object> unused =
          call("Page.navigate", Map.of("url", address.toString()));
    }

    /** The width of the window in CSS pixels, and the colours that the operator prefers. */
    public void look(int width, int height, boolean dark) {
      Map<String, @Nullable Object> metrics =
          call(
              "Emulation.setDeviceMetricsOverride",
              Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
      Map<String, @Nullable Object> media =
          call(
              "Emulation.setEmulatedMedia",
              Map.of(
                  "features",
                  List.of(
                      Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"),
                      Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    }

    /** Evaluates JavaScript and awaits what it returns, which must be JSON. */
    public @Nullable Object run(String script) {
      Map<String, @Nullable Object> answer =
          call(
              "Runtime.evaluate",
              Map.of("expression", script, "awaitPromise", true, "returnByValue", true));
      if (answer.get("exceptionDetails") != null) {
        throw new AssertionError("in the page: " + answer.get("exceptionDetails"));
      }
      return ((Map<?, ?>) Objects.requireNonNull(answer.get("result"))).get("value");
    }

    /**
     * Waits until an expression is true. During a navigation, there may be no page to evaluate it.
     */
    public void await(String expression) {
      Awaitility.await(expression)
          .ignoreExceptions()
          .until(() -> Boolean.TRUE.equals(run("Boolean(" + expression + ")")));
    }

    /** The text that the page shows. */
    public String text() {
      return String.valueOf(run("document.body.innerText"));
    }

    /** Presses and releases a key. */
    public void key(String key, int code) {
      for (String type : List.of("keyDown", "keyUp")) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("type", type);
        parameters.put("key", key);
        parameters.put("windowsVirtualKeyCode", code);
        if (key.equals("Enter") && type.equals("keyDown")) {
          parameters.put("text", "\r");
        } else if (key.length() == 1 && type.equals("keyDown")) {
          parameters.put("text", key);
        }
        Map<String, @Nullable Object> unused = call("Input.dispatchKeyEvent", parameters);
      }
    }

    /**
     * Presses or releases the left button of the mouse.
     *
     * @param type {@code mousePressed} or {@code mouseReleased}
     * @param place where, as {@code x} and {@code y} in CSS pixels of the window
     */
    public void mouse(String type, Map<?, ?> place) {
      Map<String, @Nullable Object> unused =
          call(
              "Input.dispatchMouseEvent",
              Map.of(
                  "type",
                  type,
                  "x",
                  Objects.requireNonNull(place.get("x")),
                  "y",
                  Objects.requireNonNull(place.get("y")),
                  "button",
                  "left",
                  "clickCount",
                  1));
    }

    /**
     * Writes a screenshot to a file: of the whole page if {@code whole}, else of the visible part.
     */
    public void screenshot(Path file, boolean whole) throws IOException {
      Map<String, Object> parameters = new LinkedHashMap<>();
      parameters.put("format", "png");
      parameters.put("captureBeyondViewport", whole);
      if (whole) {
        Map<?, ?> size =
            (Map<?, ?>)
                Objects.requireNonNull(
                    call("Page.getLayoutMetrics", Map.of()).get("cssContentSize"));
        Map<String, Object> clip = new LinkedHashMap<>();
        size.forEach((name, value) -> clip.put(String.valueOf(name), value));
        clip.put("scale", 1);
        parameters.put("clip", clip);
      }
      String data = String.valueOf(call("Page.captureScreenshot", parameters).get("data"));
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, Base64.getDecoder().decode(data));
    }

    /** Errors, warnings and violated policies so far. */
    public List<String> complaints() {
      return List.copyOf(complaints);
    }
  }

  private Map<String, @Nullable Object> call(
      @Nullable String session, String method, Map<String, ?> parameters) {
    long id = ids.incrementAndGet();
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("id", id);
    message.put("method", method);
    message.put("params", parameters);
    if (session != null) {
      message.put("sessionId", session);
    }
    CompletableFuture<Map<String, @Nullable Object>> answer = new CompletableFuture<>();
    calls.put(id, answer);
    try {
      synchronized (socket) {
        socket.sendText(Json.write(message), true).join();
      }
      return answer.get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(method, e);
    }
  }

  private void take(Map<String, @Nullable Object> message) {
    if (message.get("id") instanceof Long id) {
      CompletableFuture<Map<String, @Nullable Object>> call = calls.remove(id);
      if (call == null) {
        return;
      }
      if (message.get("error") != null) {
        call.completeExceptionally(new IllegalStateException(message.get("error").toString()));
      } else {
        call.complete(object(message.get("result")));
      }
      return;
    }
    Tab tab = tabs.get(String.valueOf(message.get("sessionId")));
    String method = String.valueOf(message.get("method"));
    if (tab != null
        && (method.equals("Log.entryAdded") || method.equals("Runtime.exceptionThrown"))) {
      tab.complaints.add(Json.write(message.get("params")));
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> object(@Nullable Object json) {
    return json == null ? Map.of() : (Map<String, @Nullable Object>) json;
  }

  /** Joins the parts of messages. */
  private final class Listener implements WebSocket.Listener {
    private final List<String> parts = new ArrayList<>();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      parts.add(data.toString());
      if (last) {
        String text = String.join("", parts);
        parts.clear();
        take(Json.parseObject(text));
      }
      from.request(1);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      calls.values().forEach(call -> call.completeExceptionally(error));
    }
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
    process.destroy();
    try {
      if (!process.waitFor(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
