package dev.keepwarm.infra;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import software.amazon.awscdk.App;
import software.amazon.awscdk.AppProps;

/** Stacks, synthesised with stand-ins for the functions' zips. */
final class Synthesised {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path directory;

  /**
   * @param directory receives the stand-ins for zips, and the synthesised templates
   */
  Synthesised(Path directory) {
    this.directory = directory;
  }

  /** A builder with the defaults. */
  KeepwarmProps.Builder props() {
    return KeepwarmProps.builder(zip("managed.zip"), zip("pinned.zip"));
  }

  /** A deployable file without content. */
  Path zip(String name) {
    Path file = directory.resolve(name);
    if (Files.exists(file)) {
      return file;
    }
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      ZipEntry entry = new ZipEntry("placeholder");
      entry.setTime(0);
      zip.putNextEntry(entry);
      zip.write(name.getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /** A stand-in for a zip of the extension, for the machine with that number in ELF. */
  Path extension(int machine) {
    Path file = directory.resolve("extension-" + machine + ".zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      ZipEntry entry = new ZipEntry("extensions/keepwarm-reader");
      entry.setTime(0);
      zip.putNextEntry(entry);
      byte[] elf = new byte[64];
      elf[18] = (byte) machine;
      zip.write(elf);
      zip.closeEntry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  JsonNode template() {
    return template(UnaryOperator.identity());
  }

  JsonNode template(UnaryOperator<KeepwarmProps.Builder> change) {
    return template(change, stack -> {});
  }

  /**
   * @param then changes the stack before it is synthesised
   */
  JsonNode template(UnaryOperator<KeepwarmProps.Builder> change, Consumer<KeepwarmStack> then) {
    App app = app();
    KeepwarmStack stack = new KeepwarmStack(app, "Keepwarm", change.apply(props()).build());
    then.accept(stack);
    return MAPPER.valueToTree(app.synth().getStackByName("Keepwarm").getTemplate());
  }

  App app() {
    try {
      return new App(
          AppProps.builder()
              .outdir(Files.createTempDirectory(directory, "cdk.out").toString())
              .build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The template's resources of one type, by their logical ids. */
  static Map<String, JsonNode> resources(JsonNode template, String type) {
    Map<String, JsonNode> found = new LinkedHashMap<>();
    template
        .get("Resources")
        .properties()
        .forEach(resource -> {
          if (resource.getValue().get("Type").asText().equals(type)) {
            found.put(resource.getKey(), resource.getValue());
          }
        });
    return found;
  }
}
