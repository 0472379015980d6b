package dev.keepwarm.integration;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.lambda.FunctionPackage;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The decryptor as a separate process, as Lambda runs it. */
final class DecryptorProcess {

  private DecryptorProcess() {}

  /**
   * A function of a world, which logs to the world's log.
   *
   * @param handler the simple name of the handler's class
   * @param changes variables that differ from those of the world
   */
  static ProcessFunction of(EndpointWorld world, String handler, Map<String, String> changes) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-D" + FunctionPackage.NATIVE_LIBRARY + "=" + nativeClient(),
            "-cp",
            System.getProperty("java.class.path"),
            AWSLambda.class.getName(),
            "dev.keepwarm.decryptor." + handler + "::handleRequest");
    Map<String, String> environment = new HashMap<>(world.environmentOfFunctions());
    environment.putAll(changes);
    PrintStream log = world.log();
    return ProcessFunction.builder("decryptor", command)
        .environment(environment)
        .initTimeout(Patience.LIMIT)
        .log(log::println)
        .build();
  }

  /**
   * Copies the runtime client's native library to a separate file. By default, all processes on the
   * machine overwrite the same file, even while another process has it mapped.
   */
  static Path nativeClient() {
    String resource = "/" + FunctionPackage.NATIVE_RESOURCE;
    try (InputStream library =
        Objects.requireNonNull(AWSLambda.class.getResourceAsStream(resource), resource)) {
      Path file = Files.createTempFile("keepwarm-it", ".so");
      file.toFile().deleteOnExit();
      Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
