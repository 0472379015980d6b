package dev.keepwarm.decryptor;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.Json;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.SecretCipher;
import dev.keepwarm.decryptor.dotnet.DotNetParameters;
import dev.keepwarm.decryptor.dotnet.DotNetParametersException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The named profiles: how originals are encrypted, and the key for it, itself encrypted under KMS.
 * Immutable.
 *
 * <p>The file is documented in {@code docs/profiles.md}. It is validated whole: one wrong field and
 * none of it is used.
 */
public final class Profiles {
  private final Map<String, Profile> byName;

  private Profiles(Map<String, Profile> byName) {
    this.byName = byName;
  }

  /** One profile. */
  sealed interface Profile {}

  /** The {@code dotnet} scheme. */
  record DotNet(DotNetParameters parameters, SdkBytes secret) implements Profile {}

  /** The {@code kms} scheme. */
  record KmsCiphertext(Map<String, String> context) implements Profile {}

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
      throw invalid("the profiles", "is not a JSON object");
    }
    refuseUnknown("", root, Set.of("profiles"));
    Map<String, @Nullable Object> named = object("profiles", root.get("profiles"));
    Map<String, Profile> byName = new TreeMap<>();
    named.forEach((name, fields) -> {
      if (!CredentialId.isValidPart(name)) {
        throw invalid(
            "the profile of " + name.length() + " characters",
            "needs a name of 1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -");
      }
      byName.put(name, profile("profiles." + name, object("profiles." + name, fields)));
    });
    return new Profiles(Map.copyOf(byName));
  }

  /** The profiles' names. */
  public Set<String> names() {
    return byName.keySet();
  }

  /** A decoder for originals of all these profiles. */
  public Decoder decoder(SecretCipher cipher) {
    Map<String, Decoder> decoders = new HashMap<>();
    byName.forEach((name, profile) ->
        decoders.put(
            name,
            switch (profile) {
              case DotNet dotNet ->
                  new DotNetProfileDecoder(name, dotNet.parameters(), dotNet.secret(), cipher);
              case KmsCiphertext kms -> new KmsDecoder(cipher, kms.context());
            }));
    return new ProfileDecoders(decoders);
  }

  private static Profile profile(String path, Map<String, @Nullable Object> fields) {
    Object scheme = fields.get("scheme");
    if (scheme == null || !(scheme instanceof String)) {
      throw invalid(path + ".scheme", "is missing or not a text: one of dotnet, kms");
    }
    return switch ((String) scheme) {
      case "dotnet" -> dotNet(path, fields);
      case "kms" -> kms(path, fields);
      default -> throw invalid(path + ".scheme", "is unknown: one of dotnet, kms");
    };
  }

  private static Profile dotNet(String path, Map<String, @Nullable Object> fields) {
    refuseUnknown(path + ".", fields, Set.of("scheme", "parameters", "secret"));
    DotNetParameters parameters;
    try {
      parameters = DotNetParameters.parse(object(path + ".parameters", fields.get("parameters")));
    } catch (DotNetParametersException e) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION, path + ".parameters: " + e.getMessage());
    }
    if (!(fields.get("secret") instanceof String secret) || secret.isEmpty()) {
      throw invalid(path + ".secret", "is missing or not a text: a KMS ciphertext in base64");
    }
    try {
      return new DotNet(
          parameters, SdkBytes.fromByteArrayUnsafe(Base64.getDecoder().decode(secret)));
    } catch (IllegalArgumentException e) {
      throw invalid(path + ".secret", "is not base64");
    }
  }

  private static Profile kms(String path, Map<String, @Nullable Object> fields) {
    refuseUnknown(path + ".", fields, Set.of("scheme", "encryptionContext"));
    Map<String, String> context = new TreeMap<>();
    if (fields.get("encryptionContext") != null) {
      object(path + ".encryptionContext", fields.get("encryptionContext"))
          .forEach((name, value) -> {
            if (!(value instanceof String text)) {
              throw invalid(path + ".encryptionContext." + name, "is not a text");
            }
            context.put(name, text);
          });
    }
    return new KmsCiphertext(Map.copyOf(context));
  }

  private static Map<String, @Nullable Object> object(String path, @Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw invalid(path, "is missing or not an object");
    }
    // What Json reads has texts as keys.
    @SuppressWarnings("unchecked")
    Map<String, @Nullable Object> object = (Map<String, @Nullable Object>) map;
    return object;
  }

  private static void refuseUnknown(
      String path, Map<String, @Nullable Object> fields, Set<String> known) {
    for (String name : fields.keySet()) {
      if (!known.contains(name)) {
        throw invalid(path + name, "is unknown: allowed are " + new java.util.TreeSet<>(known));
      }
    }
  }

  private static KeepwarmException invalid(String field, String problem) {
    return new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, field + " " + problem);
  }

  /** Hands each original to the decoder of its profile. Thread-safe. */
  private record ProfileDecoders(Map<String, Decoder> byName) implements Decoder {
    private ProfileDecoders {
      byName = Map.copyOf(byName);
    }

    @Override
    public Outcome decode(dev.keepwarm.core.SourceRow.Original original) {
      Decoder decoder = byName.get(original.profile());
      return decoder == null
          ? new Undecodable(dev.keepwarm.core.Failure.UNKNOWN_PROFILE)
          : decoder.decode(original);
    }

    @Override
    public void clear() {
      byName.values().forEach(Decoder::clear);
    }
  }
}
