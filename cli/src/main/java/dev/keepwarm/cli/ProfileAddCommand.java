package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.decryptor.dotnet.DotNetDecoder;
import dev.keepwarm.decryptor.dotnet.DotNetParameters;
import dev.keepwarm.decryptor.dotnet.DotNetParametersException;
import dev.keepwarm.decryptor.dotnet.DotNetSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keepwarm profile add}. */
@Command(
    name = "add",
    description = {
      "Add a profile to a file of profiles.",
      "",
      "For dotnet the parameters describe the encryption. The command asks for the"
          + " secret, checks it against the parameters, and encrypts it under the KMS key"
          + " (KEEPWARM_KMS_KEY). For other schemes the parameters are the rest of the profile,"
          + " and there is no secret."
    },
    footer = {"", "JSON: {\"profile\", \"scheme\", \"file\", \"replaced\"}."})
final class ProfileAddCommand implements Callable<Integer> {
  /** The longest text that KMS encrypts, in bytes. */
  private static final int MAX_SECRET = 4096;

  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(
      paramLabel = "NAME",
      description = "The profile's name, by which originals refer to it.")
  private String name = "";

  @Option(
      names = "--scheme",
      required = true,
      paramLabel = "SCHEME",
      description = "dotnet, or another scheme of profiles.")
  private String scheme = "";

  @Option(
      names = "--parameters",
      paramLabel = "FILE",
      description =
          "A file with a JSON object; required for dotnet. keepwarm profile detect and"
              + " explain write it.")
  private @Nullable Path parameters;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      defaultValue = "profiles.json",
      description =
          "The file of profiles (default ${DEFAULT-VALUE}); created if it does not exist.")
  private Path file = Path.of("profiles.json");

  @Option(names = "--replace", description = "Replace an existing profile.")
  private boolean replace;

  @Mixin private final SecretInput secret = new SecretInput();

  ProfileAddCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() throws IOException {
    ProfileFile.checkName(name);
    Map<String, @Nullable Object> given =
        parameters == null
            ? new LinkedHashMap<>()
            : SmallFile.object("--parameters", SmallFile.read("--parameters", parameters));
    ProfileFile profiles = ProfileFile.readOrBegin(file);
    boolean replaced = profiles.has(name);
    if (replaced && !replace) {
      throw CommandException.usage(name + " is in the file already; see --replace");
    }
    Map<String, @Nullable Object> profile = new LinkedHashMap<>();
    profile.put("scheme", scheme);
    if (scheme.equals("dotnet")) {
      profile.put("parameters", given);
      profile.put("secret", encryptedSecret(given));
    } else {
      given.forEach(profile::putIfAbsent);
    }
    profiles.put(name, profile);
    profiles.write();
    report(replaced);
    return ExitCode.DONE.number();
  }

  private String encryptedSecret(Map<String, @Nullable Object> given) throws IOException {
    if (parameters == null) {
      throw CommandException.usage("--parameters is required for dotnet");
    }
    DotNetParameters parsed = parsed(given);
    Map<String, @Nullable Object> fields = secret.read(io, true, true);
    try {
      DotNetDecoder.of(parsed, DotNetSecret.parse(fields)).clear();
    } catch (DotNetParametersException e) {
      throw CommandException.input("the secret: " + e.getMessage());
    }
    byte[] json = Json.write(fields).getBytes(StandardCharsets.UTF_8);
    try (Ports ports = factory.open()) {
      if (json.length > MAX_SECRET) {
        throw CommandException.input(
            "the secret: must have at most " + MAX_SECRET + " bytes as JSON");
      }
      return Base64.getEncoder()
          .encodeToString(
              ports.cipher().encrypt(json, Kms.profileContext(name)).asByteArrayUnsafe());
    } finally {
      Arrays.fill(json, (byte) 0);
    }
  }

  private static DotNetParameters parsed(Map<String, @Nullable Object> given) {
    try {
      return DotNetParameters.parse(given);
    } catch (DotNetParametersException e) {
      throw CommandException.input("--parameters: " + e.getMessage());
    }
  }

  private void report(boolean replaced) {
    if (common.json()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("profile", name);
      json.put("scheme", scheme);
      json.put("file", file.toString());
      json.put("replaced", replaced);
      io.json(json);
    } else {
      io.out().println((replaced ? "replaced " : "added ") + name + " in " + file);
    }
  }
}
