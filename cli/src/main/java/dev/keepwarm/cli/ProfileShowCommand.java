package dev.keepwarm.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keepwarm profile show}. */
@Command(
    name = "show",
    description = "Check a file of profiles, and show one or all of them without their secrets.",
    footer = {"", "JSON: {\"profiles\":[{\"name\", \"scheme\",...}]}."})
final class ProfileShowCommand implements Callable<Integer> {
  private final Io io;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "The profile; without it, all profiles.")
  private @Nullable String name;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      defaultValue = "profiles.json",
      description = "The file of profiles (default ${DEFAULT-VALUE}).")
  private Path file = Path.of("profiles.json");

  ProfileShowCommand(Io io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    ProfileFile profiles = ProfileFile.read(file);
    List<String> names =
        name == null
            ? List.copyOf(profiles.profiles().keySet())
            : List.of(ProfileFile.checkName(name));
    List<Map<String, @Nullable Object>> shown = new ArrayList<>();
    names.forEach(each -> shown.add(withoutSecret(each, profiles.profile(each))));
    if (common.json()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("profiles", shown);
      io.json(json);
    } else if (name != null) {
      io.out().print(ProfileFile.pretty(shown.getFirst()));
    } else {
      Table table = new Table("NAME", "SCHEME");
      shown.forEach(each -> table.add("" + each.get("name"), "" + each.get("scheme")));
      table.print(io.out());
    }
    return ExitCode.DONE.number();
  }

  private static Map<String, @Nullable Object> withoutSecret(
      String name, Map<String, @Nullable Object> profile) {
    Map<String, @Nullable Object> shown = new LinkedHashMap<>();
    shown.put("name", name);
    shown.putAll(profile);
    shown.computeIfPresent("secret", (field, secret) -> "encrypted");
    return shown;
  }
}
