package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.decryptor.EventsHandler;
import dev.keepwarm.decryptor.ResolveHandler;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.warmer.WarmerHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A function with a wrong environment, in a separate process, as Lambda starts it. */
class WrongEnvironmentTest {
  @ParameterizedTest
  @ValueSource(classes = {EventsHandler.class, ResolveHandler.class, WarmerHandler.class})
  void failsItsStartWithOneLineThatNamesTheVariable(Class<?> handler) throws Exception {
    List<String> log = new CopyOnWriteArrayList<>();
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
            handler.getName());
    try (ProcessFunction function =
        ProcessFunction.builder("wrong", command)
            .handler(handler.getName())
            .environment(Map.of("KEEPWARM_TTL", "canary-4f1d"))
            .initTimeout(Patience.LIMIT)
            .log(log::add)
            .build()) {
      assertThatExceptionOfType(FunctionException.class)
          .isThrownBy(() -> function.invoke("{}".getBytes(StandardCharsets.UTF_8), Patience.LIMIT));
    }

    // The process has ended, but its last lines may still be on their way.
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(log.stream().filter(line -> line.startsWith("{")).map(Json::parseObject))
                .singleElement()
                .satisfies(line -> {
                  assertThat(line).containsEntry("event", "cannot start");
                  assertThat(String.valueOf(line.get("reason"))).contains("KEEPWARM_TTL: must be ");
                }));
    assertThat(log).noneMatch(line -> line.contains("canary-4f1d"));
  }
}
