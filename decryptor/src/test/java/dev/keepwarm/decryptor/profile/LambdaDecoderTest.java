package dev.keepwarm.decryptor.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LambdaDecoderTest {
  private static final SourceRow.Original ORIGINAL =
      new SourceRow.Original(new CredentialId("acme", "payroll"), "old", "stored \"text\"", 7);

  @Test
  void asksForTheCiphertextAndTakesTheAnswerAsItIs() {
    FakeFunctions functions = FakeFunctions.returning(request -> "\"p\\u00e4ss\"");

    assertThat(decoded(functions, "")).isEqualTo("päss");
    assertThat(functions.calls())
        .containsExactly(
            new FakeFunctions.Call(
                "decryptor", "{\"ciphertext\":\"stored \\\"text\\\"\"}", Duration.ofSeconds(10)));
  }

  @Test
  void aCallEndsWithTheInvocation() {
    FakeFunctions functions = FakeFunctions.returning(request -> "\"x\"");
    Decoder decoder = decoder(functions, "");

    Decoder.Outcome unused = decoder.decode(ORIGINAL, () -> 1_500);

    assertThat(functions.calls())
        .extracting(FakeFunctions.Call::timeout)
        .containsExactly(Duration.ofMillis(1_500));
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> decoder.decode(ORIGINAL, () -> 0))
        .returns(ErrorCode.TIMEOUT, KeepwarmException::code);
    assertThat(functions.calls()).as("a call without time").hasSize(1);
  }

  @Test
  void fillsTheRequestOfTheProfile() {
    FakeFunctions functions = FakeFunctions.returning(request -> "{\"Body\":[{\"Plain\":\"x\"}]}");

    assertThat(
            decoded(
                functions,
                """
                , "timeoutMillis": 250, "pointer": "/Body/0/Plain",
                "request": {"Values": ["${ciphertext}"], "Kind": "hr", "Id": 3, "On": true, "No": null,
                  "Of": {"Tenant": "${tenant}", "Name": "${name}", "Version": "${version}"}}
                """))
        .isEqualTo("x");
    assertThat(functions.calls())
        .containsExactly(
            new FakeFunctions.Call(
                "decryptor",
                "{\"Values\":[\"stored \\\"text\\\"\"],\"Kind\":\"hr\",\"Id\":3,\"On\":true,\"No\":null,"
                    + "\"Of\":{\"Tenant\":\"acme\",\"Name\":\"payroll\",\"Version\":7}}",
                Duration.ofMillis(250)));
  }

  @Test
  void asksWithABareTextIfTheProfileSaysSo() {
    FakeFunctions functions = FakeFunctions.returning(request -> request);

    assertThat(decoded(functions, ", \"request\": \"${ciphertext}\"")).isEqualTo("stored \"text\"");
  }

  @Test
  void decodesBase64IfTheProfileSaysSo() {
    FakeFunctions functions = FakeFunctions.returning(request -> "{\"b\":\"AP8=\"}");

    assertThat(decode(functions, ", \"encoding\": \"base64\", \"pointer\": \"/b\""))
        .isInstanceOfSatisfying(
            Decoder.Decoded.class,
            decoded -> assertThat(decoded.plaintext()).containsExactly(0, 0xff));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                  | NO_ANSWER",
        "null                                | NO_ANSWER",
        "{}                                  | NO_ANSWER",
        "{\"p\":null}                        | NO_ANSWER",
        "{\"p\":\"\"}                        | NO_ANSWER",
        "{\"P\":\"x\"}                       | NO_ANSWER",
        "[\"x\"]                             | NO_ANSWER",
        "\"x\"                               | NO_ANSWER",
        "{\"p\":1}                           | BAD_ANSWER",
        "{\"p\":true}                        | BAD_ANSWER",
        "{\"p\":{\"p\":\"x\"}}               | BAD_ANSWER",
        "{\"p\":[\"x\"]}                     | BAD_ANSWER",
        "{\"p\":\"\\ud800\"}                 | BAD_ANSWER",
        "{\"p\":\"x\"                        | BAD_ANSWER",
        "{\"p\":\"x\"} {}                    | BAD_ANSWER",
        "{\"p\":\"x\",\"p\":\"y\"}           | BAD_ANSWER",
        "<html>                              | BAD_ANSWER",
      })
  void anAnswerThatIsNoneCannotBeDecoded(String answer, String failure) {
    FakeFunctions functions = FakeFunctions.returning(request -> answer);

    assertThat(decode(functions, ", \"pointer\": \"/p\""))
        .isEqualTo(new Decoder.Undecodable(failure));
  }

  @Test
  void anAnswerThatIsNotBase64CannotBeDecoded() {
    FakeFunctions functions = FakeFunctions.returning(request -> "\"a b\"");

    assertThat(decode(functions, ", \"encoding\": \"base64\""))
        .isEqualTo(new Decoder.Undecodable("BAD_ANSWER"));
  }

  @Test
  void anAnswerCanBeAsLongAsACredentialAndNoLonger() {
    String longest = "é".repeat(Envelope.MAX_PLAINTEXT / 2);

    assertThat(decoded(FakeFunctions.returning(request -> Json.write(longest)), ""))
        .isEqualTo(longest);
    assertThat(decode(FakeFunctions.returning(request -> Json.write(longest + "!")), ""))
        .isEqualTo(new Decoder.Undecodable(Failure.TOO_LARGE));
    assertThat(decode(FakeFunctions.returning(request -> "\"" + " ".repeat(1 << 20) + "\""), ""))
        .isEqualTo(new Decoder.Undecodable(Failure.TOO_LARGE));
  }

  @ParameterizedTest
  @CsvSource({
    "Sandbox.Timedout, TIMEOUT",
    "Unhandled, UNAVAILABLE",
    "System.IO.IOException, UNAVAILABLE",
  })
  void aFailedFunctionMayWorkAnotherTime(String errorType, ErrorCode code) {
    FakeFunctions functions = FakeFunctions.failing(errorType);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> decode(functions, ""))
        .satisfies(e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void anErrorThatTheProfileListsMeansUndecodable() {
    String listed = ", \"undecodableErrors\": [\"FormatException\", \"CryptographicException\"]";

    assertThat(decode(FakeFunctions.failing("CryptographicException"), listed))
        .isEqualTo(new Decoder.Undecodable("REFUSED_BY_FUNCTION"));
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> decode(FakeFunctions.failing("Exception"), listed));
  }

  @Test
  void noMoreCallsAreInFlightThanTheProfileAllows() throws Exception {
    AtomicInteger inFlight = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch twoAtWork = new CountDownLatch(2);
    FakeFunctions functions =
        FakeFunctions.returning(request -> {
          most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
          twoAtWork.countDown();
          await(twoAtWork);
          Thread.yield();
          inFlight.decrementAndGet();
          return "\"x\"";
        });
    Decoder decoder = decoder(functions, ", \"parallel\": 2");

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Decoder.Outcome>> outcomes = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        outcomes.add(threads.submit(() -> decoder.decode(ORIGINAL)));
      }
      for (Future<Decoder.Outcome> outcome : outcomes) {
        assertThat(outcome.get()).isInstanceOf(Decoder.Decoded.class);
      }
    }
    assertThat(most).hasValue(2);
  }

  @Test
  void aCallThatFindsNoPlaceInTimeFails() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch finish = new CountDownLatch(1);
    FakeFunctions functions =
        FakeFunctions.returning(request -> {
          entered.countDown();
          await(finish);
          return "\"x\"";
        });
    Decoder decoder = decoder(functions, ", \"parallel\": 1, \"timeoutMillis\": 100");

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Decoder.Outcome> first = threads.submit(() -> decoder.decode(ORIGINAL));
      await(entered);
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> decoder.decode(ORIGINAL))
          .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT));
      finish.countDown();
      assertThat(first.get()).isInstanceOf(Decoder.Decoded.class);
    }
    assertThat(decoder.decode(ORIGINAL)).isInstanceOf(Decoder.Decoded.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"secret-answer\":1}", "\"secret-answer", "{\"p\":[\"secret-answer\"]}"})
  void nothingOfAnAnswerIsPrinted(String answer) {
    FakeFunctions functions = FakeFunctions.returning(request -> answer);

    assertThat(decode(functions, ", \"pointer\": \"/p\"").toString()).doesNotContain("secret");
    assertThat(new FunctionInvoker.Returned(answer.getBytes(StandardCharsets.UTF_8)).toString())
        .doesNotContain("secret");
  }

  private static Decoder.Outcome decode(FunctionInvoker functions, String moreFields) {
    return decoder(functions, moreFields).decode(ORIGINAL);
  }

  private static String decoded(FunctionInvoker functions, String moreFields) {
    Decoder.Outcome outcome = decode(functions, moreFields);
    assertThat(outcome).isInstanceOf(Decoder.Decoded.class);
    return new String(((Decoder.Decoded) outcome).plaintext(), StandardCharsets.UTF_8);
  }

  private static Decoder decoder(FunctionInvoker functions, String moreFields) {
    return Profiles.parse(
            "{\"profiles\": {\"old\": {\"scheme\": \"lambda\", \"function\": \"decryptor\""
                + moreFields
                + "}}}")
        .decoder(new MemoryKeys(), () -> functions);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
