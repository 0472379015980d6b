package dev.keepwarm.emulator.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Responds for every service that the stack does not emulate, so that a call meant for this machine
 * never reaches AWS. Every response is the error {@code NotEmulated}, in the format of the
 * service's clients. Thread-safe.
 */
public final class NotEmulatedServer implements AutoCloseable {
  private static final String CODE = "NotEmulated";
  private static final int STATUS = 400;

  /** The service in a signature's credential scope, which is its last part but one. */
  private static final Pattern SERVICE =
      Pattern.compile("Credential=[^/,\\s]+/\\d{8}/[a-z0-9-]+/([a-z0-9-]+)/aws4_request");

  /** Services whose clients expect XML although they do not send forms. */
  private static final Set<String> REST_XML = Set.of("s3", "route53", "cloudfront", "s3-outposts");

  /** The protocol of newer services' clients. */
  private static final String RPC_CBOR = "rpc-v2-cbor";

  private static final int CBOR_MAP = 0xa0;
  private static final int CBOR_TEXT_OF_TWO_LENGTH_BYTES = 0x79;

  private final LoopbackServer server;

  private NotEmulatedServer(LoopbackServer server) {
    this.server = server;
  }

  /**
   * @param port 0 for any free one
   * @throws IOException if the port is taken
   */
  public static NotEmulatedServer start(int port) throws IOException {
    return new NotEmulatedServer(LoopbackServer.start(port, NotEmulatedServer::answer));
  }

  public URI endpoint() {
    return server.endpoint();
  }

  @Override
  public void close() {
    server.close();
  }

  private static LoopbackServer.Response answer(LoopbackServer.Request request) throws IOException {
    Optional<String> service = service(request);
    String message =
        "The embedded stack does not emulate "
            + service.map(name -> "the service " + name).orElse("this service")
            + "; it has dynamodb, sqs, kms, events and lambda";
    boolean form =
        request
            .header("Content-Type")
            .filter(type -> type.startsWith("application/x-www-form-urlencoded"))
            .isPresent();
    if (form || service.filter(REST_XML::contains).isPresent()) {
      return xml(message, service.filter(REST_XML::contains).isPresent());
    }
    Optional<String> protocol = request.header("smithy-protocol");
    if (protocol.filter(RPC_CBOR::equals).isPresent()) {
      return new LoopbackServer.Response(
          STATUS,
          Map.of("Content-Type", "application/cbor", "smithy-protocol", RPC_CBOR),
          cbor(Map.of("__type", CODE, "message", message)));
    }
    ObjectNode body = AwsJson.JSON.createObjectNode();
    body.put("__type", CODE);
    body.put("message", message);
    return new LoopbackServer.Response(
        STATUS,
        Map.of("Content-Type", "application/json", "x-amzn-ErrorType", CODE),
        AwsJson.JSON.writeValueAsBytes(body));
  }

  /** A map of texts in CBOR (RFC 8949): fewer than 24 entries, each below 64 KB. */
  private static byte[] cbor(Map<String, String> texts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(CBOR_MAP + texts.size());
    texts.forEach((name, value) -> {
      text(out, name);
      text(out, value);
    });
    return out.toByteArray();
  }

  private static void text(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(CBOR_TEXT_OF_TWO_LENGTH_BYTES);
    out.write(bytes.length >> 8);
    out.write(bytes.length);
    out.writeBytes(bytes);
  }

  private static Optional<String> service(LoopbackServer.Request request) {
    return request
        .header("Authorization")
        .map(SERVICE::matcher)
        .filter(Matcher::find)
        .map(matcher -> matcher.group(1));
  }

  private static LoopbackServer.Response xml(String message, boolean bare) {
    String error =
        "<Error><Type>Sender</Type><Code>"
            + CODE
            + "</Code><Message>"
            + message
            + "</Message></Error>";
    String body =
        bare
            ? error
            : "<ErrorResponse>"
                + error
                + "<RequestId>"
                + UUID.randomUUID()
                + "</RequestId></ErrorResponse>";
    return new LoopbackServer.Response(
        STATUS, Map.of("Content-Type", "text/xml"), body.getBytes(StandardCharsets.UTF_8));
  }
}
