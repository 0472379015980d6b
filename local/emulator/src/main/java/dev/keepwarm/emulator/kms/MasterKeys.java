package dev.keepwarm.emulator.kms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.emulator.http.AwsException;
import dev.keepwarm.emulator.http.AwsJson;
import dev.keepwarm.emulator.http.PrivateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * All KMS keys and their aliases, in memory and, given a file, on disk too: the material is in
 * clear and readable only by the owner, because this is a stack for development. Thread-safe.
 */
final class MasterKeys {
  private final @Nullable Path file;
  private final InstantSource clock;
  private final Map<UUID, MasterKey> keys = new LinkedHashMap<>();
  private final Map<String, Alias> aliases = new TreeMap<>();

  /** A name for a key, {@code alias/…}. */
  record Alias(String name, String arn, UUID key, Instant createdAt) {}

  /**
   * @param file read now if it exists, and written on every change; null keeps nothing
   */
  MasterKeys(@Nullable Path file, InstantSource clock) throws IOException {
    this.file = file;
    this.clock = clock;
    if (file != null && Files.exists(file)) {
      read(file);
    }
  }

  synchronized void add(MasterKey key) throws IOException {
    keys.put(key.id(), key);
    save();
  }

  synchronized MasterKey update(UUID id, UnaryOperator<MasterKey> change) throws IOException {
    MasterKey changed = change.apply(keys.get(id));
    keys.put(id, changed);
    save();
    return changed;
  }

  /**
   * @param reference a key id, key ARN, alias name or alias ARN
   * @throws AwsException if there is no such key
   */
  synchronized MasterKey get(String reference) {
    boolean arn = reference.startsWith("arn:");
    String name = arn ? reference.substring(reference.lastIndexOf(':') + 1) : reference;
    Optional<MasterKey> found;
    if (name.startsWith("alias/")) {
      found =
          Optional.ofNullable(aliases.get(name))
              .filter(alias -> !arn || alias.arn().equals(reference))
              .flatMap(alias -> find(alias.key()));
    } else {
      String id = arn && name.startsWith("key/") ? name.substring("key/".length()) : name;
      found = parse(id).flatMap(this::find).filter(key -> !arn || key.arn().equals(reference));
    }
    return found.orElseThrow(() ->
        new AwsException(
            400,
            "NotFoundException",
            (name.startsWith("alias/") ? "Alias " : "Key ")
                + "'"
                + reference
                + "' does not exist"));
  }

  synchronized Optional<MasterKey> find(UUID id) {
    MasterKey key = keys.get(id);
    boolean deleted =
        key != null && key.deletionDate() != null && !clock.instant().isBefore(key.deletionDate());
    return deleted ? Optional.empty() : Optional.ofNullable(key);
  }

  synchronized List<MasterKey> all() {
    return keys.keySet().stream().flatMap(id -> find(id).stream()).toList();
  }

  synchronized void addAlias(Alias alias) throws IOException {
    if (aliases.putIfAbsent(alias.name(), alias) != null) {
      throw new AwsException(
          400,
          "AlreadyExistsException",
          "An alias with the name " + alias.arn() + " already exists");
    }
    save();
  }

  /** Replaces the alias of that name. */
  synchronized void putAlias(Alias alias) throws IOException {
    aliases.put(alias.name(), alias);
    save();
  }

  synchronized void removeAlias(String name) throws IOException {
    aliases.remove(name);
    save();
  }

  synchronized List<Alias> aliases() {
    return new ArrayList<>(aliases.values());
  }

  private static Optional<UUID> parse(String id) {
    try {
      UUID uuid = UUID.fromString(id);
      return uuid.toString().equals(id) ? Optional.of(uuid) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private void save() throws IOException {
    if (file == null) {
      return;
    }
    ObjectNode root = AwsJson.JSON.createObjectNode();
    for (MasterKey key : keys.values()) {
      ObjectNode node = root.withArray("keys").addObject();
      node.put("id", key.id().toString());
      node.put("arn", key.arn());
      node.put("description", key.description());
      node.put("createdAt", key.createdAt().toString());
      node.put("state", key.state().name());
      if (key.deletionDate() != null) {
        node.put("deletionDate", key.deletionDate().toString());
      }
      node.put("material", Base64.getEncoder().encodeToString(key.material().getEncoded()));
    }
    for (Alias alias : aliases.values()) {
      ObjectNode node = root.withArray("aliases").addObject();
      node.put("name", alias.name());
      node.put("arn", alias.arn());
      node.put("key", alias.key().toString());
      node.put("createdAt", alias.createdAt().toString());
    }
    PrivateFile.write(file, AwsJson.JSON.writeValueAsBytes(root));
  }

  private void read(Path from) throws IOException {
    JsonNode root = AwsJson.JSON.readTree(Files.readAllBytes(from));
    for (JsonNode node : root.path("keys")) {
      UUID id = UUID.fromString(node.path("id").textValue());
      JsonNode deletionDate = node.path("deletionDate");
      keys.put(
          id,
          new MasterKey(
              id,
              node.path("arn").textValue(),
              node.path("description").textValue(),
              Instant.parse(node.path("createdAt").textValue()),
              MasterKey.State.valueOf(node.path("state").textValue()),
              deletionDate.isTextual() ? Instant.parse(deletionDate.textValue()) : null,
              new SecretKeySpec(
                  Base64.getDecoder().decode(node.path("material").textValue()), "AES")));
    }
    for (JsonNode node : root.path("aliases")) {
      Alias alias =
          new Alias(
              node.path("name").textValue(),
              node.path("arn").textValue(),
              UUID.fromString(node.path("key").textValue()),
              Instant.parse(node.path("createdAt").textValue()));
      aliases.put(alias.name(), alias);
    }
  }
}
