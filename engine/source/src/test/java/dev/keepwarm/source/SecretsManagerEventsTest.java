package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SecretsManagerEventsTest {
  private static final String ROTATION =
      """
      {"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
       "detail-type": "Secret Label Updated", "source": "aws.secretsmanager",
       "account": "012345678901", "time": "2026-01-02T03:04:05Z", "region": "eu-west-1",
       "resources": ["arn:aws:secretsmanager:eu-west-1:012345678901:secret:keepwarm/acme/db-a1b2c3"],
       "detail": {"name": "keepwarm/acme/db/main", "labelUpdated": "AWSCURRENT",
                  "versionId": "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111"}}
      """;

  private final SecretsManagerEvents events =
      new SecretsManagerEvents(new SecretsSettings("keepwarm/", null));

  @Test
  void aSecretThatWasRotatedIsACredentialThatWas() {
    assertThat(events.parse(ROTATION))
        .isEqualTo(
            new Event.Rotated(
                "acme",
                "db/main",
                null,
                new Event.Origin(1_767_323_045_000L, "6a7e8feb-b491-4cf7-a9f1-bf3703467718")));
  }

  @Test
  void keepwarmsOwnEventsAreReadToo() {
    Event.Revoked event = new Event.Revoked("acme", "db", 3L);
    String message =
        "{\"time\":\"1970-01-01T00:00:07Z\",\"source\":\"keepwarm\",\"detail-type\":\"%s\",\"detail\":%s}"
            .formatted(Events.detailType(event), Events.detail(event));

    assertThat(events.parse(message)).isEqualTo(event.published(new Event.Origin(7_000, null)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Secret Label Updated           | Secret Deleted   | detail-type",
        "AWSCURRENT                     | AWSCUSTOM        | detail.labelUpdated",
        "\"labelUpdated\"               | \"label\"        | detail.labelUpdated",
        "\"name\"                       | \"secretName\"   | detail.name",
        "\"keepwarm/acme/db/main\"      | 7                | detail.name",
        "keepwarm/acme/db/main          | other/acme/db    | KEEPWARM_SECRETS_PREFIX",
        "keepwarm/acme/db/main          | keepwarm/acme    | KEEPWARM_SECRETS_PREFIX",
        "keepwarm/acme/db/main          | keepwarm//db     | KEEPWARM_SECRETS_PREFIX",
        "\"detail\":                    | \"details\":     | detail: must be",
        "2026-01-02T03:04:05Z           | today            | time: must be a time",
        "\"time\":                      | \"at\":          | time: must be a string",
        "aws.secretsmanager             | aws.s3           | source",
      })
  void whatTheRuleShouldHaveKeptOutIsRefused(String part, String other, String message) {
    assertRefused(ROTATION.replace(part, other), message);
  }

  @ParameterizedTest
  @CsvSource({"''", "[]", "text"})
  void whatIsNoEventIsRefused(String message) {
    assertRefused(message, "");
  }

  @Test
  void anEventOfAnyLengthIsNotReadWhole() {
    assertRefused(ROTATION + " ".repeat(Events.MAX_LENGTH), "characters");
  }

  private void assertRefused(String message, String problem) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> events.parse(message))
        .returns(ErrorCode.INVALID_EVENT, KeepwarmException::code)
        .withMessageContaining(problem);
  }
}
