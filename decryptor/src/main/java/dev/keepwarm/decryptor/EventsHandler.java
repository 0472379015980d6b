package dev.keepwarm.decryptor;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import java.util.List;

/**
 * The Lambda function behind the three queues. Answers with the messages that failed, so that only
 * they come again.
 */
public final class EventsHandler implements RequestHandler<SQSEvent, SQSBatchResponse> {
  private final Decryptor decryptor;

  /** For Lambda: composed from the process's environment. */
  public EventsHandler() {
    this(Composition.of(System.getenv(), System.out).decryptor());
  }

  /** On a given decryptor. */
  public EventsHandler(Decryptor decryptor) {
    this.decryptor = decryptor;
  }

  @Override
  public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
    List<Decryptor.Message> batch =
        event.getRecords().stream()
            .map(record -> new Decryptor.Message(record.getMessageId(), record.getBody()))
            .toList();
    return new SQSBatchResponse(
        decryptor.handle(batch).stream().map(SQSBatchResponse.BatchItemFailure::new).toList());
  }
}
