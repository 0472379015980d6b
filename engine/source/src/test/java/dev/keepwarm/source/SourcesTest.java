package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.engine.Settings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;

final class SourcesTest {
  private static final String ROTATION =
      """
      {"time": "1970-01-01T00:00:07Z", "source": "aws.secretsmanager", "detail-type": "Secret Label Updated",
       "detail": {"name": "keepwarm/acme/db", "labelUpdated": "AWSCURRENT", "versionId": "x"}}
      """;

  @Test
  void theBuiltInTableIsTheDefault() {
    try (Opened opened = new Opened(Map.of())) {
      assertThat(opened.sources.source()).isInstanceOf(DynamoSource.class);
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> opened.sources.events().parse(ROTATION))
          .returns(ErrorCode.INVALID_EVENT, KeepwarmException::code);
    }
  }

  @Test
  void secretsManagerIsASourceThatSendsEvents() {
    try (Opened opened = new Opened(Map.of("KEEPWARM_SOURCE", "secretsmanager"))) {
      assertThat(opened.sources.source()).isInstanceOf(SecretsManagerSource.class);
      assertThat(opened.sources.events().parse(ROTATION))
          .isEqualTo(new Event.Rotated("acme", "db", null, new Event.Origin(7_000, null)));
    }
  }

  @Test
  void aDatabaseIsASourceThatIsNotConnectedToAtOnce() {
    Map<String, String> variables =
        Map.of(
            "KEEPWARM_SOURCE", "jdbc",
            "KEEPWARM_JDBC_URL", "jdbc:postgresql://db.invalid/hr",
            "KEEPWARM_JDBC_QUERY", "select * from credentials where tenant = ?",
            "KEEPWARM_JDBC_SECRET", "hr-db");
    try (Opened opened = new Opened(variables)) {
      assertThat(opened.sources.source()).isInstanceOf(JdbcSource.class);
      opened.sources.clear();
    }
  }

  @Test
  void aDatabaseWithoutADriverIsAMistake() {
    Map<String, String> variables =
        Map.of(
            "KEEPWARM_SOURCE", "jdbc",
            "KEEPWARM_JDBC_URL", "jdbc:nosuch://hunter2/hr",
            "KEEPWARM_JDBC_QUERY", "select * from credentials where tenant = ?");

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> new Opened(variables))
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code)
        .withMessageContaining("no JDBC driver")
        .withMessageNotContaining("hunter2");
  }

  private static final class Opened implements AutoCloseable {
    private final AwsClients clients;
    final Sources sources;

    Opened(Map<String, String> settings) {
      Map<String, String> variables = new HashMap<>(settings);
      variables.put("AWS_REGION", "eu-west-1");
      variables.put("AWS_ACCESS_KEY_ID", "local");
      variables.put("AWS_SECRET_ACCESS_KEY", "local");
      clients =
          new AwsClients(
              variables,
              Apache5HttpClient.create(),
              Duration.ofSeconds(10),
              Duration.ofSeconds(10));
      sources = Sources.of(variables, Settings.of(variables), clients, clients.dynamoDb());
    }

    @Override
    public void close() {
      sources.close();
      clients.close();
    }
  }
}
