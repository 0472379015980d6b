package dev.keepwarm.emulator.kms;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.emulator.http.AwsException;
import dev.keepwarm.emulator.http.AwsJson;
import dev.keepwarm.emulator.http.Caller;
import dev.keepwarm.emulator.http.Incidents;
import dev.keepwarm.emulator.http.LoopbackServer;
import dev.keepwarm.emulator.http.Page;
import dev.keepwarm.emulator.http.Parameters;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * KMS on loopback: symmetric keys, aliases and data keys with real cryptography and KMS's own
 * errors. Thread-safe.
 */
public final class KmsServer implements AutoCloseable {
  private static final Pattern ALIAS = Pattern.compile("alias/[a-zA-Z0-9/_-]{1,250}");
  private static final int MAX_PLAINTEXT_BYTES = 4096;
  private static final int MAX_BLOB_BYTES = 6144;
  private static final int MAX_CONTEXT_BYTES = 8192;
  private static final int MAX_DATA_KEY_BYTES = 1024;

  private final MasterKeys keys;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final AwsJson protocol;
  private final LoopbackServer server;

  private KmsServer(int port, MasterKeys keys, InstantSource clock, Incidents incidents)
      throws IOException {
    this.keys = keys;
    this.clock = clock;
    this.protocol = new AwsJson("TrentService", operations());
    this.server = LoopbackServer.start(port, protocol, incidents);
  }

  /**
   * Starts the endpoint.
   *
   * @param port 0 for any free one
   * @param dataDirectory keeps the keys, in a file that only its owner may read; null keeps nothing
   * @return the running endpoint
   * @throws IOException if the port is taken or the directory cannot be used
   */
  public static KmsServer start(int port, @Nullable Path dataDirectory) throws IOException {
    return start(port, dataDirectory, Incidents.NONE);
  }

  public static KmsServer start(int port, @Nullable Path dataDirectory, Incidents incidents)
      throws IOException {
    return start(port, dataDirectory, InstantSource.system(), incidents);
  }

  public static KmsServer start(int port, @Nullable Path dataDirectory, InstantSource clock)
      throws IOException {
    return start(port, dataDirectory, clock, Incidents.NONE);
  }

  public static KmsServer start(
      int port, @Nullable Path dataDirectory, InstantSource clock, Incidents incidents)
      throws IOException {
    Path file = dataDirectory == null ? null : dataDirectory.resolve("kms.json");
    return new KmsServer(port, new MasterKeys(file, clock), clock, incidents);
  }

  /**
   * Where clients connect.
   *
   * @return an {@code http} URI without a path
   */
  public URI endpoint() {
    return server.endpoint();
  }

  /** The emulated operations. */
  public Set<String> operationNames() {
    return protocol.operationNames();
  }

  /** Stops at once. */
  @Override
  public void close() {
    server.close();
  }

  private Map<String, AwsJson.Operation> operations() {
    return Map.ofEntries(
        entry("CreateKey", this::createKey),
        entry("DescribeKey", this::describeKey),
        entry("ListKeys", this::listKeys),
        entry("CreateAlias", this::createAlias),
        entry("ListAliases", this::listAliases),
        entry("EnableKey", (caller, in) -> setState(in, MasterKey.State.ENABLED)),
        entry("DisableKey", (caller, in) -> setState(in, MasterKey.State.DISABLED)),
        entry("ScheduleKeyDeletion", this::scheduleKeyDeletion),
        entry("CancelKeyDeletion", this::cancelKeyDeletion),
        entry("UpdateAlias", this::updateAlias),
        entry("DeleteAlias", this::deleteAlias),
        entry("GenerateRandom", this::generateRandom),
        entry("GenerateDataKey", (caller, in) -> generateDataKey(in, true)),
        entry("GenerateDataKeyWithoutPlaintext", (caller, in) -> generateDataKey(in, false)),
        entry("Encrypt", this::encrypt),
        entry("Decrypt", this::decrypt),
        entry("ReEncrypt", this::reEncrypt));
  }

  private ObjectNode createKey(Caller caller, Parameters in) throws IOException {
    String spec =
        in.optionalText("KeySpec").or(() -> in.optionalText("CustomerMasterKeySpec")).orElse("");
    if (!(spec.isEmpty() || spec.equals("SYMMETRIC_DEFAULT"))
        || !in.optionalText("KeyUsage").orElse("ENCRYPT_DECRYPT").equals("ENCRYPT_DECRYPT")
        || !in.optionalText("Origin").orElse("AWS_KMS").equals("AWS_KMS")) {
      throw new AwsException(
          400,
          "UnsupportedOperationException",
          "The embedded stack has symmetric encryption keys only");
    }
    UUID id = UUID.randomUUID();
    MasterKey key =
        new MasterKey(
            id,
            caller.arn("kms", "key/" + id),
            in.optionalText("Description").orElse(""),
            clock.instant(),
            MasterKey.State.ENABLED,
            null,
            new SecretKeySpec(randomBytes(32), "AES"));
    keys.add(key);
    return describe(key);
  }

