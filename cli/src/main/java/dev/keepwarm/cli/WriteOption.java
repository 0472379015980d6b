package dev.keepwarm.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where to write the parameters of a profile. */
final class WriteOption {
  @Option(
      names = "--write",
      paramLabel = "FILE",
      description = "Write the parameters to this new file, for profile add --parameters.")
  private @Nullable Path file;

  /** Refuses early what {@link #write} would refuse. */
  void check() {
    if (file != null && Files.exists(file)) {
      throw exists();
    }
  }

  /** Writes the parameters if a file was given. */
  void write(Map<String, @Nullable Object> parameters) {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, ProfileFile.pretty(parameters), StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      throw exists();
    } catch (IOException e) {
      throw CommandException.input("--write: cannot be written: " + e.getClass().getSimpleName());
    }
  }

  private static CommandException exists() {
    return CommandException.input("--write: the file exists already; choose another name");
  }
}
