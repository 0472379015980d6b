package dev.keepwarm.bench.callers;

import dev.keepwarm.emulator.http.LoopbackServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A proxy between processes and the endpoints of AWS, which records the caller, the operation and
 * the times of each call. It adds about a millisecond to each call. Thread-safe.
 */
final class CallRecorder implements AutoCloseable {
  private static final List<String> SERVICES = List.of("DYNAMODB", "KMS", "EVENTBRIDGE", "LAMBDA");

  private static final List<String> PASSED_ON =
      List.of(
          "Authorization",
          "Content-Type",
          "X-Amz-Date",
          "X-Amz-Security-Token",
          "X-Amz-Target",
          "X-Amz-Invocation-Type");

  private static final Pattern TABLE = Pattern.compile("\"TableName\":\"([^\"]*)\"");

  private final Map<String, String> tables;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<LoopbackServer> servers = new ArrayList<>();
  private final ConcurrentLinkedQueue<Call> calls = new ConcurrentLinkedQueue<>();

  /**
   * Makes a recorder that has no callers yet.
   *
   * @param tables the label of each table, by its name
   */
  CallRecorder(Map<String, String> tables) {
    this.tables = Map.copyOf(tables);
  }

  /**
   * A call.
   *
   * @param by the caller
   * @param what the service, operation and table
   * @param begun when it arrived, by {@link System#nanoTime}
   * @param ended when its response left, by the same clock
   */
  record Call(String by, String what, long begun, long ended) {}

  /**
   * The same environment with other endpoints, which record all calls.
   *
   * @param by the caller that will use it
   */
  Map<String, String> through(String by, Map<String, String> environment) throws IOException {
    Map<String, String> changed = new HashMap<>(environment);
    for (String service : SERVICES) {
      String variable = "AWS_ENDPOINT_URL_" + service;
      URI endpoint = URI.create(String.valueOf(environment.get(variable)));
      LoopbackServer server =
          LoopbackServer.start(0, request -> pass(by, service, endpoint, request));
      servers.add(server);
      changed.put(variable, server.endpoint().toString());
    }
    return changed;
  }

  /** The calls since the last time, in the order of the responses. */
  List<Call> take() {
    List<Call> taken = new ArrayList<>();
    for (Call call = calls.poll(); call != null; call = calls.poll()) {
      taken.add(call);
    }
    return taken;
  }

  @Override
  public void close() {
    servers.forEach(LoopbackServer::close);
    client.close();
  }

  private LoopbackServer.Response pass(
      String by, String service, URI endpoint, LoopbackServer.Request request)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    HttpRequest.Builder passed =
        HttpRequest.newBuilder(endpoint.resolve(request.path()))
            .method(request.method(), HttpRequest.BodyPublishers.ofByteArray(request.body()));
    for (String name : PASSED_ON) {
      request.header(name).ifPresent(value -> passed.header(name, value));
    }
    HttpResponse<byte[]> response =
        client.send(passed.build(), HttpResponse.BodyHandlers.ofByteArray());
    Map<String, String> headers = new HashMap<>();
    response
        .headers()
        .map()
        .forEach((name, values) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (lower.equals("content-type") || lower.startsWith("x-amz")) {
            headers.put(name, values.getFirst());
          }
        });
    calls.add(new Call(by, what(service, request), begun, System.nanoTime()));
    return new LoopbackServer.Response(response.statusCode(), headers, response.body());
  }

  private String what(String service, LoopbackServer.Request request) {
    String target = request.header("X-Amz-Target").orElse(".Invoke");
    String operation = target.substring(target.lastIndexOf('.') + 1);
    return switch (service) {
      case "DYNAMODB" -> {
        Matcher table = TABLE.matcher(new String(request.body(), StandardCharsets.UTF_8));
        String name = table.find() ? table.group(1) : "";
        yield "DynamoDB " + operation + ": " + tables.getOrDefault(name, name);
      }
      case "KMS" -> "KMS " + operation;
      case "EVENTBRIDGE" -> "EventBridge " + operation;
      default -> "Lambda " + operation;
    };
  }
}
