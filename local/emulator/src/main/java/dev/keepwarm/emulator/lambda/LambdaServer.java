package dev.keepwarm.emulator.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.emulator.http.AwsException;
import dev.keepwarm.emulator.http.AwsJson;
import dev.keepwarm.emulator.http.Caller;
import dev.keepwarm.emulator.http.Incidents;
import dev.keepwarm.emulator.http.LoopbackServer;
import dev.keepwarm.emulator.http.Page;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lambda on loopback, in front of functions that run on this machine. It has Invoke, the operations
 * that make functions start cold, and those that describe functions. Thread-safe.
 */
public final class LambdaServer implements AutoCloseable {
  private static final String FUNCTIONS = "/2015-03-31/functions";

  private static final String MAPPINGS = "/2015-03-31/event-source-mappings";

  private static final Pattern FUNCTION =
      Pattern.compile(FUNCTIONS + "/([^/]+)(?:/(invocations|configuration))?");

  /** The only qualifier of a function: there are no other versions, and no aliases. */
  private static final String LATEST = "$LATEST";

  /** A name, a partial ARN or an ARN, each with or without a qualifier. */
  private static final Pattern REFERENCE =
      Pattern.compile(
          "(?:(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?\\d{12}:function:|function:)?"
              + "(?<name>[A-Za-z0-9_-]{1,64})(?::(?<qualifier>[$A-Za-z0-9_-]+))?");

  private static final int MAX_SYNCHRONOUS_BYTES = 6 << 20;
  private static final int MAX_ASYNCHRONOUS_BYTES = 1 << 20;
  private static final int ASYNCHRONOUS_ATTEMPTS = 3;

  private final Map<String, Registered> functions = new ConcurrentHashMap<>();
  private final Map<UUID, Mapping> mappings = new ConcurrentSkipListMap<>();
  private final ExecutorService asynchronous = Executors.newVirtualThreadPerTaskExecutor();
  private final Incidents incidents;
  private final LoopbackServer server;

  private LambdaServer(int port, Incidents incidents) throws IOException {
    this.incidents = incidents;
    this.server = LoopbackServer.start(port, this::handle, incidents);
  }

  private record Registered(LocalFunction function, Duration timeout) {}

  private record Mapping(String function, QueuePoller poller) {}

  /**
   * Starts the endpoint, without functions.
   *
   * @param port 0 for any free one
   * @return the running endpoint
   * @throws IOException if the port is taken
   */
  public static LambdaServer start(int port) throws IOException {
    return start(port, Incidents.NONE);
  }

  public static LambdaServer start(int port, Incidents incidents) throws IOException {
    return new LambdaServer(port, incidents);
  }

  /**
   * Adds a function, or replaces (and closes) the one of that name.
   *
   * @param name 1 to 64 letters, digits, hyphens and underscores
   * @param function closed together with this endpoint
   * @param timeout of each invocation
   */
  public void register(String name, LocalFunction function, Duration timeout) {
    Registered before = functions.put(name, new Registered(function, timeout));
    if (before != null && before.function() != function) {
      before.function().close();
    }
  }

  /**
   * Lists a poller as an event source mapping. The poller works without this, too.
   *
   * @param name the name of the function that it invokes
   * @param poller passes messages to the function
   */
  public void showMapping(String name, QueuePoller poller) {
    mappings.put(UUID.randomUUID(), new Mapping(name, poller));
  }

  /**
   * Where clients connect.
   *
   * @return an {@code http} URI without a path
   */
  public URI endpoint() {
    return server.endpoint();
  }

  /** Stops at once and closes the functions. */
  @Override
  public void close() {
    server.close();
    asynchronous.shutdownNow();
    functions.values().forEach(registered -> registered.function().close());
  }

