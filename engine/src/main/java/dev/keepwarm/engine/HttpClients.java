package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.ServiceLoader;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.SdkHttpService;
import software.amazon.awssdk.utils.AttributeMap;

/** Finds the AWS SDK's HTTP client on the class path. Each package contains exactly one. */
public final class HttpClients {
  private HttpClients() {}

  /**
   * A client with a connection limit, and otherwise with the implementation's own defaults.
   *
   * @param maxConnections how many connections it has at most
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if there is none
   */
  public static SdkHttpClient pooled(int maxConnections) {
    return ServiceLoader.load(SdkHttpService.class, HttpClients.class.getClassLoader())
        .findFirst()
        .orElseThrow(() ->
            new KeepwarmException(
                ErrorCode.INVALID_CONFIGURATION,
                "no HTTP client of the AWS SDK on the class path; add one, such as apache5-client"))
        .createHttpClientBuilder()
        .buildWithDefaults(
            AttributeMap.builder()
                .put(SdkHttpConfigurationOption.MAX_CONNECTIONS, maxConnections)
                .build());
  }
}
