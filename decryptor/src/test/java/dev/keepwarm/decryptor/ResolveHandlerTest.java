package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.ResolveAnswer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResolveHandlerTest {
  private static final String CANARY = "correct-horse-battery-staple";

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void anOriginal() {
    world.original("bank", CANARY, 5);
  }

  @Test
  void answersWithTheSealedEntryAndNeverWithThePlaintext() throws IOException {
    String answer = invoke("{\"tenant\":\"acme\",\"name\":\"bank\"}");

    assertThat(ResolveAnswer.parse(answer))
        .isEqualTo(new ResolveAnswer.Resolved(List.of(world.entry("bank"))));
    assertThat(world.readable("bank")).isEqualTo(CANARY);
    assertThat(answer)
        .doesNotContain(CANARY)
        .doesNotContain(
            Base64.getEncoder().encodeToString(CANARY.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void answersForATenant() throws IOException {
    world.original("other", "value", 1);

    assertThat(ResolveAnswer.parse(invoke("{\"tenant\":\"acme\"}")))
        .isEqualTo(new ResolveAnswer.Resolved(List.of(world.entry("bank"), world.entry("other"))));
  }

  @Test
  void answersARequestForANewerVersion() throws IOException {
    assertThat(world.due()).isTrue();
    world.original("bank", "new", 6);

    String unused = invoke("{\"tenant\":\"acme\",\"name\":\"bank\",\"newerThan\":5}");

    assertThat(world.readable("bank")).isEqualTo("new");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ``                                                     | INVALID_REQUEST
          hunter2                                                | INVALID_REQUEST
          ["hunter2"]                                            | INVALID_REQUEST
          {}                                                     | INVALID_REQUEST
          {"tenant":1}                                           | INVALID_REQUEST
          {"tenant":"acme","name":["hunter2"]}                   | INVALID_REQUEST
          {"tenant":"acme","name":"n","newerThan":"hunter2"}     | INVALID_REQUEST
          {"tenant":"acme","name":"n","newerThan":-1}            | INVALID_REQUEST
          {"tenant":"acme","name":"n","newerThan":1.5}           | INVALID_REQUEST
          {"tenant":"acme","newerThan":1}                        | INVALID_REQUEST
          {"tenant":"acme"                                       | INVALID_REQUEST
          {"warmUp":"hunter2"}                                   | INVALID_REQUEST
          {"warmUp":null}                                        | INVALID_REQUEST
          {"warmUp":-1}                                          | INVALID_REQUEST
          {"warmUp":1.5}                                         | INVALID_REQUEST
          {"warmUp":1001}                                        | INVALID_REQUEST
          {"warmUp":{"tenant":"hunter2"}}                        | INVALID_REQUEST
          {"warmUp":0,"tenant":"acme","name":"bank"}             | INVALID_REQUEST
          {"warmUp":0                                            | INVALID_REQUEST
          {"tenant":""}                                          | INVALID_ID
          {"tenant":"hunter2 "}                                  | INVALID_ID
          {"tenant":"acme","name":"hunter2\\u0000"}              | INVALID_ID
          """)
  void refusesAMalformedRequestAndDoesNotQuoteIt(String request, ErrorCode code)
      throws IOException {
    String answer = invoke(request);

    assertThat(ResolveAnswer.parse(answer))
        .isInstanceOfSatisfying(
            ResolveAnswer.Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
    assertThat(answer).doesNotContain("hunter2");
    assertThat(world.source.hooks().count()).isZero();
  }

  @Test
  void aWarmUpReadsNoCredentialAndChangesNothing() throws IOException {
    assertThat(invoke("{\"warmUp\":0}")).isEqualTo("{\"entries\":[]}");

    assertThat(world.cache.hooks().count("read")).isEqualTo(1);
    assertThat(world.cache.hooks().count()).isEqualTo(1);
    assertThat(world.cache.items()).isEmpty();
    assertThat(world.source.hooks().count()).isZero();
    assertThat(world.keys.hooks().count()).isZero();
    assertThat(world.wheel.hooks().count()).isZero();
    assertThat(world.bus.hooks().count()).isZero();
    assertThat(world.log()).isEmpty();
  }

  @Test
  void aWarmUpKeepsItsInstanceBusyForAsLongAsItSaysAndThereIsTime() throws IOException {
    long began = world.clock.millis();
    assertThat(invoke("{\"warmUp\":100}")).contains("entries");
    assertThat(world.clock.millis() - began).isEqualTo(100);

    assertThat(invoke("{\"warmUp\":1000}", 400)).contains("entries");
    assertThat(world.clock.millis() - began).isEqualTo(100 + 300);
  }

  @Test
  void aCredentialMayBeNamedLikeAWarmUp() throws IOException {
    world.original("warmUp", CANARY, 5);

    assertThat(invoke("{\"tenant\":\"acme\",\"name\":\"warmUp\"}")).contains("READY");
  }

  @Test
  void refusesARequestThatIsTooLong() throws IOException {
    String padded =
        "{\"tenant\":\"acme\"," + " ".repeat(ResolveHandler.MAX_REQUEST) + "\"name\":\"bank\"}";

    assertThat(invoke(padded)).contains("INVALID_REQUEST");
  }

  /** The answer has to be sent before Lambda stops the function. */
  @Test
  void waitsForAResolveInProgressOnlyAsLongAsTheInvocationLasts() throws IOException {
    long began = world.clock.millis();
    assertThat(
            world
                .cache
                .lease(
                    DecryptorWorld.id("bank"),
                    new Lease("slow", began + 60_000),
                    null,
                    began,
                    began / 1000 + 3600)
                .isTaken())
        .isTrue();

    assertThat(invoke("{\"tenant\":\"acme\",\"name\":\"bank\"}", 3_000)).contains("TIMEOUT");

    assertThat(world.clock.millis() - began).isBetween(2_250L, 2_450L);
  }

  private String invoke(String request) throws IOException {
    return invoke(request, 30_000);
  }

  private String invoke(String request, int millisLeft) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    new ResolveHandler(world.process())
        .handleRequest(
            new ByteArrayInputStream(request.getBytes(StandardCharsets.UTF_8)),
            answer,
            new TestContext(millisLeft));
    return answer.toString(StandardCharsets.UTF_8);
  }
}
