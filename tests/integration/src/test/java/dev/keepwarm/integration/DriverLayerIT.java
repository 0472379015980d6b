package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.FunctionPackage;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.source.Postgres;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pinned package has no JDBC driver. It loads the drivers of layers from the place where Lambda
 * unpacks them, and its own JVM has the modules that a real driver needs.
 */
@ExtendWith(EndpointsExtension.class)
class DriverLayerIT {
  private static final Path PINNED =
      Endpoints.home().resolve("infra/packaging/target/keepwarm-pinned.zip");

  @TempDir private Path directory;
  private FunctionPackage pinned;
  private Path layers;

  @BeforeEach
  void unpack() throws Exception {
    Assumptions.assumeTrue(
        Files.exists(PINNED), "the zip is not there; on Linux ./mvnw package makes it");
    pinned = FunctionPackage.unpack(PINNED, directory.resolve("task"));
    layers = directory.resolve("opt");
  }

  @Test
  void aLayersDriverReadsTheDatabase(Endpoints endpoints) throws Exception {
    Path lib = Files.createDirectories(layers.resolve("java/lib"));
    Path driver = driver();
    Files.copy(driver, lib.resolve(driver.getFileName()));
    try (Postgres postgres = DatabaseIT.database();
        LocalDeployment stack =
            endpoints.provision(new Redelivery(Duration.ofSeconds(1), 1000), Map.of());
        KeepwarmReader reader = OnStack.reader(stack)) {
      CredentialId id = EndpointWorld.newId("bank");
      DatabaseIT.put(postgres, OnStack.original(stack, id, "by the layer's driver", 1));
      endpoints
          .lambda()
          .register(
              stack.resources().names().resolver(), resolver(postgres, stack), Patience.LIMIT);

      assertThat(reader.get(id).text()).isEqualTo("by the layer's driver");
    }
  }

  @Test
  void withoutALayerTheDriverIsNamedAsMissing(Endpoints endpoints) throws Exception {
    try (Postgres postgres = DatabaseIT.database();
        LocalDeployment stack =
            endpoints.provision(new Redelivery(Duration.ofSeconds(1), 1000), Map.of());
        ProcessFunction resolver = resolver(postgres, stack)) {
      assertThatExceptionOfType(FunctionException.class)
          .isThrownBy(() -> {
            byte[] unused =
                resolver.invoke(
                    "{\"tenant\":\"acme\",\"name\":\"bank\"}".getBytes(StandardCharsets.UTF_8),
                    Patience.LIMIT);
          })
          .satisfies(e ->
              assertThat(new String(e.payload(), StandardCharsets.UTF_8))
                  .contains("no JDBC driver"));
    }
  }

  private ProcessFunction resolver(Postgres postgres, LocalDeployment stack) {
    Map<String, String> environment = new HashMap<>(stack.environment());
    environment.putAll(DatabaseIT.settings(postgres, stack));
    environment.put("KEEPWARM_LAYERS", layers.toString());
    environment.put(
        "JAVA_TOOL_OPTIONS",
        // The JVM does not start if the driver's jar makes the package's cache useless.
        "-XX:AOTMode=on -D"
            + FunctionPackage.NATIVE_LIBRARY
            + "="
            + DecryptorProcess.nativeClient());
    return pinned
        .function("resolver", "dev.keepwarm.decryptor.ResolveHandler", "")
        .environment(environment)
        .frozenBetweenInvocations()
        .initTimeout(Patience.LIMIT)
        .build();
  }

  /** The published jar of the driver, from the tests' class path. */
  private static Path driver() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(entry -> entry.getFileName().toString().startsWith("postgresql-"))
        .findFirst()
        .orElseThrow();
  }
}
