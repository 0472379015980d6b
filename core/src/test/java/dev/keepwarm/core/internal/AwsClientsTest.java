package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.SdkHttpClient;

final class AwsClientsTest {
  private static final Map<String, String> GOOD =
      Map.of(
          "AWS_REGION", "eu-central-1",
          "AWS_ACCESS_KEY_ID", "id",
          "AWS_SECRET_ACCESS_KEY", "secret",
          "AWS_ENDPOINT_URL", "http://127.0.0.1:1");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "127.0.0.1:4566",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://",
        "http://:80",
        "ftp://127.0.0.1",
        "http://a b",
        "http:///path",
        "http://host:-1"
      })
  void anEndpointThatIsNoneIsNamedAndNotRepeated(String url) {
    for (String variable : new String[] {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS"}) {
      assertThatExceptionOfType(KeepwarmException.class)
          .as(variable)
          .isThrownBy(() -> kms(Map.of(variable, url)))
          .withMessage(
              "INVALID_CONFIGURATION: "
                  + variable
                  + ": must be a URL such as http://127.0.0.1:4566");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "EU", "../x", "eu.central"})
  void aRegionThatIsNoneIsNamed(String region) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> kms(Map.of("AWS_REGION", region)))
        .withMessageStartingWith("INVALID_CONFIGURATION: AWS_REGION: must be ");
  }

  @Test
  void endpointsOfEveryOtherKindAreTaken() {
    for (String url :
        new String[] {
          "http://localhost:4566", "https://vpce-1.kms.eu.vpce.example", "http://[::1]:8000/"
        }) {
      assertThatCode(() -> kms(Map.of("AWS_ENDPOINT_URL_KMS", url)))
          .as(url)
          .doesNotThrowAnyException();
    }
  }

  private static void kms(Map<String, String> more) {
    Map<String, String> variables = new HashMap<>(GOOD);
    variables.putAll(more);
    try (AwsClients clients =
        new AwsClients(variables, new NoHttp(), Duration.ofSeconds(1), Duration.ofSeconds(1))) {
      var unused = clients.kms();
    }
  }

  /** Sends nothing: all of these errors are found before a call. */
  private static final class NoHttp implements SdkHttpClient {
    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
      throw new AssertionError("a request is sent");
    }

    @Override
    public void close() {
      // It holds nothing.
    }
  }
}