  private ObjectNode describeKey(Caller caller, Parameters in) {
    return describe(keys.get(in.text("KeyId")));
  }

  private ObjectNode listKeys(Caller caller, Parameters in) {
    Page<MasterKey> page =
        Page.of(
            keys.all(), in.integer("Limit"), in.optionalText("Marker"), "InvalidMarkerException");
    ObjectNode out = pageOf(page);
    var list = out.putArray("Keys");
    for (MasterKey key : page.items()) {
      list.addObject().put("KeyId", key.id().toString()).put("KeyArn", key.arn());
    }
    return out;
  }

  private ObjectNode createAlias(Caller caller, Parameters in) throws IOException {
    String name = in.text("AliasName");
    if (!ALIAS.matcher(name).matches() || name.startsWith("alias/aws/")) {
      throw new AwsException(
          400,
          "InvalidAliasNameException",
          "An alias begins with \"alias/\", not with \"alias/aws/\", and goes on with letters,"
              + " digits, / _ -");
    }
    MasterKey key = aliasTarget(in);
    keys.addAlias(new MasterKeys.Alias(name, caller.arn("kms", name), key.id(), clock.instant()));
    return AwsJson.JSON.createObjectNode();
  }

  private ObjectNode listAliases(Caller caller, Parameters in) {
    Optional<UUID> of = in.optionalText("KeyId").map(reference -> keys.get(reference).id());
    Page<MasterKeys.Alias> page =
        Page.of(
            keys.aliases().stream()
                .filter(alias -> of.isEmpty() || of.get().equals(alias.key()))
                .toList(),
            in.integer("Limit"),
            in.optionalText("Marker"),
            "InvalidMarkerException");
    ObjectNode out = pageOf(page);
    var list = out.putArray("Aliases");
    for (MasterKeys.Alias alias : page.items()) {
      list.addObject()
          .put("AliasName", alias.name())
          .put("AliasArn", alias.arn())
          .put("TargetKeyId", alias.key().toString())
          .put("CreationDate", seconds(alias.createdAt()))
          .put("LastUpdatedDate", seconds(alias.createdAt()));
    }
    return out;
  }

  private ObjectNode setState(Parameters in, MasterKey.State state) throws IOException {
    MasterKey key = keyByIdOrArn(in);
    keys.update(
        key.id(),
        current -> {
          requireNotPendingDeletion(current);
          return current.with(state, null);
        });
    return AwsJson.JSON.createObjectNode();
  }

  private ObjectNode scheduleKeyDeletion(Caller caller, Parameters in) throws IOException {
    MasterKey key = keyByIdOrArn(in);
    int days = in.integer("PendingWindowInDays").orElse(30);
    if (days < 7 || days > 30) {
      throw AwsException.validation(
          "1 validation error detected: Value at 'pendingWindowInDays' failed to satisfy"
              + " constraint: Member must be between 7 and 30");
    }
    Instant deletionDate = clock.instant().plus(Duration.ofDays(days));
    keys.update(
        key.id(),
        current -> {
          requireNotPendingDeletion(current);
          return current.with(MasterKey.State.PENDING_DELETION, deletionDate);
        });
    return AwsJson.JSON
        .createObjectNode()
        .put("KeyId", key.arn())
        .put("KeyState", MasterKey.State.PENDING_DELETION.text())
        .put("DeletionDate", seconds(deletionDate))
        .put("PendingWindowInDays", days);
  }

  /** Leaves the key disabled, as KMS does. */
  private ObjectNode cancelKeyDeletion(Caller caller, Parameters in) throws IOException {
    MasterKey key = keyByIdOrArn(in);
    keys.update(
        key.id(),
        current -> {
          if (current.state() != MasterKey.State.PENDING_DELETION) {
            throw new AwsException(
                409, "KMSInvalidStateException", key.arn() + " is not pending deletion.");
          }
          return current.with(MasterKey.State.DISABLED, null);
        });
    return AwsJson.JSON.createObjectNode().put("KeyId", key.arn());
  }

  private ObjectNode updateAlias(Caller caller, Parameters in) throws IOException {
    MasterKeys.Alias before = alias(in);
    MasterKey key = aliasTarget(in);
    keys.putAlias(new MasterKeys.Alias(before.name(), before.arn(), key.id(), before.createdAt()));
    return AwsJson.JSON.createObjectNode();
  }

  private ObjectNode deleteAlias(Caller caller, Parameters in) throws IOException {
    keys.removeAlias(alias(in).name());
    return AwsJson.JSON.createObjectNode();
  }

