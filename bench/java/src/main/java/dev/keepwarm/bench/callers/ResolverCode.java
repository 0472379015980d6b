package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.WorkDirectory;
import dev.keepwarm.emulator.lambda.FunctionPackage;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The code from which the resolver runs: the pinned package or, in a smoke run without it, the
 * benchmarks' own class path. Not thread-safe.
 */
final class ResolverCode implements AutoCloseable {
  private static final String NAME = "keepwarm-resolver";
  private static final String HANDLER = "dev.keepwarm.decryptor.ResolveHandler";

  private final WorkDirectory directory;
  private final String description;
  private final ProcessFunction.Builder function;

  private ResolverCode(
      WorkDirectory directory, String description, ProcessFunction.Builder function) {
    this.directory = directory;
    this.description = description;
    this.function = function;
  }

  /**
   * Finds the code.
   *
   * @throws IOException if there is no package and this is not a smoke run
   */
  static ResolverCode of(Run run) throws IOException {
    Path zip = run.home().resolve("infra/packaging/target/keepwarm-pinned.zip");
    boolean built = Files.exists(zip);
    if (!built && !run.smoke()) {
      throw new FileNotFoundException(zip + ": not built; bench/run does that, on Linux");
    }
    WorkDirectory directory = WorkDirectory.create("keepwarm-bench-resolver");
    if (built) {
      return new ResolverCode(
          directory,
          "the pinned package",
          FunctionPackage.unpack(zip, directory.path()).function(NAME, HANDLER, ""));
    }
    System.err.println("bench: " + zip + " is not built; the resolver runs from the class path");
    return new ResolverCode(directory, "the class path", onClassPath(directory.path()));
  }

  /** A function without an environment. */
  ProcessFunction.Builder function() {
    return function;
  }

  /** Its name in the notes. */
  String description() {
    return description;
  }

  @Override
  public void close() {
    directory.close();
  }

  private static ProcessFunction.Builder onClassPath(Path directory) throws IOException {
    Path library = directory.resolve("libaws-lambda-jni.so");
    try (InputStream in = ClassLoader.getSystemResourceAsStream(FunctionPackage.NATIVE_RESOURCE)) {
      if (in == null) {
        throw new FileNotFoundException(FunctionPackage.NATIVE_RESOURCE);
      }
      Files.copy(in, library);
    }
    return ProcessFunction.builder(
        NAME,
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-D" + FunctionPackage.NATIVE_LIBRARY + "=" + library,
            "-cp",
            System.getProperty("java.class.path"),
            FunctionPackage.RUNTIME_CLIENT,
            HANDLER));
  }
}
