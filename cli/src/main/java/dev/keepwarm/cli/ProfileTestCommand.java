package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.decryptor.dotnet.DotNetRefusal;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.engine.SourceRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keepwarm profile test}. */
@Command(
    name = "test",
    description = {
      "Decode one stored value with a profile, and describe the result without showing" + " it.",
      "",
      "Reads the value, as the source stores it, from standard input, or asks for it."
          + " Without a MAC, a wrong key occasionally yields well-formed text: look at the"
          + " kind, and try several values."
    },
    footer = {
      "",
      "Kinds: empty, json, text (printable), lines (printable, on several lines), control (text with"
          + " control characters: most likely a wrong key), binary (not UTF-8).",
      "",
      "JSON: {\"profile\", \"decoded\", \"failure\", \"kind\", \"bytes\"}; with --reveal also \"value\" or"
          + " \"valueBase64\"."
    })
final class ProfileTestCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "NAME", description = "The profile.")
  private String name = "";

  @Option(
      names = "--file",
      paramLabel = "FILE",
      defaultValue = "profiles.json",
      description = "The file of profiles (default ${DEFAULT-VALUE}).")
  private Path file = Path.of("profiles.json");

  @Mixin private final RevealOptions revealing = new RevealOptions();

  ProfileTestCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() throws IOException {
    ProfileFile profiles = ProfileFile.read(file);
    profiles.profile(ProfileFile.checkName(name));
    revealing.check(io);
    String stored = stored();
    try (Ports ports = factory.open()) {
      Decoder decoder = ports.decoders().apply(profiles.parsed());
      // The id does not matter: nothing is stored.
      CredentialId id = new CredentialId("profile", "test");
      switch (decoder.decode(new SourceRow.Original(id, name, stored, 0))) {
        case Decoder.Decoded(byte[] value) -> {
          try {
            decoded(value);
          } finally {
            Arrays.fill(value, (byte) 0);
          }
        }
        case Decoder.Undecodable(String failure) -> undecodable(failure);
      }
    }
    return ExitCode.DONE.number();
  }

  private String stored() throws IOException {
    String text =
        io.terminal() == null
            ? SmallFile.read("the stored value", io.in())
            : io.terminal().ask("Stored value: ");
    String stored = text == null ? "" : SmallFile.withoutLineEnd(text);
    if (stored.isEmpty()) {
      throw CommandException.input("the stored value: must not be empty");
    }
    return stored;
  }

  private void decoded(byte[] value) {
    ValueKind kind = ValueKind.of(value);
    if (common.json()) {
      Map<String, @Nullable Object> json = json(null);
      json.put("kind", kind.text());
      json.put("bytes", value.length);
      if (revealing.reveal()) {
        Revealed.putInto(json, value);
      }
      io.json(json);
    } else if (revealing.reveal()) {
      Revealed.print(io, value, revealing.force());
    } else {
      io.out().println("decoded: " + value.length + " bytes, " + kind.text());
    }
  }

  private void undecodable(String failure) {
    if (common.json()) {
      io.json(json(failure));
    }
    throw new KeepwarmException(ErrorCode.UNDECODABLE, failure + describe(failure));
  }

  private Map<String, @Nullable Object> json(@Nullable String failure) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("profile", name);
    json.put("decoded", failure == null);
    json.put("failure", failure);
    return json;
  }

  private static String describe(String failure) {
    for (DotNetRefusal refusal : DotNetRefusal.values()) {
      if (refusal.name().equals(failure)) {
        return ": " + refusal.description();
      }
    }
    return failure.equals("BAD_PROFILE_SECRET")
        ? ": the profile's secret was changed, or encrypted for a profile of another name"
        : "";
  }
}
