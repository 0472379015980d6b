import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Packs and unpacks the corpora. Each target's inputs are one text file, {@code
 * corpus/<target>.<method>}, with one input per line, in base64 and sorted. The build unpacks them
 * to the place where Jazzer expects them. README.md says how to add inputs.
 */
final class Corpus {
  private static final String INPUTS = "Inputs";

  private Corpus() {}

  /** Packs or unpacks; the usage message below describes the arguments. */
  public static void main(String[] args) throws IOException {
    if (args.length == 3 && args[0].equals("unpack")) {
      for (Path file : list(Path.of(args[1]))) {
        unpack(file, Path.of(args[2]));
      }
    } else if (args.length == 3 && args[0].equals("pack")) {
      packFound(Path.of(args[1]), Path.of(args[2]));
    } else if (args.length == 4 && args[0].equals("add")) {
      add(Path.of(args[1]).resolve(args[2]), Path.of(args[3]));
    } else {
      System.err.println(
          "must be one of: unpack CORPUS TO | pack CORPUS RESOURCES | add CORPUS TARGET.METHOD DIR");
      System.exit(2);
    }
  }

  private static void unpack(Path packed, Path to) throws IOException {
    String[] name = packed.getFileName().toString().split("\\.");
    Path directory = Files.createDirectories(to.resolve(name[0] + INPUTS).resolve(name[1]));
    for (Path old : list(directory)) {
      Files.delete(old);
    }
    for (String line : Files.readAllLines(packed)) {
      byte[] input = Base64.getDecoder().decode(line);
      Files.write(directory.resolve(sha1(input)), input);
    }
  }

  /** Moves the inputs that Jazzer has written below the resources into the corpus. */
  private static void packFound(Path corpus, Path resources) throws IOException {
    for (Path target : list(resources)) {
      String name = target.getFileName().toString();
      if (name.endsWith(INPUTS)) {
        for (Path method : list(target)) {
          String packed =
              name.substring(0, name.length() - INPUTS.length()) + "." + method.getFileName();
          add(corpus.resolve(packed), method);
          for (Path input : list(method)) {
            Files.delete(input);
          }
          Files.delete(method);
        }
        Files.delete(target);
      }
    }
  }

  private static void add(Path packed, Path directory) throws IOException {
    TreeSet<String> lines = new TreeSet<>();
    if (Files.exists(packed)) {
      lines.addAll(Files.readAllLines(packed));
    }
    int before = lines.size();
    for (Path input : list(directory)) {
      lines.add(Base64.getEncoder().encodeToString(Files.readAllBytes(input)));
    }
    Files.createDirectories(packed.toAbsolutePath().getParent());
    Files.write(packed, lines);
    System.out.println(packed.getFileName() + ": " + (lines.size() - before) + " added");
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return new ArrayList<>(files.sorted().toList());
    }
  }

  private static String sha1(byte[] input) {
    try {
      // Only a name, not for security. Jazzer names inputs in the same way.
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(input));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