  private MasterKeys.Alias alias(Parameters in) {
    String name = in.text("AliasName");
    return keys.aliases().stream()
        .filter(alias -> alias.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new AwsException(400, "NotFoundException", "Alias " + name + " is not found."));
  }

  private MasterKey aliasTarget(Parameters in) {
    String target = in.text("TargetKeyId");
    if (target.contains("alias/")) {
      throw AwsException.validation("Aliases must refer to keys. Not aliases");
    }
    MasterKey key = keys.get(target);
    requireNotPendingDeletion(key);
    return key;
  }

  private ObjectNode generateRandom(Caller caller, Parameters in) {
    int length = in.integer("NumberOfBytes").orElse(0);
    if (length < 1 || length > MAX_DATA_KEY_BYTES) {
      throw AwsException.validation(
          "1 validation error detected: Value at 'numberOfBytes' failed to satisfy constraint:"
              + " Member must be between 1 and 1024");
    }
    return AwsJson.JSON.createObjectNode().put("Plaintext", base64(randomBytes(length)));
  }

  private ObjectNode generateDataKey(Parameters in, boolean withPlaintext) {
    Map<String, String> context = context(in, "EncryptionContext");
    int length = dataKeyBytes(in);
    MasterKey key = keys.get(in.text("KeyId")).requireUsable();
    requireNoDryRun(in);
    byte[] dataKey = randomBytes(length);
    byte[] blob = CiphertextBlob.seal(key, dataKey, context, random).encode();
    ObjectNode out =
        AwsJson.JSON.createObjectNode().put("CiphertextBlob", base64(blob)).put("KeyId", key.arn());
    if (withPlaintext) {
      out.put("Plaintext", base64(dataKey));
    }
    Arrays.fill(dataKey, (byte) 0);
    return out;
  }

  /** Called after all other checks of a request have passed. */
  private static void requireNoDryRun(Parameters in) {
    if (in.flag("DryRun")) {
      throw new AwsException(
          400,
          "DryRunOperationException",
          "The request would have succeeded, but the DryRun option is set.");
    }
  }

