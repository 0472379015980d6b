package dev.keepwarm.bench.unaided;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;

/** One of the SDK's HTTP clients, without anything of the SDK above it. Thread-safe. */
final class SdkWire implements Wire {
  private final SdkHttpClient client;

  SdkWire(SdkHttpClient client) {
    this.client = client;
  }

  @Override
  public Answer post(URI endpoint, Map<String, String> headers, byte[] body) throws IOException {
    SdkHttpFullRequest.Builder request =
        SdkHttpFullRequest.builder()
            .method(SdkHttpMethod.POST)
            .uri(endpoint)
            .encodedPath("/")
            .putHeader("Host", endpoint.getAuthority())
            .putHeader("Content-Length", Integer.toString(body.length))
            .contentStreamProvider(() -> new ByteArrayInputStream(body));
    headers.forEach(request::putHeader);
    SdkHttpFullRequest built = request.build();
    HttpExecuteResponse response =
        client
            .prepareRequest(
                HttpExecuteRequest.builder()
                    .request(built)
                    .contentStreamProvider(built.contentStreamProvider().orElseThrow())
                    .build())
            .call();
    try (InputStream in = response.responseBody().orElseGet(SdkWire::nothing)) {
      return new Answer(response.httpResponse().statusCode(), in.readAllBytes());
    }
  }

  private static AbortableInputStream nothing() {
    return AbortableInputStream.create(InputStream.nullInputStream());
  }
}
