package dev.keepwarm.local.aws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lambda's Invoke, and what makes functions start cold, on loopback, in front of functions that run
 * on this machine. Thread-safe.
 */
public final class LambdaServer implements AutoCloseable {
  private static final Pattern FUNCTION =
      Pattern.compile("/2015-03-31/functions/([^/]+)/(invocations|configuration)");

  /** A name, a partial ARN or an ARN, each with or without a qualifier. */
  private static final Pattern REFERENCE =
      Pattern.compile(
          "(?:(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?\\d{12}:function:|function:)?"
              + "(?<name>[A-Za-z0-9_-]{1,64})(?::[$A-Za-z0-9_-]+)?");

  private static final int MAX_SYNCHRONOUS_BYTES = 6 << 20;
  private static final int MAX_ASYNCHRONOUS_BYTES = 1 << 20;
  private static final int ASYNCHRONOUS_ATTEMPTS = 3;

  private final Map<String, Registered> functions = new ConcurrentHashMap<>();
  private final ExecutorService asynchronous = Executors.newVirtualThreadPerTaskExecutor();
  private final Incidents incidents;
  private final LoopbackServer server;

  private LambdaServer(int port, Incidents incidents) throws IOException {
    this.incidents = incidents;
    this.server = LoopbackServer.start(port, this::handle, incidents);
  }

  private record Registered(LocalFunction function, Duration timeout) {}

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

  static LambdaServer start(int port, Incidents incidents) throws IOException {
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
   * Invokes without waiting, as the invocation type {@code Event} does: twice more if it fails.
   * Lambda's pause between the attempts, minutes, is left out.
   *
   * @param reference a name or an ARN
   * @throws AwsException if there is no such function
   */
  void invokeAsynchronously(String reference, byte[] payload) {
    Registered registered = find(reference);
    asynchronous.execute(() -> {
      for (int attempt = 1; attempt <= ASYNCHRONOUS_ATTEMPTS; attempt++) {
        try {
          registered.function().invoke(payload, registered.timeout());
          return;
        } catch (FunctionException e) {
          // Tried again, then dropped, as Lambda does without a destination.
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
      Caller.of(request, 403);
      Matcher path = FUNCTION.matcher(request.path());
      String operation = path.matches() ? request.method() + " " + path.group(2) : "";
      return switch (operation) {
        case "POST invocations" -> invoke(reference(path), request);
        case "PUT configuration" -> configure(reference(path), request);
        default ->
            throw new AwsException(
                404,
                "UnknownOperationException",
                "The embedded stack's Lambda has Invoke and UpdateFunctionConfiguration");
      };
    } catch (AwsException e) {
      return error(e);
    }
  }

  private static String reference(Matcher path) {
    return URLDecoder.decode(path.group(1), StandardCharsets.UTF_8);
  }

  /** UpdateFunctionConfiguration, of the environment alone. */
  private LoopbackServer.Response configure(String reference, LoopbackServer.Request request)
      throws JsonProcessingException {
    Registered registered = find(reference);
    Map<String, String> variables = variables(request.body());
    if (!registered.function().reconfigure(variables)) {
      throw new AwsException(
          400,
          "InvalidParameterValueException",
          "The function runs in the stack's own process and has no environment");
    }
    ObjectNode answer = AwsJson.JSON.createObjectNode();
    answer.put("FunctionName", name(reference));
    answer.put("State", "Active");
    answer.put("LastUpdateStatus", "Successful");
    answer.putObject("Environment").set("Variables", AwsJson.JSON.valueToTree(variables));
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

  private LoopbackServer.Response invoke(String reference, LoopbackServer.Request request)
      throws InterruptedException {
    Registered registered = find(reference);
    byte[] payload =
        request.body().length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : request.body();
    String type = request.header("X-Amz-Invocation-Type").orElse("RequestResponse");
    requireSize(payload, type.equals("Event") ? MAX_ASYNCHRONOUS_BYTES : MAX_SYNCHRONOUS_BYTES);
    requireJson(payload);
    return switch (type) {
      case "RequestResponse" -> invokeAndWait(registered, payload);
      case "Event" -> {
        invokeAsynchronously(reference, payload);
        yield response(202, Map.of(), new byte[0]);
      }
      case "DryRun" -> response(204, Map.of(), new byte[0]);
      default ->
          throw new AwsException(
              400, "InvalidParameterValueException", "There is no such invocation type");
    };
  }

  private static LoopbackServer.Response invokeAndWait(Registered registered, byte[] payload)
      throws InterruptedException {
    Map<String, String> headers = new HashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("X-Amz-Executed-Version", "$LATEST");
    byte[] answer;
    try {
      answer = registered.function().invoke(payload, registered.timeout());
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
    return response(200, headers, answer);
  }

  private Registered find(String reference) {
    String name = name(reference);
    Registered registered = functions.get(name);
    if (registered == null) {
      throw new AwsException(404, "ResourceNotFoundException", "Function not found: " + name);
    }
    return registered;
  }

  private static String name(String reference) {
    Matcher matcher = REFERENCE.matcher(reference);
    if (!matcher.matches()) {
      throw AwsException.validation(
          "1 validation error detected: Value at 'functionName' failed to satisfy constraint:"
              + " Member must be a function's name or ARN");
    }
    return matcher.group("name");
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
