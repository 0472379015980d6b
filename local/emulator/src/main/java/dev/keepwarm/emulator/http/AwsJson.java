package dev.keepwarm.emulator.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The AWS JSON 1.1 protocol: every operation is a POST of a JSON object, named by the header {@code
 * X-Amz-Target}.
 */
public final class AwsJson implements LoopbackServer.Handler {
  public static final ObjectMapper JSON = new ObjectMapper();

  private final String targetPrefix;
  private final Map<String, Operation> operations;

  /**
   * @param targetPrefix the part before the dot in {@code X-Amz-Target}
   * @param operations by name
   */
  public AwsJson(String targetPrefix, Map<String, Operation> operations) {
    this.targetPrefix = targetPrefix;
    this.operations = Map.copyOf(operations);
  }

  /** The operations of this service. */
  public Set<String> operationNames() {
    return operations.keySet();
  }

  /** One operation. Called by many threads at once. */
  @FunctionalInterface
  public interface Operation {
    /**
     * @throws AwsException to answer with an error
     */
    ObjectNode apply(Caller caller, Parameters parameters) throws IOException;
  }

  @Override
  public LoopbackServer.Response handle(LoopbackServer.Request request) throws IOException {
    try {
      return response(200, dispatch(request));
    } catch (AwsException e) {
      ObjectNode error = JSON.createObjectNode();
      error.put("__type", e.code());
      error.put("message", e.message());
      return response(e.status(), error);
    }
  }

  private ObjectNode dispatch(LoopbackServer.Request request) throws IOException {
    Caller caller = Caller.of(request, 400);
    String target = request.header("X-Amz-Target").orElse("");
    Operation operation =
        target.startsWith(targetPrefix + ".")
            ? operations.get(target.substring(targetPrefix.length() + 1))
            : null;
    if (operation == null) {
      throw new AwsException(
          400,
          "UnknownOperationException",
          "The embedded stack does not emulate "
              + target
              + "; docs/embedded-stack.md says what it does");
    }
    return operation.apply(caller, new Parameters(parse(request.body())));
  }

  private static ObjectNode parse(byte[] body) throws IOException {
    try {
      JsonNode parsed = JSON.readTree(body);
      if (parsed instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      // The error is below. The parser's message is dropped, because it may quote the body.
    }
    throw new AwsException(400, "SerializationException", "The body is not a JSON object");
  }

  private static LoopbackServer.Response response(int status, ObjectNode body)
      throws JsonProcessingException {
    Map<String, String> headers =
        Map.of(
            "Content-Type",
            "application/x-amz-json-1.1",
            "x-amzn-RequestId",
            UUID.randomUUID().toString());
    return new LoopbackServer.Response(status, headers, JSON.writeValueAsBytes(body));
  }
}
