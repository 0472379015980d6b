package dev.keepwarm.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.decryptor.profile.Profiles;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A valid file of profiles. Not thread-safe. */
final class ProfileFile {
  private static final String PROFILES = "profiles";

  private final Path path;
  private final Map<String, @Nullable Object> profiles;

  private ProfileFile(Path path, Map<String, @Nullable Object> profiles) {
    this.path = path;
    this.profiles = profiles;
  }

  /**
   * Reads a file.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if it is not a valid file of
   *     profiles; names the field
   */
  static ProfileFile read(Path path) {
    String text = SmallFile.read("--file", path);
    Profiles.parse(text);
    return new ProfileFile(path, object(Json.parseObject(text).get(PROFILES)));
  }

  /** Reads a file, or begins a new one if it does not exist. */
  static ProfileFile readOrBegin(Path path) {
    return Files.exists(path) ? read(path) : new ProfileFile(path, new LinkedHashMap<>());
  }

  /**
   * Refuses an invalid name of a profile.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_ID}
   */
  static String checkName(String name) {
    if (!CredentialId.isValidPart(name)) {
      throw new KeepwarmException(
          ErrorCode.INVALID_ID,
          "the name of a profile must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -");
    }
    return name;
  }

  /** All profiles, by name, as they are in the file. */
  Map<String, @Nullable Object> profiles() {
    return profiles;
  }

  boolean has(String name) {
    return profiles.containsKey(name);
  }

  /**
   * One profile as it is in the file.
   *
   * @throws KeepwarmException {@link ErrorCode#NOT_FOUND}
   */
  Map<String, @Nullable Object> profile(String name) {
    if (!has(name)) {
      throw new KeepwarmException(ErrorCode.NOT_FOUND, "no profile " + name + " in the file");
    }
    return object(profiles.get(name));
  }

  /** The profiles in parsed form, for decoding. */
  Profiles parsed() {
    return Profiles.parse(Json.write(root()));
  }

  /** Adds or replaces a profile; refuses it if the file would become invalid. */
  void put(String name, Map<String, @Nullable Object> profile) {
    profiles.put(name, profile);
    Profiles unused = parsed();
  }

  /** Writes the file atomically: another process reads either the old file or the new one. */
  void write() throws IOException {
    // Replaces the file itself, not a link to it.
    Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
    Path directory = target.getParent();
    if (directory == null) {
      throw CommandException.input("--file: must be a regular file");
    }
    Path fresh = directory.resolve("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      try (FileChannel channel =
          FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        Channels.newOutputStream(channel).write(pretty(root()).getBytes(StandardCharsets.UTF_8));
        channel.force(true);
      }
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /** Any JSON value on several lines. */
  static String pretty(Object json) {
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
    try {
      return new ObjectMapper().writer(printer).writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was read as JSON can be written", e);
    }
  }

  private Map<String, @Nullable Object> root() {
    Map<String, @Nullable Object> root = new LinkedHashMap<>();
    root.put(PROFILES, profiles);
    return root;
  }

  private static Map<String, @Nullable Object> object(@Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new IllegalStateException("valid profiles are objects");
    }
    // The keys of an object that Json reads are texts.
    @SuppressWarnings("unchecked")
    Map<String, @Nullable Object> object = (Map<String, @Nullable Object>) map;
    return object;
  }
}
