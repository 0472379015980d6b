package dev.keepwarm.bench.unaided;

import dev.keepwarm.core.internal.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Calls of one service in AWS's JSON protocol, signed with Signature Version 4. Thread-safe. */
final class SignedCalls {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Wire wire;
  private final Map<String, String> environment;
  private final InstantSource clock;
  private final URI endpoint;
  private final String service;
  private final String target;
  private final String contentType;

  /**
   * Calls of a service.
   *
   * @param environment region, credentials and endpoint
   * @param service as signatures name it, and in capitals the variable of its endpoint
   * @param endpointName the service in {@code AWS_ENDPOINT_URL_<SERVICE>}
   * @param target what precedes the operation in {@code X-Amz-Target}
   * @param version of the protocol
   */
  SignedCalls(
      Wire wire,
      Map<String, String> environment,
      InstantSource clock,
      String service,
      String endpointName,
      String target,
      String version) {
    this.wire = wire;
    this.environment = environment;
    this.clock = clock;
    this.endpoint = URI.create(variable("AWS_ENDPOINT_URL_" + endpointName));
    this.service = service;
    this.target = target;
    this.contentType = "application/x-amz-json-" + version;
  }

  /**
   * What came of a call.
   *
   * @param error the exception's name without its namespace; null if it succeeded
   */
  record Reply(Map<String, @Nullable Object> fields, @Nullable String error) {
    @Override
    public String toString() {
      return "Reply[" + error + "]";
    }
  }

  Reply call(String operation, Map<String, ?> request) {
    byte[] body = Json.write(request).getBytes(StandardCharsets.UTF_8);
    try {
      Wire.Answer answer = wire.post(endpoint, headers(target + operation, body), body);
      String text = new String(answer.body(), StandardCharsets.UTF_8);
      Map<String, @Nullable Object> fields = text.isEmpty() ? Map.of() : Json.parseObject(text);
      return new Reply(fields, answer.status() == 200 ? null : error(fields, answer.status()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a request cannot be signed", e);
    }
  }

  /**
   * The answer of a call that has to succeed.
   *
   * @throws IllegalStateException if it does not
   */
  Map<String, @Nullable Object> fieldsOf(String operation, Map<String, ?> request) {
    Reply reply = call(operation, request);
    if (reply.error() != null) {
      throw new IllegalStateException(operation + ": " + reply.error());
    }
    return reply.fields();
  }

  private static String error(Map<String, @Nullable Object> fields, int status) {
    String type = String.valueOf(fields.getOrDefault("__type", "HTTP " + status));
    return type.substring(type.indexOf('#') + 1);
  }

  private Map<String, String> headers(String operation, byte[] body)
      throws GeneralSecurityException {
    String time = TIME.format(clock.instant());
    String date = time.substring(0, 8);
    String region = variable("AWS_REGION");
    String scope = date + "/" + region + "/" + service + "/aws4_request";
    String token = environment.get("AWS_SESSION_TOKEN");
    // By name, as they are signed.
    Map<String, String> signed = new LinkedHashMap<>();
    signed.put("content-type", contentType);
    signed.put("host", endpoint.getAuthority());
    signed.put("x-amz-date", time);
    if (token != null) {
      signed.put("x-amz-security-token", token);
    }
    signed.put("x-amz-target", operation);
    String names = String.join(";", signed.keySet());
    StringBuilder canonical = new StringBuilder("POST\n/\n\n");
    signed.forEach((name, value) -> canonical.append(name + ":" + value + "\n"));
    canonical.append("\n").append(names).append("\n").append(sha256(body));
    String toSign =
        "AWS4-HMAC-SHA256\n"
            + time
            + "\n"
            + scope
            + "\n"
            + sha256(canonical.toString().getBytes(StandardCharsets.UTF_8));
    byte[] key = ("AWS4" + variable("AWS_SECRET_ACCESS_KEY")).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/", -1)) {
      key = hmac(key, part);
    }
    Map<String, String> headers = new LinkedHashMap<>(signed);
    headers.remove("host");
    headers.put(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential="
            + variable("AWS_ACCESS_KEY_ID")
            + "/"
            + scope
            + ", SignedHeaders="
            + names
            + ", Signature="
            + HexFormat.of().formatHex(hmac(key, toSign)));
    return headers;
  }

  private String variable(String name) {
    String value = environment.get(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set");
    }
    return value;
  }

  private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String sha256(byte[] bytes) throws GeneralSecurityException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
