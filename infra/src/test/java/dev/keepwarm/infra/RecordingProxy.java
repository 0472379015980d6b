package dev.keepwarm.infra;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A proxy between a client and the endpoints of services with JSON protocols. It records the
 * permission that each request needs, as {@code action resource}. It also responds as an empty
 * CloudWatch. Thread-safe.
 */
final class RecordingProxy implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Set<String> PASSED_ON = Set.of("authorization", "content-type");

  /** In CBOR. */
  private static final byte[] EMPTY_MAP = {(byte) 0xa0};

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Map<String, String> environment;
  private final Set<String> needed = new ConcurrentSkipListSet<>();

  /**
   * @param environment with {@code AWS_ENDPOINT_URL_DYNAMODB}, {@code _KMS}, {@code _EVENTBRIDGE}
   *     and {@code _SQS}
   */
  RecordingProxy(Map<String, String> environment) throws IOException {
    this.environment = new HashMap<>(environment);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    for (String service : new String[] {"DYNAMODB", "KMS", "EVENTBRIDGE", "SQS"}) {
      String variable = "AWS_ENDPOINT_URL_" + service;
      URI endpoint = URI.create(environment.get(variable));
      String path = "/" + service;
      server.createContext(path, exchange -> handle(exchange, endpoint));
      this.environment.put(variable, "http://127.0.0.1:" + server.getAddress().getPort() + path);
    }
    server.createContext("/CLOUDWATCH", this::cloudWatch);
    this.environment.put(
        "AWS_ENDPOINT_URL_CLOUDWATCH",
        "http://127.0.0.1:" + server.getAddress().getPort() + "/CLOUDWATCH");
    server.start();
  }

  /** Smithy's RPC protocol: the path ends with the operation, and the response is an empty map. */
  private void cloudWatch(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] unused = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      needed.add("cloudwatch:" + path.substring(path.lastIndexOf('/') + 1) + " *");
      exchange.getResponseHeaders().set("smithy-protocol", "rpc-v2-cbor");
      exchange.getResponseHeaders().set("content-type", "application/cbor");
      exchange.sendResponseHeaders(200, EMPTY_MAP.length);
      exchange.getResponseBody().write(EMPTY_MAP);
    }
  }

  /** The environment with the proxy's endpoints. */
  Map<String, String> environment() {
    return environment;
  }

  /** The permissions that the requests so far needed. */
  Set<String> needed() {
    return Set.copyOf(needed);
  }

  private void handle(HttpExchange exchange, URI endpoint) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
      note(target, MAPPER.readTree(body));
      HttpRequest.Builder request =
          HttpRequest.newBuilder(endpoint)
              .header("X-Amz-Target", target)
              .POST(HttpRequest.BodyPublishers.ofByteArray(body));
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> {
            if (PASSED_ON.contains(name.toLowerCase(Locale.ROOT))
                || name.toLowerCase(Locale.ROOT).startsWith("x-amz-d")) {
              request.header(name, values.getFirst());
            }
          });
      HttpResponse<byte[]> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      response
          .headers()
          .firstValue("content-type")
          .ifPresent(type -> exchange.getResponseHeaders().set("content-type", type));
      exchange.sendResponseHeaders(response.statusCode(), response.body().length);
      exchange.getResponseBody().write(response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void note(String target, JsonNode body) {
    String operation = target.substring(target.indexOf('.') + 1);
    if (target.startsWith("DynamoDB")) {
      needed.add("dynamodb:" + operation + " " + body.get("TableName").asText());
    } else if (target.startsWith("TrentService")) {
      needed.add(("kms:" + operation + " " + String.join("+", context(body))).strip());
    } else if (target.startsWith("AmazonSQS")) {
      // Batches need the permission of the single operation.
      needed.add("sqs:" + operation.replaceFirst("Batch$", "") + " " + queue(body));
    } else if (body.has("Entries")) {
      body.get("Entries")
          .forEach(
              entry -> needed.add("events:" + operation + " " + entry.get("DetailType").asText()));
    } else {
      needed.add("events:" + operation + " " + body.get("Name").asText());
    }
  }

  /** The encryption context's names, in their order. */
  private static Iterable<String> context(JsonNode body) {
    return new TreeSet<>(
        body.path("EncryptionContext").properties().stream().map(Map.Entry::getKey).toList());
  }

  private static String queue(JsonNode body) {
    if (body.has("QueueName")) {
      return body.get("QueueName").asText();
    }
    String url = body.get("QueueUrl").asText();
    return url.substring(url.lastIndexOf('/') + 1);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    client.close();
  }
}
