package dev.keepwarm.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The audit on real queues. */
class AuditIT {
  private static LocalDeployment stack;
  private static SqsClient sqs;
  private static Audit audit;

  @BeforeAll
  static void start() throws Exception {
    stack = LocalDeployment.start(EmbeddedStack.Options.of(Checkout.root()), Duration.ofSeconds(1));
    sqs = stack.clients().configure(SqsClient.builder(), "SQS").build();
    audit = Audit.start(stack.clients(), stack.resources());
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void deadLettersAreFoundAndStayWhereTheyAre() {
    List<String> urls = stack.resources().deadLetterUrls();
    IntStream.range(0, 12)
        .forEach(i ->
            sqs.sendMessage(r -> r.queueUrl(urls.get(i % urls.size())).messageBody("dead " + i)));

    for (int look = 0; look < 2; look++) {
      Checks checks = new Checks();
      audit.checkDeadLetters(checks);
      assertThat(checks.all())
          .containsExactly(
              new Checks.Check(
                  "no message ended as a dead letter", false, "12 found", LookAt.DEAD_LETTERS));
    }
    assertThat(urls.stream().mapToInt(AuditIT::visible).sum()).isEqualTo(12);
    urls.forEach(url -> sqs.purgeQueue(r -> r.queueUrl(url)));
  }

  @Test
  void aSecretInADeadLetterIsFoundInBase64AtAnyAlignment() {
    String secret = "a secret of many characters";
    String url = stack.resources().deadLetterUrls().getFirst();
    byte[] bytes = ("x" + secret).getBytes(StandardCharsets.UTF_8);
    sqs.sendMessage(r -> r.queueUrl(url).messageBody(Base64.getEncoder().encodeToString(bytes)));
    Checks checks = new Checks();

    audit.check(Set.of(secret), new byte[0], checks);

    assertThat(checks.all())
        .filteredOn(check -> check.name().equals("no plaintext in queues"))
        .singleElement()
        .satisfies(check -> assertThat(check.ok()).isFalse());
    sqs.purgeQueue(r -> r.queueUrl(url));
  }

  @Test
  void aMessageStaysWithItsBatchForLongerThanTheBatchMayTake() {
    for (String url : stack.resources().queueUrls()) {
      int seconds = Integer.parseInt(attribute(url, QueueAttributeName.VISIBILITY_TIMEOUT));
      assertThat(Duration.ofSeconds(seconds))
          .isEqualTo(Redelivery.after(Duration.ofSeconds(1)).visibility())
          .isGreaterThan(Duration.ofMinutes(5));
    }
  }

  private static int visible(String url) {
    return Integer.parseInt(attribute(url, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES));
  }

  private static String attribute(String url, QueueAttributeName name) {
    return Objects.requireNonNull(
        sqs.getQueueAttributes(r -> r.queueUrl(url).attributeNames(name)).attributes().get(name));
  }
}
