package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Messages of the runner protocol: a JSON object in each line, both ways. Thread-safe. */
final class Pipe {
  private final BufferedReader in;
  private final OutputStream out;

  Pipe(InputStream in, OutputStream out) {
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    this.out = out;
  }

  /** The next message; null at the end. For one thread only. */
  @Nullable Fields receive() throws IOException {
    String line = in.readLine();
    return line == null ? null : new Fields("message", Json.parseObject(line));
  }

  synchronized void send(Map<String, ?> message) {
    try {
      out.write((Json.write(message) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Map<String, Object> json(CredentialId id) {
    return Map.of("tenant", id.tenant(), "name", id.name());
  }

  static Map<String, Object> json(Map<String, AttributeValue> item) {
    Map<String, Object> json = new HashMap<>();
    item.forEach((name, value) ->
        json.put(
            name,
            switch (value.type()) {
              case S -> Map.of("S", value.s());
              case N -> Map.of("N", value.n());
              case B -> Map.of("B", base64(value.b().asByteArray()));
              default -> throw new AssertionError("no attribute is a " + value.type());
            }));
    return json;
  }

  static Map<String, AttributeValue> item(Fields json) {
    Map<String, AttributeValue> item = new HashMap<>();
    for (String name : json.all().keySet()) {
      Fields typed = json.object(name);
      item.put(
          name,
          typed.has("S")
              ? AttributeValue.fromS(typed.text("S"))
              : typed.has("N")
                  ? AttributeValue.fromN(typed.text("N"))
                  : AttributeValue.fromB(SdkBytes.fromByteArray(bytes(typed.text("B")))));
    }
    return item;
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  static byte[] bytes(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  static KeepwarmException exception(Fields message) {
    return new KeepwarmException(
        ErrorCode.valueOf(message.text("error")),
        "told so",
        message.has("failure") ? message.text("failure") : null,
        null);
  }
}
