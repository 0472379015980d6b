package dev.keepwarm.decryptor;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import dev.keepwarm.engine.snapshot.Restorable;
import java.util.List;
import java.util.function.Supplier;

/**
 * The Lambda function behind the three queues. It returns the ids of the failed messages, so that
 * only they are delivered again. It answers before its own timeout: otherwise the whole batch would
 * be delivered again. Failed changes are retried early, see {@link FailedChanges}.
 */
public final class EventsHandler implements RequestHandler<SQSEvent, SQSBatchResponse> {
  private final Supplier<Parts> parts;

  /** For Lambda: composed from the process's environment. */
  public EventsHandler() {
    Restorable<DecryptorComposition> composition =
        Restorable.of(() -> DecryptorComposition.of(System.getenv(), System.out), Primer::run);
    this.parts = () -> new Parts(composition.get().decryptor(), composition.get().failedChanges());
  }

  /** On a given decryptor. */
  public EventsHandler(Decryptor decryptor, FailedChanges failedChanges) {
    Parts given = new Parts(decryptor, failedChanges);
    this.parts = () -> given;
  }

  private record Parts(Decryptor decryptor, FailedChanges failedChanges) {}

  @Override
  public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
    List<Decryptor.Message> batch =
        event.getRecords().stream()
            .map(record -> new Decryptor.Message(record.getMessageId(), record.getBody()))
            .toList();
    Parts with = parts.get();
    List<String> failed = with.decryptor.handle(batch, context::getRemainingTimeInMillis);
    with.failedChanges.bringBack(
        event.getRecords().stream()
            .filter(record -> failed.contains(record.getMessageId()))
            .toList(),
        context.getRemainingTimeInMillis());
    return new SQSBatchResponse(
        failed.stream().map(SQSBatchResponse.BatchItemFailure::new).toList());
  }
}
