package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.decryptor.refresh.MadeUp;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.snapshot.PrimingServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

final class PreparationTest {
  private static final String CANARY = "correct-horse-battery-staple";

  private final DecryptorWorld world = new DecryptorWorld();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  @Test
  void changesNothing() {
    world.decryptor().preparations().forEach(Runnable::run);

    assertThat(world.cache.hooks().count("read")).isEqualTo(1);
    assertThat(world.cache.hooks().count()).isEqualTo(1);
    assertThat(world.bus.hooks().count()).isZero();
    assertThat(world.log()).isEmpty();
  }

  @Test
  void whatGoesWrongIsLoggedWithoutContent() {
    world.cache.hooks().failWith(ErrorCode.DENIED);
    Decoder failing =
        new Decoder() {
          @Override
          public Outcome decode(SourceRow.Original original) {
            throw new AssertionError("unexpected call");
          }

          @Override
          public void prepare() {
            throw new IllegalStateException(CANARY);
          }
        };

    world.process(ports -> ports.withDecoder(failing)).preparations().forEach(Runnable::run);

    assertThat(world.log())
        .contains("\"what\":\"keys\"", "java.lang.IllegalStateException")
        .contains("\"what\":\"table\"", "DENIED")
        .doesNotContain(CANARY);
  }

  @Test
  void aResolveAfterAFailedOneWorks() {
    world.original("bank", CANARY, 5);
    world.cache.hooks().failWith(ErrorCode.UNAVAILABLE);
    world.decryptor().preparations().forEach(Runnable::run);
    world.cache.hooks().clear();

    assertThat(world.resolve("bank").toJson()).contains("READY");
  }

  @Test
  void aProcessThatStartsOnDemandAsksForItsKeysAndForTheTable() throws IOException {
    assertThat(askedWhileStarting("on-demand"))
        .containsExactlyInAnyOrder("TrentService.Decrypt", "DynamoDB_20120810.GetItem");
  }

  @Test
  void aProcessThatIsSnapshottedAsksForNothingBefore() throws IOException {
    assertThat(askedWhileStarting("snap-start")).isEmpty();
  }

  private List<String> askedWhileStarting(String initialization) throws IOException {
    try (PrimingServer aws = PrimingServer.start(this::answer)) {
      ResolveHandler.compose(environment(aws, initialization), nowhere(), Runnable::run).close();
    }
    return asked;
  }

  private String answer(String operation, String request) {
    asked.add(operation);
    return operation.equals("TrentService.Decrypt")
        ? Json.write(Map.of("KeyId", "key", "Plaintext", base64(MadeUp.SECRET)))
        : "{}";
  }

  private static Map<String, String> environment(PrimingServer aws, String initialization) {
    Map<String, String> environment = new HashMap<>(aws.environment());
    environment.put("AWS_LAMBDA_INITIALIZATION_TYPE", initialization);
    environment.put("KEEPWARM_KMS_KEY", "key");
    environment.put("KEEPWARM_PROFILES", MadeUp.profiles("legacy", base64("wrapped")));
    return environment;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static PrintStream nowhere() {
    return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
  }
}
