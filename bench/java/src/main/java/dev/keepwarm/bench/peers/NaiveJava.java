package dev.keepwarm.bench.peers;

import dev.keepwarm.emulator.lambda.FunctionPackage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** {@code bench/peers/naive-decryptor}, which Maven has built. */
final class NaiveJava {
  private static final String HANDLER = "dev.keepwarm.bench.naive.NaiveDecryptor";

  private NaiveJava() {}

  static Peer of(Path home, List<String> jvmOptions) throws IOException {
    Path target = home.resolve("bench/peers/naive-decryptor/target");
    Path lib = target.resolve("lib");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    // On AWS the library exists already. Without this, every process would write it to the same
    // file.
    command.add("-D" + FunctionPackage.NATIVE_LIBRARY + "=" + nativeLibrary(lib, target));
    command.add("-cp");
    command.add(lib + "/*");
    command.add(FunctionPackage.RUNTIME_CLIENT);
    command.add(HANDLER);
    return new Peer("naive-decryptor", command, target, HANDLER);
  }

  private static Path nativeLibrary(Path lib, Path target) throws IOException {
    Path library = target.resolve("libaws-lambda-jni.so");
    if (Files.exists(library)) {
      return library;
    }
    Path draft = Files.createTempFile(target, "libaws-lambda-jni", ".part");
    try (JarFile jar = new JarFile(runtimeClient(lib).toFile());
        InputStream in = jar.getInputStream(nativeResource(jar))) {
      Files.copy(in, draft, StandardCopyOption.REPLACE_EXISTING);
    }
    return Files.move(draft, library, StandardCopyOption.REPLACE_EXISTING);
  }

  private static ZipEntry nativeResource(JarFile jar) throws IOException {
    ZipEntry found = jar.getEntry(FunctionPackage.NATIVE_RESOURCE);
    if (found == null) {
      throw new FileNotFoundException(
          jar.getName() + ": has no " + FunctionPackage.NATIVE_RESOURCE);
    }
    return found;
  }

  private static Path runtimeClient(Path lib) throws IOException {
    try (Stream<Path> jars = Files.list(lib)) {
      return jars.filter(jar ->
              jar.getFileName().toString().startsWith("aws-lambda-java-runtime-interface-client-"))
          .findAny()
          .orElseThrow(() ->
              new FileNotFoundException(lib + ": has no runtime interface client; run bench/run"));
    }
  }
}