  /**
   * Invokes without waiting, as the invocation type {@code Event} does, and retries twice if it
   * fails. Unlike Lambda, it does not pause for minutes between the attempts.
   *
   * @param reference a name or an ARN
   * @throws AwsException if there is no such function
   */
  public void invokeAsynchronously(String reference, byte[] payload) {
    Registered registered = find(Caller.LOCAL, reference, Optional.empty());
    asynchronous.execute(() -> {
      for (int attempt = 1; attempt <= ASYNCHRONOUS_ATTEMPTS; attempt++) {
        try {
          registered.function().invoke(payload, registered.timeout());
          return;
        } catch (FunctionException e) {
          // Retried and then dropped, as Lambda does without a destination.
          if (attempt == ASYNCHRONOUS_ATTEMPTS) {
            incidents.report(
                "asynchronous invocation failed",
                "FUNCTION_FAILED",
                Map.of("function", name(reference), "reason", e.errorType()));
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    });
  }

  private LoopbackServer.Response handle(LoopbackServer.Request request)
      throws IOException, InterruptedException {
    try {
      Caller caller = Caller.of(request, 403);
      return answer(caller, request);
    } catch (AwsException e) {
      return error(e);
    }
  }

  /** The emulated operations: method, path, and the operation's name. */
  public static Set<String> operationNames() {
    return Set.of(
        "Invoke",
        "UpdateFunctionConfiguration",
        "ListFunctions",
        "GetFunction",
        "GetFunctionConfiguration",
        "ListEventSourceMappings");
  }

  private LoopbackServer.Response answer(Caller caller, LoopbackServer.Request request)
      throws IOException, InterruptedException {
    String route = request.path().replaceFirst("/$", "");
    if (request.method().equals("GET") && route.equals(FUNCTIONS)) {
      return listFunctions(caller, request);
    }
    if (request.method().equals("GET") && route.equals(MAPPINGS)) {
      return listMappings(caller, request);
    }
    Matcher path = FUNCTION.matcher(route);
    String operation =
        path.matches()
            ? request.method() + " " + Objects.requireNonNullElse(path.group(2), "")
            : "";
    return switch (operation) {
      case "POST invocations" -> invoke(caller, reference(path), request);
      case "PUT configuration" -> configure(caller, reference(path), request);
      case "GET configuration" ->
          json(configuration(caller, found(caller, reference(path), request)));
      case "GET " -> {
        ObjectNode answer = AwsJson.JSON.createObjectNode();
        answer.set("Configuration", configuration(caller, found(caller, reference(path), request)));
        answer.putObject("Code").put("RepositoryType", "Local");
        yield json(answer);
      }
      default ->
          throw new AwsException(
              404,
              "UnknownOperationException",
              "The embedded stack does not emulate this operation of Lambda;"
                  + " docs/embedded-stack.md says what it does");
    };
  }

  private LoopbackServer.Response listFunctions(Caller caller, LoopbackServer.Request request)
      throws JsonProcessingException {
    Page<String> page = page(functions.keySet().stream().sorted().toList(), request);
    ObjectNode answer = AwsJson.JSON.createObjectNode();
    ArrayNode list = answer.putArray("Functions");
    page.items().forEach(name -> list.add(configuration(caller, name)));
    page.next().ifPresent(marker -> answer.put("NextMarker", marker));
    return json(answer);
  }

  private LoopbackServer.Response listMappings(Caller caller, LoopbackServer.Request request)
      throws JsonProcessingException {
    Optional<String> function = request.query("FunctionName").map(LambdaServer::name);
    Optional<String> source = request.query("EventSourceArn");
    Page<Map.Entry<UUID, Mapping>> page =
        page(
            mappings.entrySet().stream()
                .filter(
                    each -> function.isEmpty() || function.get().equals(each.getValue().function))
                .filter(each ->
                    source.isEmpty() || source.get().equals(each.getValue().poller.queueArn()))
                .toList(),
            request);
    ObjectNode answer = AwsJson.JSON.createObjectNode();
    ArrayNode list = answer.putArray("EventSourceMappings");
    page.items().forEach(each -> list.add(mapping(caller, each.getKey(), each.getValue())));
    page.next().ifPresent(marker -> answer.put("NextMarker", marker));
    return json(answer);
  }

  private static ObjectNode mapping(Caller caller, UUID id, Mapping mapping) {
    QueuePoller.Options options = mapping.poller.options();
    ObjectNode json =
        AwsJson.JSON
            .createObjectNode()
            .put("UUID", id.toString())
            .put("EventSourceArn", mapping.poller.queueArn())
            .put("FunctionArn", arn(caller, mapping.function))
            .put("BatchSize", options.batchSize())
            .put("MaximumBatchingWindowInSeconds", options.batchingWindow().toSeconds())
            .put("State", "Enabled");
    json.putObject("ScalingConfig").put("MaximumConcurrency", options.maximumConcurrency());
    if (options.reportBatchItemFailures()) {
      json.putArray("FunctionResponseTypes").add("ReportBatchItemFailures");
    }
    return json;
  }

  /** Without the environment, which may contain secrets. */
  private ObjectNode configuration(Caller caller, String name) {
    Registered registered = functions.get(name);
    long timeout = registered == null ? 0 : registered.timeout().toSeconds();
    return AwsJson.JSON
        .createObjectNode()
        .put("FunctionName", name)
        .put("FunctionArn", arn(caller, name))
        .put("Version", LATEST)
        .put("PackageType", "Zip")
        .put("Timeout", timeout)
        .put("State", "Active")
        .put("LastUpdateStatus", "Successful");
  }

  private static <T> Page<T> page(List<T> all, LoopbackServer.Request request) {
    try {
      OptionalInt limit =
          request.query("MaxItems").stream().mapToInt(Integer::parseInt).findFirst();
      return Page.of(all, limit, request.query("Marker"), "InvalidParameterValueException");
    } catch (NumberFormatException e) {
      throw AwsException.validation("MaxItems is a whole number");
    }
  }

  private static String arn(Caller caller, String name) {
    return caller.arn("lambda", "function:" + name);
  }

  /** The name of an existing function with that qualifier. */
  private String found(Caller caller, String reference, LoopbackServer.Request request) {
    var unused = find(caller, reference, request.query("Qualifier"));
    return name(reference);
  }

  private static String reference(Matcher path) {
    return URLDecoder.decode(path.group(1), StandardCharsets.UTF_8);
  }

  /** UpdateFunctionConfiguration, for the environment only. */
  private LoopbackServer.Response configure(
      Caller caller, String reference, LoopbackServer.Request request)
      throws JsonProcessingException {
    Registered registered = find(caller, reference, Optional.empty());
    Map<String, String> variables = variables(request.body());
    if (!registered.function().reconfigure(variables)) {
      throw new AwsException(
          400,
          "InvalidParameterValueException",
          "The function runs in the stack's own process and has no environment");
    }
    ObjectNode answer = configuration(caller, name(reference));
    answer.putObject("Environment").set("Variables", AwsJson.JSON.valueToTree(variables));
    return json(answer);
  }

  private static LoopbackServer.Response json(ObjectNode answer) throws JsonProcessingException {
    return response(
        200, Map.of("Content-Type", "application/json"), AwsJson.JSON.writeValueAsBytes(answer));
  }

  private static Map<String, String> variables(byte[] body) {
    AwsException invalid =
        new AwsException(
            400,
            "InvalidParameterValueException",
            "The embedded stack's Lambda takes Environment.Variables, and nothing else");
    Map<String, String> variables = new HashMap<>();
    try {
      JsonNode root = AwsJson.JSON.readTree(body);
      JsonNode given = root.path("Environment").path("Variables");
      if (root.size() != 1 || root.path("Environment").size() != 1 || !given.isObject()) {
        throw invalid;
      }
      for (Map.Entry<String, JsonNode> variable : given.properties()) {
        if (!variable.getValue().isTextual()) {
          throw invalid;
        }
        variables.put(variable.getKey(), variable.getValue().textValue());
      }
    } catch (IOException e) {
      throw invalid;
    }
    return variables;
  }

  private LoopbackServer.Response invoke(
      Caller caller, String reference, LoopbackServer.Request request) throws InterruptedException {
    Registered registered = find(caller, reference, request.query("Qualifier"));
    byte[] payload =
        request.body().length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : request.body();
    String type = request.header("X-Amz-Invocation-Type").orElse("RequestResponse");
    requireSize(payload, type.equals("Event") ? MAX_ASYNCHRONOUS_BYTES : MAX_SYNCHRONOUS_BYTES);
    requireJson(payload);
    return switch (type) {
      case "RequestResponse" -> invokeAndWait(registered, payload, tail(request));
      case "Event" -> {
        invokeAsynchronously(reference, payload);
        yield response(202, Map.of(), new byte[0]);
      }
      case "DryRun" -> response(204, Map.of(), new byte[0]);
      default ->
          throw new AwsException(
              400, "InvalidParameterValueException", "The invocation type is unknown");
    };
  }

  private static boolean tail(LoopbackServer.Request request) {
    String type = request.header("X-Amz-Log-Type").orElse("None");
    if (!type.equals("None") && !type.equals("Tail")) {
      throw new AwsException(400, "InvalidParameterValueException", "The log type is unknown");
    }
    return type.equals("Tail");
  }

  private static LoopbackServer.Response invokeAndWait(
      Registered registered, byte[] payload, boolean tail) throws InterruptedException {
    LogTail log = new LogTail(UUID.randomUUID().toString());
    long startedNanos = System.nanoTime();
    Map<String, String> headers = new HashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("X-Amz-Executed-Version", LATEST);
    byte[] answer;
    try {
      answer =
          tail
              ? registered.function().invoke(payload, registered.timeout(), log::add)
              : registered.function().invoke(payload, registered.timeout());
      if (answer.length > MAX_SYNCHRONOUS_BYTES) {
        throw FunctionException.of(
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size ("
                + MAX_SYNCHRONOUS_BYTES
                + " bytes).");
      }
    } catch (FunctionException e) {
      headers.put("X-Amz-Function-Error", "Unhandled");
      answer = e.payload();
    }
    if (tail) {
      headers.put("X-Amz-Log-Result", log.end(Duration.ofNanos(System.nanoTime() - startedNanos)));
    }
    return response(200, headers, answer);
  }

  /**
   * @param parameter the qualifier as a separate parameter, which must not contradict that of the
   *     reference
   */
  private Registered find(Caller caller, String reference, Optional<String> parameter) {
    String name = name(reference);
    Optional<String> ofName = Optional.ofNullable(match(reference).group("qualifier"));
    if (ofName.isPresent() && parameter.isPresent() && !ofName.equals(parameter)) {
      throw new AwsException(
          400,
          "InvalidParameterValueException",
          "The derived qualifier from the function name does not match the specified qualifier.");
    }
    Optional<String> qualifier = ofName.or(() -> parameter);
    Registered registered = functions.get(name);
    if (registered == null || qualifier.filter(each -> !each.equals(LATEST)).isPresent()) {
      throw new AwsException(
          404,
          "ResourceNotFoundException",
          "Function not found: "
              + arn(caller, name)
              + qualifier.map(each -> ":" + each).orElse("")
              + qualifier
                  .filter(each -> registered != null)
                  .map(each -> "; a function of the embedded stack has only $LATEST")
                  .orElse(""));
    }
    return registered;
  }

  private static String name(String reference) {
    return match(reference).group("name");
  }

  private static Matcher match(String reference) {
    Matcher matcher = REFERENCE.matcher(reference);
    if (!matcher.matches()) {
      throw AwsException.validation(
          "1 validation error detected: Value at 'functionName' failed to satisfy constraint:"
              + " Member must be a function's name or ARN");
    }
    return matcher;
  }

  private static void requireSize(byte[] payload, int max) {
    if (payload.length > max) {
      throw new AwsException(
          413,
          "RequestTooLargeException",
          "Request must be smaller than " + max + " bytes for the InvokeFunction operation");
    }
  }

  private static void requireJson(byte[] payload) {
    try {
      AwsJson.JSON.readTree(payload);
    } catch (IOException e) {
      throw new AwsException(
          400, "InvalidRequestContentException", "Could not parse request body into json");
    }
  }

  private static LoopbackServer.Response error(AwsException e) throws JsonProcessingException {
    ObjectNode body = AwsJson.JSON.createObjectNode();
    body.put("Type", "User");
    body.put("Message", e.message());
    Map<String, String> headers =
        Map.of("Content-Type", "application/json", "x-amzn-ErrorType", e.code());
    return response(e.status(), headers, AwsJson.JSON.writeValueAsBytes(body));
  }

  private static LoopbackServer.Response response(
      int status, Map<String, String> headers, byte[] body) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("x-amzn-RequestId", UUID.randomUUID().toString());
    return new LoopbackServer.Response(status, all, body);
  }
}
