package dev.keepwarm.decryptor;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import dev.keepwarm.engine.snapshot.Restorable;
import java.util.List;
import java.util.function.Supplier;

/**
 * The Lambda function behind the three queues. Answers with the messages that failed, so that only
 * they come again, and does so before its own time is up: otherwise all of them would.
 */
public final class EventsHandler implements RequestHandler<SQSEvent, SQSBatchResponse> {
  private final Supplier<Decryptor> decryptor;

  /** For Lambda: composed from the process's environment. */
  public EventsHandler() {
    Restorable<DecryptorComposition> composition =
        Restorable.of(() -> DecryptorComposition.of(System.getenv(), System.out), Primer::run);
    this.decryptor = () -> composition.get().decryptor();
  }

  /** On a given decryptor. */
  public EventsHandler(Decryptor decryptor) {
    this.decryptor = () -> decryptor;
  }

  @Override
  public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
    List<Decryptor.Message> batch =
        event.getRecords().stream()
            .map(record -> new Decryptor.Message(record.getMessageId(), record.getBody()))
            .toList();
    return new SQSBatchResponse(
        decryptor.get().handle(batch, context::getRemainingTimeInMillis).stream()
            .map(SQSBatchResponse.BatchItemFailure::new)
            .toList());
  }
}
