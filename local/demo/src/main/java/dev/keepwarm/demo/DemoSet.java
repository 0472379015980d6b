package dev.keepwarm.demo;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.decryptor.dotnet.DotNetSecret;
import dev.keepwarm.engine.SourceRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Real .NET ciphertexts, each under several ids, with their plaintexts. Immutable.
 *
 * <p>All credentials and passphrases in it are invented; they are golden vectors of the decryptor's
 * tests.
 */
final class DemoSet {
  /** Tenants that are kept warm. */
  static final int WARM_TENANTS = 200;

  /** Tenants that the demo does not enrol, so that their first read is a miss. */
  static final int COLD_TENANTS = 100;

  /** The names of each tenant's credentials. */
  static final List<String> NAMES =
      List.of("payroll-api", "bank-gateway", "hr-database", "tax-filing", "mail-relay");

  private final List<Original> originals;
  private final Map<Map<String, Object>, String> profileByParameters = new LinkedHashMap<>();

  private DemoSet(List<Original> originals) {
    this.originals = originals;
    for (Original original : originals) {
      profileByParameters.computeIfAbsent(
          original.parameters(), unused -> "demo-" + (profileByParameters.size() + 1));
    }
  }

  /** One vector. */
  private record Original(
      String vector, Map<String, Object> parameters, String ciphertext, String plaintext) {
    @Override
    public String toString() {
      return "Original[" + vector + "]";
    }
  }

  /** Reads the set that is packaged with this class. */
  static DemoSet load() {
    try (InputStream json = DemoSet.class.getResourceAsStream("demo-set.json")) {
      List<Original> originals =
          new ObjectMapper()
              .readValue(Objects.requireNonNull(json), new TypeReference<List<Original>>() {});
      return new DemoSet(List.copyOf(originals));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads only the ciphertexts that {@code examples/legacy-decryptor} can decode. */
  DemoSet ofLegacyDecryptor() {
    return new DemoSet(
        originals.stream()
            .filter(original ->
                "Rfc2898DeriveBytes".equals(original.parameters().get("keySource"))
                    && "kdf-next-bytes".equals(original.parameters().get("ivSource"))
                    && "utf-16le".equals(original.parameters().get("plaintextEncoding")))
            .toList());
  }

  /** The keys of that decryptor, by the names of their profiles. */
  Map<String, Object> legacyKeys() {
    Map<String, Object> keys = new LinkedHashMap<>();
    profileByParameters.forEach((parameters, name) ->
        keys.put(
            name,
            Map.of(
                "passphrase",
                Objects.requireNonNull(parameters.get("passphrase")),
                "saltHex",
                Objects.requireNonNull(parameters.get("saltHex")))));
    return keys;
  }

  /** The profiles that pass originals to a function that has {@link #legacyKeys}. */
  Map<String, Object> legacyProfiles(String function) {
    Map<String, Object> profiles = new LinkedHashMap<>();
    profileByParameters
        .values()
        .forEach(name ->
            profiles.put(
                name,
                Map.of(
                    "scheme",
                    "lambda",
                    "function",
                    function,
                    "request",
                    Map.of("Key", name, "Encrypted", "${ciphertext}"),
                    "pointer",
                    "/Plaintext",
                    // A process must start for the call, perhaps on a busy machine.
                    "timeoutMillis",
                    25_000L,
                    // Few calls at once, because each call that finds no idle process starts one.
                    "parallel",
                    2L,
                    "undecodableErrors",
                    List.of("DecodeError"))));
    return Map.of("profiles", profiles);
  }

  /** The tenants that are kept warm. */
  static List<String> warmTenants() {
    return tenants("tenant-", WARM_TENANTS);
  }

  /** The tenants that are not. */
  static List<String> coldTenants() {
    return tenants("newcomer-", COLD_TENANTS);
  }

  /** All ids of these tenants. */
  static List<CredentialId> ids(List<String> tenants) {
    List<CredentialId> ids = new ArrayList<>();
    tenants.forEach(tenant -> NAMES.forEach(name -> ids.add(new CredentialId(tenant, name))));
    return ids;
  }

  /** The row of an id at a version; every version has another original. */
  SourceRow.Original row(CredentialId id, long version) {
    Original original = original(id, version);
    return new SourceRow.Original(
        id,
        Objects.requireNonNull(profileByParameters.get(original.parameters())),
        original.ciphertext(),
        version);
  }

  /** The plaintext of an id's row at a version. */
  String plaintext(CredentialId id, long version) {
    return original(id, version).plaintext();
  }

  /** Everything that must not occur anywhere in clear: plaintexts and the profiles' secrets. */
  Set<String> secrets() {
    Set<String> secrets = new TreeSet<>();
    for (Original original : originals) {
      secrets.add(original.plaintext());
      original
          .parameters()
          .forEach((name, value) -> {
            if (DotNetSecret.fieldNames().contains(name) && value instanceof String text) {
              secrets.add(text);
            }
          });
    }
    // Short ones are left out, because they occur by chance.
    secrets.removeIf(secret -> secret.length() < 8);
    return secrets;
  }

  /** The profiles as the decryptor reads them, their secrets encrypted by {@code cipher}. */
  Map<String, Object> profiles(SecretCipher cipher) {
    Map<String, Object> profiles = new LinkedHashMap<>();
    profileByParameters.forEach((parameters, name) -> {
      Map<String, Object> open = new LinkedHashMap<>(parameters);
      Map<String, Object> secret = new LinkedHashMap<>(parameters);
      open.keySet().removeAll(DotNetSecret.fieldNames());
      secret.keySet().retainAll(DotNetSecret.fieldNames());
      byte[] json = dev.keepwarm.core.internal.Json.write(secret).getBytes(StandardCharsets.UTF_8);
      profiles.put(
          name,
          Map.of(
              "scheme",
              "dotnet",
              "parameters",
              open,
              "secret",
              Base64.getEncoder()
                  .encodeToString(cipher.encrypt(json, Kms.profileContext(name)).asByteArray())));
    });
    return Map.of("profiles", profiles);
  }

  private Original original(CredentialId id, long version) {
    // Consecutive versions of one id are different originals with different plaintexts.
    int index = Math.floorMod(id.hashCode(), originals.size());
    Original first = originals.get(index);
    if (version <= 1) {
      return first;
    }
    for (int i = 1; ; i++) {
      Original other = originals.get((index + i) % originals.size());
      if (!other.plaintext().equals(first.plaintext())) {
        return other;
      }
    }
  }

  private static List<String> tenants(String prefix, int count) {
    List<String> tenants = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      tenants.add(prefix + "%03d".formatted(i));
    }
    return tenants;
  }
}
