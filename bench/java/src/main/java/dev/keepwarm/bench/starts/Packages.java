package dev.keepwarm.bench.starts;

import dev.keepwarm.emulator.lambda.FunctionPackage;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Keepwarm's zips, unpacked, and the ways to start the resolver in them. */
final class Packages {
  private static final String RESOLVER = "dev.keepwarm.decryptor.ResolveHandler";

  /** The flags of Lambda's managed runtime; the JDK's own class archive is used by default. */
  static final List<String> LAMBDA_FLAGS = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final Path managed;
  private final Path pinned;
  private final String runtimeClient;
  private final String nativeLibrary;

  private Packages(Path managed, Path pinned, String runtimeClient, Path nativeLibrary) {
    this.managed = managed;
    this.pinned = pinned;
    this.runtimeClient = runtimeClient;
    this.nativeLibrary = "-D" + FunctionPackage.NATIVE_LIBRARY + "=" + nativeLibrary;
  }

  /** Whether the build has made them. */
  static boolean areBuilt(Path home) {
    return Files.exists(zip(home, "managed")) && Files.exists(zip(home, "pinned"));
  }

  /**
   * Unpacks them.
   *
   * @param directory an empty one
   */
  static Packages unpack(Path home, Path directory) throws IOException {
    Path managed = Files.createDirectory(directory.resolve("managed"));
    Path pinned = Files.createDirectory(directory.resolve("pinned"));
    FunctionPackage.unpack(zip(home, "managed"), managed);
    FunctionPackage.unpack(zip(home, "pinned"), pinned);
    return new Packages(managed, pinned, runtimeClient(), nativeLibrary(directory));
  }

  /** As in Lambda's managed runtime: the runtime client's class loader loads the classes. */
  Function<Map<String, String>, ProcessFunction.Builder> managed() {
    return jvm(List.of(), runtimeClient);
  }

  /** The same jars on one class path. */
  Function<Map<String, String>, ProcessFunction.Builder> flat(String... options) {
    return jvm(List.of(options), runtimeClient + ":" + jars());
  }

  /** As in {@code provided.al2023}. */
  Function<Map<String, String>, ProcessFunction.Builder> pinned() {
    return account ->
        ProcessFunction.builder("pinned", List.of(pinned.resolve("bootstrap").toString()))
            .directory(pinned)
            .handler(RESOLVER)
            .account(account);
  }

  private Function<Map<String, String>, ProcessFunction.Builder> jvm(
      List<String> options, String classPath) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(LAMBDA_FLAGS);
    command.addAll(options);
    command.addAll(
        List.of(nativeLibrary, "-cp", classPath, FunctionPackage.RUNTIME_CLIENT, RESOLVER));
    return account ->
        ProcessFunction.builder("managed", command)
            .directory(managed)
            .handler(RESOLVER)
            .account(account);
  }

  /**
   * Sorted by name, because a class archive is valid only if its class path is a prefix of the
   * process's.
   */
  private String jars() {
    try (Stream<Path> jars = Files.list(managed.resolve("lib"))) {
      return jars.sorted().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path zip(Path home, String form) {
    return home.resolve("infra/packaging/target/keepwarm-" + form + ".zip");
  }

  /** The jars of the managed runtime, from our own class path. */
  private static String runtimeClient() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> entry.contains("aws-lambda-java-"))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Path nativeLibrary(Path directory) throws IOException {
    Path library = directory.resolve("libaws-lambda-jni.so");
    try (InputStream in =
        Packages.class.getResourceAsStream("/" + FunctionPackage.NATIVE_RESOURCE)) {
      if (in == null) {
        throw new FileNotFoundException(FunctionPackage.NATIVE_RESOURCE);
      }
      Files.copy(in, library, StandardCopyOption.REPLACE_EXISTING);
    }
    return library;
  }
}
