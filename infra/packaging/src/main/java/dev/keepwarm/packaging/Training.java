package dev.keepwarm.packaging;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.decryptor.refresh.MadeUp;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.source.DynamoSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains the AOT cache: runs the resolver of a package on the embedded stack, lets it resolve
 * made-up credentials as its callers will, and lets the JVM record the classes and code that it
 * used.
 */
final class Training {
  /** The resolver's handler, because callers wait for this function. */
  static final String RESOLVER = "dev.keepwarm.decryptor.ResolveHandler";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TENANTS = 30;
  private static final String RECORD = "keepwarm.aotconf";
  private static final String PROFILE = "training";

  private Training() {}

  /**
   * Writes the cache into the package.
   *
   * @param home the project's root
   * @param taskRoot the package, unpacked
   * @throws IOException if the cache was not made; the message has the output of the process
   */
  static void run(Path home, Path taskRoot) throws IOException, InterruptedException {
    StringBuffer printed = new StringBuffer();
    try (EmbeddedStack endpoints = EmbeddedStack.start(EmbeddedStack.Options.of(home));
        LocalDeployment stack =
            LocalDeployment.on(
                endpoints.environment(),
                endpoints.lambda(),
                ResourceNames.DEFAULT,
                Redelivery.after(Duration.ofSeconds(5)))) {
      Map<String, String> environment = new HashMap<>(stack.environment());
      environment.put("KEEPWARM_PROFILES", profiles(stack.kms()));
      environment.put("JAVA_TOOL_OPTIONS", "-XX:AOTMode=record -XX:AOTConfiguration=" + RECORD);
      ProcessFunction resolver =
          ProcessFunction.builder("training", List.of(taskRoot.resolve("bootstrap").toString()))
              .directory(taskRoot)
              .handler(RESOLVER)
              .environment(environment)
              .initTimeout(PATIENCE)
              .log(line -> printed.append(line).append('\n'))
              .build();
      try (resolver) {
        resolve(stack, resolver);
        resolver.shutDown(PATIENCE);
      }
    } catch (FunctionException e) {
      throw new IOException("the resolver failed: " + e.errorType() + "\n" + printed, e);
    }
    if (!Files.exists(taskRoot.resolve(RECORD))) {
      throw new IOException("nothing was recorded:\n" + printed);
    }
    assemble(taskRoot);
  }

  /**
   * Runs in a separate JVM, with the flags and the class path with which the cache will be used.
   */
  private static void assemble(Path taskRoot) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(taskRoot.resolve("bootstrap").toString()).redirectErrorStream(true);
    builder.environment().put("_HANDLER", RESOLVER);
    builder
        .environment()
        .put(
            "JAVA_TOOL_OPTIONS",
            "-XX:AOTMode=create -XX:AOTConfiguration="
                + RECORD
                + " -XX:AOTCache="
                + PinnedPackage.AOT_CACHE);
    Process process = builder.start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Files.delete(taskRoot.resolve(RECORD));
    if (process.waitFor() != 0 || !Files.exists(taskRoot.resolve(PinnedPackage.AOT_CACHE))) {
      throw new IOException("no AOT cache was made:\n" + printed);
    }
  }

  private static void resolve(LocalDeployment stack, ProcessFunction resolver)
      throws FunctionException, InterruptedException, IOException {
    DynamoSource source =
        new DynamoSource(stack.clients().dynamoDb(), stack.resources().names().sourceTable());
    for (int i = 0; i < TENANTS; i++) {
      CredentialId id = new CredentialId("tenant-" + i, "payroll");
      source.put(new SourceRow.Original(id, PROFILE, MadeUp.CIPHERTEXT, 1), 0);
      String answer =
          new String(
              resolver.invoke(
                  new ResolveRequest(id.tenant(), id.name(), null)
                      .toJson()
                      .getBytes(StandardCharsets.UTF_8),
                  PATIENCE),
              StandardCharsets.UTF_8);
      if (!answer.contains("READY")) {
        throw new IOException("the resolver did not resolve: " + answer);
      }
    }
  }

  private static String profiles(Kms kms) {
    byte[] secret = MadeUp.SECRET.getBytes(StandardCharsets.UTF_8);
    byte[] encrypted = kms.encrypt(secret, Kms.profileContext(PROFILE)).asByteArray();
    return MadeUp.profiles(PROFILE, Base64.getEncoder().encodeToString(encrypted));
  }
}
