package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;

final class ResolveAnswerTest {
  @Test
  void parsesWhatItWrites() {
    Property.check(
        300,
        gen -> {
          List<Entry> entries =
              IntStream.range(0, gen.integer(0, 3)).mapToObj(i -> Entries.any(gen)).toList();
          Map<String, ErrorCode> failures =
              gen.oneIn(2)
                  ? Map.of()
                  : Map.of(gen.idPart(), gen.oneOf(List.of(ErrorCode.values())));
          ResolveAnswer answer = new ResolveAnswer.Resolved(entries, failures);

          assertThat(ResolveAnswer.parse(answer.toJson())).isEqualTo(answer);
        });
  }

  @Test
  void carriesTheLargestEntry() {
    Entry entry =
        Entry.ready(
            Entries.ID,
            1,
            new SealedCredential(
                1,
                SdkBytes.fromByteArray(new byte[Envelope.OVERHEAD + Envelope.MAX_PLAINTEXT]),
                SdkBytes.fromByteArray(new byte[184]),
                2,
                3,
                4,
                5),
            1,
            null,
            6L);
    ResolveAnswer answer = new ResolveAnswer.Resolved(List.of(entry, entry));

    assertThat(ResolveAnswer.parse(answer.toJson())).isEqualTo(answer);
  }

  @Test
  void namesWhatFailedOfATenant() {
    ResolveAnswer answer =
        new ResolveAnswer.Resolved(
            List.of(), Map.of("b", ErrorCode.UNAVAILABLE, "a", ErrorCode.TAMPERED));

    assertThat(answer.toJson())
        .isEqualTo("{\"entries\":[],\"failures\":{\"a\":\"TAMPERED\",\"b\":\"UNAVAILABLE\"}}");
  }

  @Test
  void carriesARefusal() {
    ResolveAnswer answer = new ResolveAnswer.Refused(ErrorCode.TIMEOUT, "still \"in\" progress");

    assertThat(answer.toJson())
        .isEqualTo("{\"error\":{\"code\":\"TIMEOUT\",\"reason\":\"still \\\"in\\\" progress\"}}");
    assertThat(ResolveAnswer.parse(answer.toJson())).isEqualTo(answer);
  }

  @Test
  void takesACodeThatItDoesNotKnowForAnOutage() {
    assertThat(ResolveAnswer.parse("{\"error\":{\"code\":\"NEW\",\"reason\":\"x\"}}"))
        .isEqualTo(new ResolveAnswer.Refused(ErrorCode.UNAVAILABLE, "x"));
  }

  @Test
  void writesItemsInTheJsonOfDynamoDb() {
    Entry entry = Entry.bareTombstone(new CredentialId("acme", "db"), 2, null);

    String json = new ResolveAnswer.Resolved(List.of(entry)).toJson();

    assertThat(Json.parseObject(json))
        .isEqualTo(
            Json.parseObject(
                "{\"entries\":[{\"tenant\":{\"S\":\"acme\"},\"name\":{\"S\":\"db\"},"
                    + "\"state\":{\"S\":\"INVALID\"},\"fence\":{\"N\":\"2\"}}]}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"entries\":{}}",
        "{\"entries\":[1]}",
        "{\"entries\":[[]]}",
        "{\"entries\":[{\"tenant\":\"acme\"}]}",
        "{\"entries\":[{\"tenant\":{}}]}",
        "{\"entries\":[{\"tenant\":{\"S\":\"a\",\"N\":\"1\"}}]}",
        "{\"entries\":[{\"tenant\":{\"S\":1}}]}",
        "{\"entries\":[{\"tenant\":{\"X\":\"a\"}}]}",
        "{\"entries\":[{\"sealed\":{\"B\":\"not base64!\"}}]}",
        "{\"error\":{}}",
        "{\"error\":{\"code\":\"TIMEOUT\"}}",
        "{\"error\":{\"code\":1,\"reason\":\"x\"}}",
        "{\"errorMessage\":\"Task timed out\",\"errorType\":\"Sandbox.Timedout\"}"
      })
  void takesWhatIsNoAnswerForAnOutage(String json) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> ResolveAnswer.parse(json))
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"entries\":[{}]}",
        "{\"entries\":[{\"tenant\":{\"S\":\"acme\"},\"name\":{\"S\":\"db\"},\"state\":{\"S\":\"READY\"}}]}",
        "{\"entries\":[{\"tenant\":{\"N\":\"1\"},\"name\":{\"S\":\"db\"},\"state\":{\"S\":\"INVALID\"}}]}"
      })
  void anItemThatIsNoEntryIsTampering(String json) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> ResolveAnswer.parse(json))
        .returns(ErrorCode.TAMPERED, KeepwarmException::code);
  }
}