  private ObjectNode encrypt(Caller caller, Parameters in) {
    requireSymmetric(in, "EncryptionAlgorithm");
    byte[] plaintext = in.blob("Plaintext");
    requireLength("plaintext", plaintext, MAX_PLAINTEXT_BYTES);
    Map<String, String> context = context(in, "EncryptionContext");
    MasterKey key = keys.get(in.text("KeyId")).requireUsable();
    requireNoDryRun(in);
    return AwsJson.JSON
        .createObjectNode()
        .put(
            "CiphertextBlob", base64(CiphertextBlob.seal(key, plaintext, context, random).encode()))
        .put("KeyId", key.arn())
        .put("EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
  }

  private ObjectNode decrypt(Caller caller, Parameters in) {
    requireSymmetric(in, "EncryptionAlgorithm");
    Opened opened =
        open(in.blob("CiphertextBlob"), context(in, "EncryptionContext"), in.optionalText("KeyId"));
    requireNoDryRun(in);
    return AwsJson.JSON
        .createObjectNode()
        .put("KeyId", opened.key().arn())
        .put("Plaintext", base64(opened.plaintext()))
        .put("EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
  }

  private ObjectNode reEncrypt(Caller caller, Parameters in) {
    requireSymmetric(in, "SourceEncryptionAlgorithm");
    requireSymmetric(in, "DestinationEncryptionAlgorithm");
    Map<String, String> newContext = context(in, "DestinationEncryptionContext");
    Opened opened =
        open(
            in.blob("CiphertextBlob"),
            context(in, "SourceEncryptionContext"),
            in.optionalText("SourceKeyId"));
    MasterKey key = keys.get(in.text("DestinationKeyId")).requireUsable();
    requireNoDryRun(in);
    byte[] blob = CiphertextBlob.seal(key, opened.plaintext(), newContext, random).encode();
    return AwsJson.JSON
        .createObjectNode()
        .put("CiphertextBlob", base64(blob))
        .put("SourceKeyId", opened.key().arn())
        .put("KeyId", key.arn())
        .put("SourceEncryptionAlgorithm", "SYMMETRIC_DEFAULT")
        .put("DestinationEncryptionAlgorithm", "SYMMETRIC_DEFAULT");
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Opened(MasterKey key, byte[] plaintext) {}

  private Opened open(byte[] bytes, Map<String, String> context, Optional<String> expectedKey) {
    requireLength("ciphertextBlob", bytes, MAX_BLOB_BYTES);
    CiphertextBlob blob = CiphertextBlob.decode(bytes).orElseThrow(KmsServer::invalidCiphertext);
    expectedKey.ifPresent(reference -> {
      if (!keys.get(reference).id().equals(blob.key())) {
        throw new AwsException(
            400,
            "IncorrectKeyException",
            "The key ID in the request does not identify a key that can perform this"
                + " operation.");
      }
    });
    MasterKey key =
        keys.find(blob.key())
            .orElseThrow(() ->
                new AwsException(
                    400,
                    "AccessDeniedException",
                    "The ciphertext was made under a key that does not exist here"))
            .requireUsable();
    return new Opened(key, blob.open(key, context).orElseThrow(KmsServer::invalidCiphertext));
  }

  private MasterKey keyByIdOrArn(Parameters in) {
    String reference = in.text("KeyId");
    if (reference.contains("alias/")) {
      throw new AwsException(
          400, "NotFoundException", "This operation takes no alias: name the key by id or ARN");
    }
    return keys.get(reference);
  }

  private static int dataKeyBytes(Parameters in) {
    Optional<String> spec = in.optionalText("KeySpec");
    var bytes = in.integer("NumberOfBytes");
    if (spec.isPresent() == bytes.isPresent()) {
      throw AwsException.validation("Please specify either number of bytes or key spec.");
    }
    int length =
        spec.map(name ->
                switch (name) {
                  case "AES_256" -> 32;
                  case "AES_128" -> 16;
                  default -> 0;
                })
            .orElseGet(() -> bytes.orElse(0));
    if (length < 1 || length > MAX_DATA_KEY_BYTES) {
      throw AwsException.validation(
          "1 validation error detected: "
              + (spec.isPresent()
                  ? "Value at 'keySpec' failed to satisfy constraint: Member must satisfy enum"
                      + " value set: [AES_256, AES_128]"
                  : "Value at 'numberOfBytes' failed to satisfy constraint: Member must be between"
                      + " 1 and 1024"));
    }
    return length;
  }

  private static Map<String, String> context(Parameters in, String name) {
    Map<String, String> context = in.map(name);
    int length = 0;
    for (Map.Entry<String, String> pair : context.entrySet()) {
      length += pair.getKey().getBytes(StandardCharsets.UTF_8).length;
      length += pair.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    if (length > MAX_CONTEXT_BYTES) {
      throw AwsException.validation(
          "The encryption context is longer than " + MAX_CONTEXT_BYTES + " bytes");
    }
    return context;
  }

  private static void requireSymmetric(Parameters in, String name) {
    String algorithm = in.optionalText(name).orElse("SYMMETRIC_DEFAULT");
    if (!algorithm.equals("SYMMETRIC_DEFAULT")) {
      throw new AwsException(
          400, "InvalidKeyUsageException", "The key does not support this algorithm");
    }
  }

  private static void requireLength(String name, byte[] bytes, int max) {
    if (bytes.length < 1 || bytes.length > max) {
      throw AwsException.validation(
          "1 validation error detected: Value at '"
              + name
              + "' failed to satisfy constraint: Member must have length between 1 and "
              + max);
    }
  }

  private static void requireNotPendingDeletion(MasterKey key) {
    if (key.state() == MasterKey.State.PENDING_DELETION) {
      throw new AwsException(409, "KMSInvalidStateException", key.arn() + " is pending deletion.");
    }
  }

  private static AwsException invalidCiphertext() {
    return new AwsException(
        400,
        "InvalidCiphertextException",
        "The ciphertext is damaged, or the encryption context is not the one it was made with");
  }

  private static ObjectNode describe(MasterKey key) {
    ObjectNode out = AwsJson.JSON.createObjectNode();
    ObjectNode metadata =
        out.putObject("KeyMetadata")
            .put("AWSAccountId", Caller.ACCOUNT)
            .put("KeyId", key.id().toString())
            .put("Arn", key.arn())
            .put("CreationDate", seconds(key.createdAt()))
            .put("Enabled", key.state() == MasterKey.State.ENABLED)
            .put("Description", key.description())
            .put("KeyUsage", "ENCRYPT_DECRYPT")
            .put("KeyState", key.state().text())
            .put("Origin", "AWS_KMS")
            .put("KeyManager", "CUSTOMER")
            .put("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT")
            .put("KeySpec", "SYMMETRIC_DEFAULT")
            .put("MultiRegion", false);
    metadata.putArray("EncryptionAlgorithms").add("SYMMETRIC_DEFAULT");
    if (key.deletionDate() != null) {
      metadata.put("DeletionDate", seconds(key.deletionDate()));
    }
    return out;
  }

  private static ObjectNode pageOf(Page<?> page) {
    ObjectNode out = AwsJson.JSON.createObjectNode();
    out.put("Truncated", page.next().isPresent());
    page.next().ifPresent(token -> out.put("NextMarker", token));
    return out;
  }

  private byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** JSON 1.1 timestamps are seconds with a fraction. */
  private static double seconds(Instant instant) {
    return instant.toEpochMilli() / 1000.0;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
