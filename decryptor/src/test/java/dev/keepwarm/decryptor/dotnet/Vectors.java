package dev.keepwarm.decryptor.dotnet;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.internal.Checkout;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Folders of vectors. */
final class Vectors {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Vectors() {}

  static boolean isBuiltIn() {
    return System.getProperty("vectors.dir", "").isBlank();
  }

  /** The folder named by {@code -Dvectors.dir}, from the project's root, or the built-in ones. */
  static List<Path> folders() {
    return isBuiltIn()
        ? List.of(builtInFolder(), folderOfMore())
        : List.of(Checkout.root().resolve(System.getProperty("vectors.dir")));
  }

  /** The vectors that .NET itself encrypted. */
  static Path builtInFolder() {
    return folder("dotnet-legacy");
  }

  /** The vectors that an implementation in another language encrypted. */
  static Path folderOfMore() {
    return folder("dotnet-more");
  }

  private static Path folder(String name) {
    try {
      URI folder =
          requireNonNull(Vectors.class.getResource("/vectors/" + name + "/README.md")).toURI();
      return requireNonNull(Path.of(folder).getParent());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All vectors of the folder's {@code .json} files, in the order of the files' names. */
  static List<Vector> in(Path folder) throws IOException {
    List<Vector> vectors = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".json")).sorted().toList()) {
        for (Map<String, Object> fields :
            JSON.readValue(file.toFile(), new TypeReference<List<Map<String, Object>>>() {})) {
          vectors.add(new Vector(file.getFileName().toString(), fields));
        }
      }
    }
    return vectors;
  }
}
