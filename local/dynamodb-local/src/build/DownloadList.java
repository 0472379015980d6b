import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Converts the output of {@code dependency:list} into the list of what an installed Keepwarm
 * downloads: one line for each file, with its SHA-256 and its Maven coordinates.
 */
class DownloadList {
  private static final Pattern DEPENDENCY =
      Pattern.compile("\\s+((?:[\\w.-]+:){3,4}[\\w.-]+):(?:compile|runtime):(.+?)(?: -- .*)?");

  public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
    StringBuilder list = new StringBuilder();
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      Matcher dependency = DEPENDENCY.matcher(line.replaceAll("\u001B\\[[\\d;]*m", ""));
      if (dependency.matches()) {
        byte[] file = Files.readAllBytes(Path.of(dependency.group(2)));
        byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(file);
        list.append(HexFormat.of().formatHex(sha256))
            .append("  ")
            .append(dependency.group(1))
            .append('\n');
      }
    }
    if (list.isEmpty()) {
      throw new IOException(args[0] + " lists no dependency");
    }
    Files.writeString(Path.of(args[1]), list);
  }
}
