package dev.keepwarm.emulator.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.emulator.http.Clients;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

class SqsServerTest {
  @Test
  void queuesAndMessagesSurviveARestartWithADataDirectory(@TempDir Path directory)
      throws IOException {
    try (var first = SqsServer.start(0, "us-east-1", directory);
        var client = Clients.of(SqsClient.builder(), first.endpoint())) {
      client.createQueue(request -> request.queueName("dead"));
      String url =
          client
              .createQueue(request ->
                  request
                      .queueName("kept")
                      .attributes(
                          Map.of(
                              QueueAttributeName.REDRIVE_POLICY,
                              "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\","
                                  + "\"maxReceiveCount\":3}")))
              .queueUrl();
      client.sendMessage(request -> request.queueUrl(url).messageBody("hello"));
    }
    try (var second = SqsServer.start(0, "us-east-1", directory);
        var client = Clients.of(SqsClient.builder(), second.endpoint())) {
      String url = client.getQueueUrl(request -> request.queueName("kept")).queueUrl();
      assertThat(client.receiveMessage(request -> request.queueUrl(url)).messages())
          .extracting(Message::body)
          .containsExactly("hello");
      assertThat(
              client
                  .getQueueAttributes(
                      request -> request.queueUrl(url).attributeNames(QueueAttributeName.ALL))
                  .attributes())
          .containsEntry(QueueAttributeName.QUEUE_ARN, "arn:aws:sqs:us-east-1:000000000000:kept")
          .containsKey(QueueAttributeName.REDRIVE_POLICY);
    }
  }

  @Test
  void queueUrlsNameTheEndpointThatWasAskedFor() throws IOException {
    int port;
    try (var any = SqsServer.start(0, "us-east-1", null)) {
      port = any.endpoint().getPort();
    }
    try (var fixed = SqsServer.start(port, "us-east-1", null);
        var client = Clients.of(SqsClient.builder(), fixed.endpoint())) {
      assertThat(client.createQueue(request -> request.queueName("some")).queueUrl())
          .isEqualTo("http://127.0.0.1:" + port + "/000000000000/some");
    }
  }
}
