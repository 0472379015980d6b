package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.SealedCredential;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpFullResponse;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * Reads made-up credentials through the AWS SDK, with answers from this process. This loads the
 * classes that a first read needs before its deadline begins. On a fraction of a processor, loading
 * them takes longer than the deadline.
 */
final class Rehearsal implements SdkHttpClient {
  private static final CredentialId WARM = new CredentialId("rehearsal", "there");
  private static final CredentialId COLD = new CredentialId("rehearsal", "missing");
  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final Duration LIFE = Duration.ofHours(1);

  /** The slot, the id and the signer of {@link #RECORD}. */
  private static final int SLOT = 0;

  private static final SdkBytes VOUCH_ID = SdkBytes.fromUtf8String("rehearsal000");
  private static final SdkBytes SIGNER = bytes("XbqDQFKmRQYbR1lvwO6AltfVfX74I5p5eO3kPQs1oX8=");

  /** A freshness record that ends at the last possible time. Its key signs nothing else. */
  private static final SdkBytes RECORD =
      bytes(
          "AQAAAAAAAAAAAAAAAAAf////////AAAAAXJlaGVhcnNhbDAwMAAAAAABXbqDQFKmRQYbR1lvwO6AltfVfX74I5p5"
              + "eO3kPQs1oX9bFPh89IXMPx5ojNlUgqaYvq7hU3CaOxnZJecBLqFq0x19gIkkjntmv63BR8/FHnDBUHQF"
              + "5JyMVzeW8vXHTVsO");

  private final byte[] secret = new byte[32];

  private final InstantSource clock;

  private Rehearsal(InstantSource clock) {
    this.clock = clock;
    new SecureRandom().nextBytes(secret);
  }

  /**
   * Runs the rehearsal.
   *
   * @param resolve whether to rehearse a miss, too
   */
  static void run(boolean resolve, InstantSource clock) {
    Rehearsal answers = new Rehearsal(clock);
    Map<String, String> environment =
        Map.of(
            "AWS_REGION", "us-east-1",
            "AWS_ENDPOINT_URL", "http://rehearsal.invalid",
            "AWS_ACCESS_KEY_ID", "rehearsal",
            "AWS_SECRET_ACCESS_KEY", "rehearsal");
    AwsClients clients = new AwsClients(environment, answers, LONGEST, LONGEST);
    ReaderBuilder builder = KeepwarmReader.builder().deadline(LONGEST);
    try (DynamoDbClient dynamoDb = clients.dynamoDb();
        KmsClient kms = clients.kms();
        KeepwarmReader reader = builder.dynamoDb(dynamoDb).kms(kms).build()) {
      read(reader, WARM);
      if (resolve) {
        try (LambdaClient lambda = clients.configure(LambdaClient.builder(), "LAMBDA").build();
            KeepwarmReader resolving = builder.dynamoDb(dynamoDb).kms(kms).lambda(lambda).build()) {
          read(resolving, COLD);
        }
      }
    }
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    return new ExecutableHttpRequest() {
      @Override
      public HttpExecuteResponse call() throws IOException {
        byte[] body = answer(request).getBytes(StandardCharsets.UTF_8);
        return HttpExecuteResponse.builder()
            .response(SdkHttpFullResponse.builder().statusCode(200).build())
            .responseBody(AbortableInputStream.create(new ByteArrayInputStream(body)))
            .build();
      }

      @Override
      public void abort() {}
    };
  }

  @Override
  public void close() {}

  private static void read(KeepwarmReader reader, CredentialId id) {
    if (!reader.get(id).text().equals(id.name())) {
      throw new IllegalStateException("the test credential could not be read");
    }
  }

  private String answer(HttpExecuteRequest request) throws IOException {
    return switch (request.httpRequest().firstMatchingHeader("X-Amz-Target").orElse("")) {
      case "DynamoDB_20120810.GetItem" -> found(body(request));
      case "TrentService.Decrypt" ->
          Json.write(
              Map.of(
                  "KeyId", "rehearsal", "Plaintext", Base64.getEncoder().encodeToString(secret)));
      default ->
          new ResolveAnswer.Resolved(List.of(entry(COLD, sealed(COLD, clock.millis())))).toJson();
    };
  }

  private static String body(HttpExecuteRequest request) throws IOException {
    try (InputStream in = request.contentStreamProvider().orElseThrow().newStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String found(String request) {
    if (request.contains('"' + FreshnessRecord.KEY_NAME + '"')) {
      return Json.write(
          Map.of("Item", Map.of(FreshnessRecord.RECORD, Map.of("B", base64(RECORD)))));
    }
    return request.contains('"' + WARM.name() + '"')
        ? Json.write(Map.of("Item", item(entry(WARM, vouchedFor(WARM)))))
        : "{}";
  }

  private static Object item(Entry entry) {
    Map<String, Object> answer =
        Json.parseObject(new ResolveAnswer.Resolved(List.of(entry)).toJson());
    return ((List<?>) Objects.requireNonNull(answer.get("entries"))).getFirst();
  }

  private static Entry entry(CredentialId id, SealedCredential sealed) {
    long deletableAt = Lifetimes.of(LIFE).deletableAt(sealed.sealedAt());
    return Entry.ready(id, 0, sealed, 1, null, deletableAt);
  }

  /** A credential past its hard expiry, so that the freshness record is needed. */
  private SealedCredential vouchedFor(CredentialId id) {
    long now = clock.millis();
    SealedCredential sealed = sealed(id, now - 2 * LIFE.toMillis());
    return envelope()
        .vouchable(key(now), id, sealed, now + LIFE.toMillis(), SLOT, VOUCH_ID, SIGNER);
  }

  private SealedCredential sealed(CredentialId id, long at) {
    byte[] value = id.name().getBytes(StandardCharsets.UTF_8);
    return envelope().seal(key(at), id, 1, at, Lifetimes.of(LIFE), value);
  }

  private DataKey key(long createdAt) {
    return DataKey.of(secret.clone(), SdkBytes.fromUtf8String("rehearsal"), createdAt);
  }

  private static Envelope envelope() {
    return Envelope.of(new SecureRandom());
  }

  private static SdkBytes bytes(String base64) {
    return SdkBytes.fromByteArrayUnsafe(Base64.getDecoder().decode(base64));
  }

  private static String base64(SdkBytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.asByteArrayUnsafe());
  }
}
