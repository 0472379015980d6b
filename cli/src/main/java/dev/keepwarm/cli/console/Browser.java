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
   * Opens an address. The browser is given a file that leads there and that only its owner can
   * read: everybody on a machine sees the arguments of a process, and the address has a token.
   *
   * @return false if there is nothing to open it with
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
