package dev.keepwarm.bench.naive;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.services.kms.KmsClient;

/** The function; ../../README.md describes its requests, responses and variables. */
public class NaiveDecryptor implements RequestHandler<Request, Map<String, String>> {
  private final DynamoDbTable<Credential> source;
  private final LegacyCipher cipher;
  private final @Nullable CacheStore store;

  /** Made once per process, by the runtime. */
  public NaiveDecryptor() {
    DynamoDbEnhancedClient dynamoDb = DynamoDbEnhancedClient.create();
    KmsClient kms = KmsClient.create();
    source =
        dynamoDb.table(
            System.getenv("KEEPWARM_SOURCE_TABLE"), TableSchema.fromBean(Credential.class));
    cipher = new LegacyCipher(passphrase(kms));
    store =
        Boolean.parseBoolean(System.getenv("BENCH_STORE"))
            ? new CacheStore(
                kms,
                System.getenv("KEEPWARM_KMS_KEY"),
                dynamoDb,
                System.getenv("KEEPWARM_CACHE_TABLE"))
            : null;
  }

  @Override
  public Map<String, String> handleRequest(Request request, Context context) {
    try {
      if (request.getCiphertext() != null) {
        return Map.of("value", cipher.decrypt(request.getCiphertext()));
      }
      Credential credential = read(request);
      String value = cipher.decrypt(credential.getCiphertext());
      if (store == null) {
        return Map.of("value", value);
      }
      store.put(credential, value);
      return Map.of("state", "READY");
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the value does not decode", e);
    }
  }

  private Credential read(Request request) {
    Key key =
        Key.builder().partitionValue(request.getTenant()).sortValue(request.getName()).build();
    Credential credential = source.getItem(r -> r.key(key).consistentRead(true));
    if (credential == null) {
      throw new IllegalArgumentException("there is no such credential");
    }
    return credential;
  }

  private static String passphrase(KmsClient kms) {
    byte[] ciphertext = Base64.getDecoder().decode(System.getenv("BENCH_PASSPHRASE"));
    return kms.decrypt(r ->
            r.keyId(System.getenv("KEEPWARM_KMS_KEY"))
                .ciphertextBlob(SdkBytes.fromByteArray(ciphertext))
                .encryptionContext(
                    Map.of("keepwarm", "1", "profile", System.getenv("BENCH_PROFILE"))))
        .plaintext()
        .asUtf8String();
  }
}
