package dev.keepwarm.cli.console;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Opens the operator's browser. */
public final class Browser {
  private Browser() {}

  /**
   * Opens an address. The browser gets the path of a file that redirects to the address and that
   * only its owner can read. The address itself contains a token, and all users of a machine can
   * see the arguments of a process.
   *
   * @return false if no browser can be started
   */
  public static boolean open(URI address) {
    try {
      Path page = Files.createTempFile("keepwarm-console", ".html");
      page.toFile().deleteOnExit();
      Files.writeString(
          page,
          "<!doctype html><meta charset=\"utf-8\"><title>Keepwarm</title>"
              + "<meta http-equiv=\"refresh\" content=\"0;url="
              + address
              + "\">",
          StandardCharsets.US_ASCII);
      Process unused =
          new ProcessBuilder(command(page.toUri().toString()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> command(String url) {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    if (system.startsWith("mac")) {
      return List.of("open", url);
    }
    return system.startsWith("windows")
        ? List.of("rundll32", "url.dll,FileProtocolHandler", url)
        : List.of("xdg-open", url);
  }
}
