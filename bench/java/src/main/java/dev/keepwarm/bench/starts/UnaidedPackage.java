package dev.keepwarm.bench.starts;

import dev.keepwarm.bench.unaided.UnaidedHandler;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The pinned package with the resolver that calls AWS without the SDK's clients, and an AOT cache
 * trained for that.
 */
final class UnaidedPackage {
  private static final String CACHE = "keepwarm.aot";
  private static final String RECORD = "keepwarm.aotconf";
  private static final int TRAINING = 30;

  private UnaidedPackage() {}

  /**
   * Makes it.
   *
   * @param pinned the pinned package, unpacked
   * @param taskRoot where this one is made; not there yet
   * @param wire as {@link UnaidedHandler#WIRE} has it
   * @param trust what its client trusts
   */
  static Variant make(
      Path pinned, Path taskRoot, String wire, String label, Variant.Trust trust, Starter starter)
      throws IOException, InterruptedException, FunctionException {
    copy(pinned, taskRoot);
    Files.delete(taskRoot.resolve(CACHE));
    Files.copy(ownJar(), taskRoot.resolve("lib/keepwarm-bench.jar"));
    Path bootstrap = taskRoot.resolve("bootstrap");
    Files.writeString(
        bootstrap,
        Files.readString(bootstrap).replaceFirst("-cp (\\S+)", "-cp $1:lib/keepwarm-bench.jar"));
    Variant variant =
        new Variant("unaided-" + wire, label, trust, account -> function(taskRoot, account, wire));
    // Native TLS has no classes of its own.
    boolean tls = trust == Variant.Trust.VARIABLE;
    starter.train(
        variant,
        new Scenario(tls, false, 1),
        "-XX:AOTMode=record -XX:AOTConfiguration=" + RECORD,
        TRAINING);
    assemble(taskRoot);
    return variant;
  }

  /** In a JVM of its own, as the packager does it. */
  private static void assemble(Path taskRoot) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(taskRoot.resolve("bootstrap").toString()).redirectErrorStream(true);
    builder.environment().put("_HANDLER", UnaidedHandler.class.getName());
    builder
        .environment()
        .put(
            "JAVA_TOOL_OPTIONS",
            "-XX:AOTMode=create -XX:AOTConfiguration=" + RECORD + " -XX:AOTCache=" + CACHE);
    Process process = builder.start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0 || !Files.exists(taskRoot.resolve(CACHE))) {
      throw new IOException("no AOT cache was made:\n" + printed);
    }
  }

  private static ProcessFunction.Builder function(
      Path taskRoot, Map<String, String> account, String wire) {
    Map<String, String> environment = new HashMap<>(account);
    environment.put(UnaidedHandler.WIRE, wire);
    return ProcessFunction.builder("unaided", List.of(taskRoot.resolve("bootstrap").toString()))
        .directory(taskRoot)
        .handler(UnaidedHandler.class.getName())
        .account(environment);
  }

  private static Path ownJar() throws IOException {
    try {
      return Path.of(
          UnaidedHandler.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(
            file,
            to.resolve(from.relativize(file).toString()),
            // An AOT cache holds for jars of that time only.
            StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }
}
