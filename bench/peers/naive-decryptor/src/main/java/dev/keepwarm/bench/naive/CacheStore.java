package dev.keepwarm.bench.naive;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.Expression;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;

/**
 * Seals credentials and stores them in the format of docs/wire-format.md, so that Keepwarm's reader
 * can read them. Thread-safe.
 */
final class CacheStore {
  private static final Duration HARD = Duration.ofMinutes(15);

  private final KmsClient kms;
  private final String key;
  private final DynamoDbTable<SealedCredential> table;
  private final SecureRandom random = new SecureRandom();

  CacheStore(KmsClient kms, String key, DynamoDbEnhancedClient dynamoDb, String table) {
    this.kms = kms;
    this.key = key;
    this.table = dynamoDb.table(table, TableSchema.fromBean(SealedCredential.class));
  }

  void put(Credential credential, String value) throws GeneralSecurityException {
    long now = System.currentTimeMillis();
    GenerateDataKeyResponse made =
        kms.generateDataKey(r ->
            r.keyId(key)
                .keySpec(DataKeySpec.AES_256)
                .encryptionContext(Map.of("keepwarm", "1", "tenant", credential.getTenant())));
    SealedCredential sealed = new SealedCredential();
    sealed.setTenant(credential.getTenant());
    sealed.setName(credential.getName());
    sealed.setState("READY");
    sealed.setVersion(credential.getVersion());
    sealed.setDataKey(made.ciphertextBlob());
    sealed.setDataKeyCreatedAt(now);
    sealed.setSealedAt(now);
    sealed.setSoftExpiresAt(now + HARD.toMillis() / 6);
    sealed.setHardExpiresAt(now + HARD.toMillis());
    sealed.setSiblings(1);
    sealed.setTtl((now + HARD.plusHours(1).toMillis()) / 1000 + 1);
    sealed.setSealed(seal(made.plaintext().asByteArray(), sealed, value));
    table.putItem(request -> request.item(sealed).conditionExpression(unlessNewer(sealed)));
  }

  private SdkBytes seal(byte[] dataKey, SealedCredential credential, String value)
      throws GeneralSecurityException {
    byte[] nonce = new byte[12];
    random.nextBytes(nonce);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(dataKey, "AES"), new GCMParameterSpec(128, nonce));
    cipher.updateAAD(authenticated(credential));
    byte[] ciphertext = cipher.doFinal(value.getBytes(StandardCharsets.UTF_8));
    return SdkBytes.fromByteArray(
        ByteBuffer.allocate(1 + nonce.length + ciphertext.length)
            .put((byte) 1)
            .put(nonce)
            .put(ciphertext)
            .array());
  }

  private static byte[] authenticated(SealedCredential credential) {
    ByteBuffer data = ByteBuffer.allocate(1024);
    for (String text : List.of("keepwarm/1", credential.getTenant(), credential.getName())) {
      data.putInt(text.length()).put(text.getBytes(StandardCharsets.US_ASCII));
    }
    data.putInt(8).putLong(credential.getVersion());
    data.putInt(8).putLong(credential.getSealedAt());
    data.putInt(8).putLong(credential.getSoftExpiresAt());
    data.putInt(8).putLong(credential.getHardExpiresAt());
    byte[] exact = new byte[data.position()];
    data.flip().get(exact);
    return exact;
  }

  private static Expression unlessNewer(SealedCredential sealed) {
    return Expression.builder()
        .expression("attribute_not_exists(#tenant) OR (#fence = :fence AND #version <= :version)")
        .expressionNames(Map.of("#tenant", "tenant", "#fence", "fence", "#version", "version"))
        .expressionValues(
            Map.of(
                ":fence", AttributeValue.fromN(Long.toString(sealed.getFence())),
                ":version", AttributeValue.fromN(Long.toString(sealed.getVersion()))))
        .build();
  }
}
