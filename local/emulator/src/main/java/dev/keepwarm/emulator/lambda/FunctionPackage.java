package dev.keepwarm.emulator.lambda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A function's zip, unpacked as Lambda unpacks it: one with a {@code bootstrap}, for a custom
 * runtime, or one with jars, for the managed Java runtime. Immutable.
 */
public final class FunctionPackage {
  /** The main class of Lambda's runtime interface client; its argument is the handler. */
  public static final String RUNTIME_CLIENT =
      "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";

  /**
   * The system property that tells the runtime interface client where its native library is.
   * Without it, every process writes the library to the same temporary file, even while another
   * process has that file mapped.
   */
  public static final String NATIVE_LIBRARY =
      "com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI";

  /** The path of this machine's library in the runtime interface client's jar. */
  public static final String NATIVE_RESOURCE =
      "jni/libaws-lambda-jni.linux-"
          + (System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64")
          + ".so";

  private final Path taskRoot;

  private FunctionPackage(Path taskRoot) {
    this.taskRoot = taskRoot;
  }

  /**
   * Unpacks a zip, with the permissions of its entries.
   *
   * @param zip the package
   * @param taskRoot an empty directory, which becomes {@code LAMBDA_TASK_ROOT}
   * @return the package, ready to run
   * @throws IOException if it cannot be read, or names a file outside of itself
   */
  public static FunctionPackage unpack(Path zip, Path taskRoot) throws IOException {
    Map<String, String> posix = Map.of("enablePosixFileAttributes", "true");
    try (FileSystem archive = FileSystems.newFileSystem(zip, posix);
        Stream<Path> files = Files.walk(archive.getPath("/"))) {
      files.forEach(file -> copy(file, taskRoot));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return new FunctionPackage(taskRoot);
  }

  /**
   * Begins to build a function of this package.
   *
   * @param name the function's name
   * @param handler the value of {@code _HANDLER}
   * @param runtimeClient the class path with Lambda's runtime interface client, which the managed
   *     runtime has; not used for a package with a {@code bootstrap}
   * @return a builder with the optional settings
   */
  public ProcessFunction.Builder function(String name, String handler, String runtimeClient) {
    Path bootstrap = taskRoot.resolve("bootstrap");
    List<String> command =
        Files.exists(bootstrap)
            ? List.of(bootstrap.toString())
            : List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // The options of the managed runtime.
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                runtimeClient + ":" + taskRoot + ":" + taskRoot.resolve("lib") + "/*",
                RUNTIME_CLIENT,
                handler);
    return ProcessFunction.builder(name, command).directory(taskRoot).handler(handler);
  }

  private static void copy(Path file, Path taskRoot) {
    Path target = taskRoot.resolve(file.toString().substring(1)).normalize();
    if (!target.startsWith(taskRoot)) {
      throw new UncheckedIOException(new IOException("a name in the zip leads out of it"));
    }
    try {
      if (Files.isDirectory(file)) {
        Files.createDirectories(target);
      } else {
        Files.copy(file, target);
        Files.setPosixFilePermissions(target, Files.getPosixFilePermissions(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
