package dev.keepwarm.emulator.lambda;

import dev.keepwarm.emulator.http.AwsJson;
import dev.keepwarm.emulator.http.LoopbackServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The AWS Lambda Runtime API (2018-06-01) for one process: the process requests the next
 * invocation, sends its response or an error, and repeats. Thread-safe.
 */
final class RuntimeApi implements AutoCloseable {
  private static final String BASE = "/2018-06-01/runtime/";
  private static final Pattern ANSWER = Pattern.compile("invocation/([^/]+)/(response|error)");

  private final String functionArn;
  private final LoopbackServer server;
  private final CompletableFuture<Void> initialised = new CompletableFuture<>();
  private final LinkedBlockingQueue<Invocation> waiting = new LinkedBlockingQueue<>();
  private final Object lock = new Object();
  private final Freezer freezer;
  private volatile Optional<Invocation> current = Optional.empty();
  private volatile Optional<FunctionException> failure = Optional.empty();

  RuntimeApi(String functionArn, Freezer freezer) throws IOException {
    this.functionArn = functionArn;
    this.freezer = freezer;
    this.server = LoopbackServer.start(0, this::handle);
  }

  /** Freezes and thaws the process that requests invocations. */
  interface Freezer {
    /** Leaves it running. */
    Freezer NONE =
        new Freezer() {
          @Override
          public void freeze() {}

          @Override
          public void thaw() {}
        };

    /** Called when there is no invocation for the process. */
    void freeze();

    /** Called when there is one. */
    void thaw();
  }

  /** One invocation and the future of its response; a failure is a {@link FunctionException}. */
  record Invocation(String id, byte[] payload, Instant deadline, CompletableFuture<byte[]> answer) {
    Invocation(byte[] payload, Instant deadline) {
      this(UUID.randomUUID().toString(), payload, deadline, new CompletableFuture<>());
    }
  }

  /** Host and port, for the variable {@code AWS_LAMBDA_RUNTIME_API}. */
  String address() {
    return server.endpoint().getAuthority();
  }

  /**
   * Completes when the process first requests an invocation; fails if it reports that it cannot
   * start.
   */
  CompletableFuture<Void> initialised() {
    return initialised;
  }

  /** Passes an invocation to the process; one at a time. */
  void dispatch(Invocation invocation) {
    synchronized (lock) {
      current = Optional.of(invocation);
      waiting.add(invocation);
      freezer.thaw();
    }
    // Checked afterwards, so that an end of the process in between is noticed here or by fail().
    failure.ifPresent(invocation.answer()::completeExceptionally);
  }

  /** The process has ended: fails current and later invocations. */
  void fail(FunctionException cause) {
    failure = Optional.of(cause);
    initialised.completeExceptionally(cause);
    current.ifPresent(invocation -> invocation.answer().completeExceptionally(cause));
  }

  @Override
  public void close() {
    server.close();
  }

  private LoopbackServer.Response handle(LoopbackServer.Request request)
      throws InterruptedException {
    if (!request.path().startsWith(BASE)) {
      return error(404, "NotFound");
    }
    String call = request.method() + " " + request.path().substring(BASE.length());
    if (call.equals("GET invocation/next")) {
      return next();
    }
    if (call.equals("POST init/error")) {
      initialised.completeExceptionally(reported(request));
      return accepted();
    }
    Matcher answer = ANSWER.matcher(call.startsWith("POST ") ? call.substring(5) : "");
    return answer.matches()
        ? answered(answer.group(1), answer.group(2), request)
        : error(404, "NotFound");
  }

  private LoopbackServer.Response next() throws InterruptedException {
    if (!initialised.complete(null)) {
      // Between its start and its first invocation a process is not frozen.
      synchronized (lock) {
        if (waiting.isEmpty()) {
          freezer.freeze();
        }
      }
    }
    Invocation invocation = waiting.take();
    Map<String, String> headers =
        Map.of(
            "Content-Type",
            "application/json",
            "Lambda-Runtime-Aws-Request-Id",
            invocation.id(),
            "Lambda-Runtime-Deadline-Ms",
            Long.toString(invocation.deadline().toEpochMilli()),
            "Lambda-Runtime-Invoked-Function-Arn",
            functionArn);
    return new LoopbackServer.Response(200, headers, invocation.payload());
  }

  private LoopbackServer.Response answered(String id, String kind, LoopbackServer.Request request) {
    Optional<Invocation> invocation = current.filter(running -> running.id().equals(id));
    if (invocation.isEmpty()) {
      return error(400, "InvalidRequestID");
    }
    if (kind.equals("response")) {
      invocation.get().answer().complete(request.body());
    } else {
      invocation.get().answer().completeExceptionally(reported(request));
    }
    return accepted();
  }

  private static FunctionException reported(LoopbackServer.Request request) {
    String category = request.header("Lambda-Runtime-Function-Error-Type").orElse("Unhandled");
    return new FunctionException(errorType(request.body()).orElse(category), request.body());
  }

  private static Optional<String> errorType(byte[] error) {
    try {
      return Optional.ofNullable(AwsJson.JSON.readTree(error).path("errorType").textValue());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static LoopbackServer.Response accepted() {
    return json(202, "{\"status\":\"OK\"}");
  }

  private static LoopbackServer.Response error(int status, String type) {
    return json(status, "{\"errorType\":\"" + type + "\"}");
  }

  private static LoopbackServer.Response json(int status, String body) {
    return new LoopbackServer.Response(
        status, Map.of("Content-Type", "application/json"), body.getBytes(StandardCharsets.UTF_8));
  }
}
