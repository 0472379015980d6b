package dev.keepwarm.packaging;

import dev.keepwarm.emulator.lambda.FunctionPackage;
import dev.keepwarm.pinned.Start;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The package for {@code provided.al2023}: a JRE with the required modules, the jars, an AOT cache
 * that was trained with exactly these, and the {@code bootstrap} that starts them.
 */
final class PinnedPackage {
  static final String AOT_CACHE = "keepwarm.aot";
  private static final String NATIVE = "libaws-lambda-jni.so";

  /**
   * The native HTTP client. If it were loaded from its jar, it would first be written to a
   * temporary file, and a shell script would find out the C library.
   */
  private static final String NATIVE_HTTP = "libaws-crt-jni.so";

  private static final String BOOTSTRAP = "bootstrap";

  /**
   * The JDK modules that the functions need; {@code java.sql} and {@code java.naming} are for JDBC
   * drivers.
   */
  private static final List<String> MODULES =
      List.of("java.base", "java.logging", "java.naming", "java.sql", "jdk.unsupported");

  private PinnedPackage() {}

  /**
   * Makes the package, unless there is already one of the same code.
   *
   * @param home the project's root
   * @param work a directory that becomes the task's root
   */
  static void make(Path home, Path work, Path zip) throws IOException, InterruptedException {
    List<Path> libraries = Jars.in(home.resolve("infra/packaging/pinned/target/lib"));
    List<Path> code = new ArrayList<>(libraries);
    code.addAll(Jars.in(home.resolve("infra/packaging/pinned/target")));
    // The packager's own code is part of the id, because it determines the package.
    List<Path> inputs = new ArrayList<>(code);
    inputs.addAll(Jars.in(home.resolve("infra/packaging/target")));
    String id = Build.id(inputs) + "-" + Runtime.version();
    Path idFile = work.resolve(Start.BUILD_FILE);
    if (Files.exists(zip) && Files.exists(idFile) && Files.readString(idFile).equals(id)) {
      return;
    }
    Files.deleteIfExists(zip);
    delete(work);
    Path lib = Files.createDirectories(work.resolve("lib"));
    for (Path jar : code) {
      write(lib.resolve(jar.getFileName()), Jars.slim(jar));
    }
    write(lib.resolve(NATIVE), Jars.find(libraries, FunctionPackage.NATIVE_RESOURCE));
    write(lib.resolve(NATIVE_HTTP), Jars.find(libraries, nativeHttp()));
    write(lib.resolve("keepwarm-build.jar"), Build.jar(id));
    jlink(work.resolve("jre"));
    Path bootstrap = work.resolve(BOOTSTRAP);
    write(bootstrap, bootstrap(lib).getBytes(StandardCharsets.UTF_8));
    Files.setPosixFilePermissions(bootstrap, PosixFilePermissions.fromString("rwxr-xr-x"));
    // Written last: an unfinished package has no id, and does not start.
    write(idFile, id.getBytes(StandardCharsets.UTF_8));
    Training.run(home, work);
    zip(work, zip);
  }

  /** The path of this platform's library in the CRT's jar, which has those of all platforms. */
  private static String nativeHttp() {
    String processor = System.getProperty("os.arch").equals("aarch64") ? "armv8" : "x86_64";
    return "linux/" + processor + "/glibc/" + NATIVE_HTTP;
  }

  /** The script that Lambda starts, for the jars of that directory. */
  static String bootstrap(Path lib) throws IOException {
    String classPath =
        Jars.in(lib).stream()
            .map(jar -> "lib/" + jar.getFileName())
            .collect(Collectors.joining(":"));
    return """
    #!/bin/sh
    # Starts a function of this package. The AOT cache is valid only for exactly this class path.
    cd "$(dirname "$0")" || exit 1
    # C1 alone starts fastest. C2 is worth it for the events handler, which decodes for long and has
    # no waiting callers. The excluded method only writes classes at the start of a process, and
    # compiling it takes 7 MB.
    case ${_HANDLER:-} in
      *EventsHandler*) tuning= ;;
      *) tuning="-XX:TieredStopAtLevel=1 -Xms12m -XX:NewSize=4m -XX:CompileCommand=quiet
        -XX:CompileCommand=exclude,jdk.internal.classfile.impl.StackMapGenerator::processBlock" ;;
    esac
    [ -f %1$s ] && cache=-XX:AOTCache=%1$s || cache=
    # JDBC drivers come in layers. They must be on the JVM's own class path, because DriverManager
    # does not return drivers that only a child of the application's class loader knows. The cache
    # stays valid as long as its class path comes first.
    drivers=
    for jar in "${KEEPWARM_LAYERS:-/opt}"/java/lib/*.jar; do
      [ -f "$jar" ] && drivers="$drivers:$jar"
    done
    exec jre/bin/java -XX:+UseSerialGC -XX:MaxRAMPercentage=70 $tuning $cache \\
      --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \\
      -D%3$s="$PWD/lib/%4$s" -Djava.library.path="$PWD/lib" \\
      -cp "%2$s$drivers" \\
      dev.keepwarm.pinned.Start "${_HANDLER:-}"
    """
        .formatted(AOT_CACHE, classPath, FunctionPackage.NATIVE_LIBRARY, NATIVE);
  }

  private static void jlink(Path jre) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jlink").toString(),
                "--add-modules",
                String.join(",", MODULES),
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                // The zip compresses it as a whole.
                "--compress=zip-0",
                "--vm=server",
                "--output",
                jre.toString())
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("jlink failed: " + printed);
    }
    Elf.refuseNewerThanLambda(jre.resolve("bin/java"));
    try (Stream<Path> files = Files.walk(jre.resolve("lib"))) {
      for (Path library : files.filter(file -> file.toString().endsWith(".so")).toList()) {
        Elf.refuseNewerThanLambda(library);
        Elf.strip(library);
      }
    }
  }

  private static void zip(Path work, Path zip) throws IOException {
    try (Zip out = Zip.create(zip);
        Stream<Path> files = Files.walk(work)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = work.relativize(file).toString();
        out.add(name, Files.readAllBytes(file), Files.isExecutable(file));
      }
    }
  }

  private static void write(Path file, byte[] content) throws IOException {
    Files.write(file, content);
    // The JVM compares the modification time to decide whether an AOT cache fits this file.
    Files.setLastModifiedTime(file, FileTime.fromMillis(Zip.millis()));
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.delete(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}
