package dev.keepwarm.bench.reader;

import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.reader.KeepwarmReader;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.kms.KmsClient;

/**
 * A caller's whole process: {@code FirstRead getItem|sdk|keepwarm|vouched TENANT NAME} reads one
 * credential, prints the line {@link #DONE} and ends. The environment, from the embedded stack,
 * names the endpoints. The credential is not printed.
 */
public final class FirstRead {
  /** Printed once the credential has been read. */
  static final String DONE = "read";

  private FirstRead() {}

  /** See the class's comment. */
  public static void main(String[] arguments) throws Exception {
    String tenant = arguments[1];
    String name = arguments[2];
    int length =
        switch (arguments[0]) {
          case "getItem" -> getItem(Apache5HttpClient.create(), tenant, name).size();
          case "sdk" -> unsealed(tenant, name).length;
          case "keepwarm", "vouched" -> KeepwarmReader.create().get(tenant, name).bytes().length;
          default -> throw new IllegalArgumentException(arguments[0]);
        };
    System.out.println(length > 0 ? DONE : "nothing");
    System.exit(0);
  }

  private static Map<String, AttributeValue> getItem(
      SdkHttpClient http, String tenant, String name) {
    DynamoDbClient client = configure(DynamoDbClient.builder(), http, "DYNAMODB").build();
    return client
        .getItem(r ->
            r.tableName(variable("KEEPWARM_CACHE_TABLE"))
                .key(
                    Map.of(
                        EntrySchema.TENANT, AttributeValue.fromS(tenant),
                        EntrySchema.NAME, AttributeValue.fromS(name)))
                .consistentRead(true))
        .item();
  }

  /** The code of a caller that unseals without the reader. */
  private static byte[] unsealed(String tenant, String name) throws Exception {
    try (SdkHttpClient http = Apache5HttpClient.create()) {
      Map<String, AttributeValue> item = getItem(http, tenant, name);
      KmsClient kms = configure(KmsClient.builder(), http, "KMS").build();
      byte[] key =
          kms.decrypt(r ->
                  r.keyId(variable("KEEPWARM_KMS_KEY"))
                      .ciphertextBlob(Objects.requireNonNull(item.get("dataKey")).b())
                      .encryptionContext(Map.of("keepwarm", "1", "tenant", tenant)))
              .plaintext()
              .asByteArray();
      byte[] envelope = Objects.requireNonNull(item.get("sealed")).b().asByteArray();
      return WireFormat.decrypt(
          Cipher.getInstance(WireFormat.CIPHER),
          new SecretKeySpec(key, "AES"),
          envelope,
          WireFormat.authenticated(
              tenant,
              name,
              number(item, "version"),
              number(item, "sealedAt"),
              number(item, "softExpiresAt"),
              number(item, "hardExpiresAt")));
    }
  }

  private static <B extends AwsClientBuilder<B, ?> & AwsSyncClientBuilder<B, ?>> B configure(
      B builder, SdkHttpClient http, String service) {
    return builder
        .httpClient(http)
        .region(Region.of(variable("AWS_REGION")))
        .endpointOverride(URI.create(variable("AWS_ENDPOINT_URL_" + service)))
        .credentialsProvider(EnvironmentVariableCredentialsProvider.create());
  }

  private static long number(Map<String, AttributeValue> item, String name) {
    return Long.parseLong(Objects.requireNonNull(item.get(name)).n());
  }

  private static String variable(String name) {
    return Objects.requireNonNull(System.getenv(name), name);
  }
}
