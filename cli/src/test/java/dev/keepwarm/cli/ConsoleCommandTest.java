package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ConsoleCommandTest {
  private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+/\\S+(?=\\s)");

  private final CommandWorld world = new CommandWorld();

  @Test
  void servesUntilItIsInterrupted() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    Io io = new Io(InputStream.nullInputStream(), printed, printed, null);
    AtomicInteger exitCode = new AtomicInteger(-1);
    Thread command =
        new Thread(() -> exitCode.set(KeepwarmCommand.run(io, world::ports, "console")));
    command.start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      Awaitility.await("the address")
          .until(() -> ADDRESS.matcher(out.toString(StandardCharsets.UTF_8)).find());
      Matcher address = ADDRESS.matcher(out.toString(StandardCharsets.UTF_8));
      assertThat(address.find()).isTrue();

      assertThat(
              client
                  .send(
                      HttpRequest.newBuilder(URI.create(address.group())).build(),
                      BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(200);
    } finally {
      command.interrupt();
      command.join();
    }

    assertThat(exitCode.get()).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("The page is read-only; --write allows actions. Ctrl-C stops it.");
  }

  @Test
  void saysThatAPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 0, java.net.InetAddress.getByName("127.0.0.1"))) {
      String port = Integer.toString(taken.getLocalPort());

      CommandWorld.Result result = world.run("console", "--port", port);

      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err())
          .startsWith("keepwarm: IO_ERROR: port " + port + " of 127.0.0.1: ")
          .hasLineCount(1);
    }
  }
}
