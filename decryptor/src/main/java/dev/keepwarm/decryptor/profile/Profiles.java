package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.decryptor.dotnet.DotNetParameters;
import dev.keepwarm.decryptor.dotnet.DotNetParametersException;
import dev.keepwarm.engine.SourceKind;
import dev.keepwarm.engine.SourceRow;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The named profiles. Each says how originals are encrypted, and holds the key, which is itself
 * encrypted under KMS. Immutable.
 *
 * <p>The file is documented in {@code docs/profiles.md}. One wrong field makes the whole file
 * invalid.
 */
public final class Profiles {
  private static final List<String> SCHEMES = List.of("dotnet", "kms", "lambda", "plain");

  /** With more profiles than this, preparing all of them would mostly prepare the wrong ones. */
  private static final int MAX_PREPARED = 4;

  private final Map<String, Profile> byName;

  private Profiles(Map<String, Profile> byName) {
    this.byName = byName;
  }

  /** One profile. */
  sealed interface Profile permits DotNet, KmsCiphertext, LambdaProfile, Plain {}

  /** The {@code dotnet} scheme. */
  record DotNet(DotNetParameters parameters, SdkBytes secret) implements Profile {}

  /** The {@code kms} scheme. */
  record KmsCiphertext(Map<String, String> context) implements Profile {}

  /** The {@code plain} scheme. */
  record Plain(boolean base64) implements Profile {}

  /** No profile at all. */
  public static Profiles none() {
    return new Profiles(Map.of());
  }

  /**
   * The profiles of a JSON text: {@code {"profiles": {"<name>": {"scheme": ..., ...}}}}.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}; names the field and what it
   *     takes
   */
  public static Profiles parse(String json) {
    Map<String, @Nullable Object> root;
    try {
      root = Json.parseObject(json);
    } catch (KeepwarmException e) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION, "the profiles must be a JSON object");
    }
    ProfileFields file = new ProfileFields("", root);
    file.refuseUnknown(Set.of("profiles"));
    ProfileFields named = file.object("profiles");
    Map<String, Profile> byName = new TreeMap<>();
    for (String name : named.fields().keySet()) {
      if (!CredentialId.isValidPart(name)) {
        throw new KeepwarmException(
            ErrorCode.INVALID_CONFIGURATION,
            "the name of a profile has "
                + name.length()
                + " characters; must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -");
      }
      byName.put(name, profile(named.object(name)));
    }
    return new Profiles(Map.copyOf(byName));
  }

  /** The profiles' names. */
  public Set<String> names() {
    return byName.keySet();
  }

  /**
   * Refuses profiles that do not go with a source.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if one has the scheme {@code
   *     plain} and the source does not keep originals encrypted itself
   */
  public void checkFor(SourceKind source) {
    if (source != SourceKind.SECRETSMANAGER
        && byName.values().stream().anyMatch(Plain.class::isInstance)) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "KEEPWARM_PROFILES: the scheme plain is allowed only with KEEPWARM_SOURCE=secretsmanager, "
              + "which encrypts the originals itself");
    }
  }

  /** The names of the profiles with a secret of their own, which is a KMS ciphertext. */
  public Set<String> withSecret() {
    return byName.entrySet().stream()
        .filter(profile -> profile.getValue() instanceof DotNet)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The encryption contexts of originals that are KMS ciphertexts themselves. */
  public Set<Map<String, String>> kmsContexts() {
    return byName.values().stream()
        .flatMap(profile ->
            profile instanceof KmsCiphertext kms ? Stream.of(kms.context()) : Stream.empty())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The functions that decode, each a name or an ARN. */
  public Set<String> functions() {
    return byName.values().stream()
        .flatMap(profile ->
            profile instanceof LambdaProfile lambda ? Stream.of(lambda.function()) : Stream.empty())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * A decoder for originals of all these profiles. None of them may have the scheme {@code lambda}.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if one has
   */
  public Decoder decoder(SecretCipher cipher) {
    return decoder(
        cipher,
        () -> {
          throw new KeepwarmException(
              ErrorCode.INVALID_CONFIGURATION, "the scheme lambda is not supported here");
        });
  }

  /**
   * A decoder for originals of all these profiles.
   *
   * @param cipher decrypts the profiles' secrets, and originals of the scheme {@code kms}
   * @param functions called once, and only if a profile has the scheme {@code lambda}
   */
  public Decoder decoder(SecretCipher cipher, Supplier<? extends FunctionInvoker> functions) {
    Memo<FunctionInvoker> invoker = new Memo<>(functions::get);
    Map<String, Decoder> decoders = new HashMap<>();
    byName.forEach((name, profile) ->
        decoders.put(
            name,
            switch (profile) {
              case DotNet dotNet ->
                  new DotNetProfileDecoder(name, dotNet.parameters(), dotNet.secret(), cipher);
              case KmsCiphertext kms -> new KmsDecoder(cipher, kms.context());
              case LambdaProfile lambda -> new LambdaDecoder(lambda, invoker.get());
              case Plain plain -> new PlainProfileDecoder(plain.base64());
            }));
    return new ProfileDecoders(decoders);
  }

  private static Profile profile(ProfileFields fields) {
    String schemes = "one of " + String.join(", ", SCHEMES);
    String scheme = fields.text("scheme", schemes);
    return switch (scheme) {
      case "dotnet" -> dotNet(fields);
      case "kms" -> kms(fields);
      case "lambda" -> LambdaProfile.parse(fields);
      case "plain" -> plain(fields);
      default -> throw fields.invalid("scheme", "must be " + schemes);
    };
  }

  private static Profile dotNet(ProfileFields fields) {
    fields.refuseUnknown(Set.of("scheme", "parameters", "secret"));
    ProfileFields inner = fields.object("parameters");
    DotNetParameters parameters;
    try {
      parameters = DotNetParameters.parse(inner.fields());
    } catch (DotNetParametersException e) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION, inner.path() + ": " + e.getMessage());
    }
    String secret = fields.text("secret", "a KMS ciphertext in base64");
    if (secret.isEmpty()) {
      throw fields.invalid("secret", "must be a KMS ciphertext in base64");
    }
    try {
      return new DotNet(
          parameters, SdkBytes.fromByteArrayUnsafe(Base64.getDecoder().decode(secret)));
    } catch (IllegalArgumentException e) {
      throw fields.invalid("secret", "must be a KMS ciphertext in base64");
    }
  }

  private static Profile kms(ProfileFields fields) {
    fields.refuseUnknown(Set.of("scheme", "encryptionContext"));
    Map<String, String> context = new TreeMap<>();
    if (fields.has("encryptionContext")) {
      ProfileFields inner = fields.object("encryptionContext");
      for (String name : inner.fields().keySet()) {
        context.put(name, inner.text(name, "a string"));
      }
    }
    return new KmsCiphertext(Map.copyOf(context));
  }

  private static Profile plain(ProfileFields fields) {
    fields.refuseUnknown(Set.of("scheme", "encoding"));
    return new Plain(fields.choice("encoding", "text", List.of("text", "base64")).equals("base64"));
  }

  /** Passes each original to the decoder of its profile. Thread-safe. */
  private record ProfileDecoders(Map<String, Decoder> byName) implements Decoder {
    private ProfileDecoders {
      byName = Map.copyOf(byName);
    }

    @Override
    public Outcome decode(SourceRow.Original original) {
      return decode(original, () -> Long.MAX_VALUE);
    }

    @Override
    public Outcome decode(SourceRow.Original original, LongSupplier millisLeft) {
      Decoder decoder = byName.get(original.profile());
      return decoder == null
          ? new Undecodable(Failure.UNKNOWN_PROFILE)
          : decoder.decode(original, millisLeft);
    }

    @Override
    public void prepare() {
      if (byName.size() <= MAX_PREPARED) {
        byName.values().forEach(Decoder::prepare);
      }
    }

    @Override
    public void clear() {
      byName.values().forEach(Decoder::clear);
    }
  }
}
