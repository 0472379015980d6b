package dev.keepwarm.warmer;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.ScheduledEvent;
import dev.keepwarm.engine.snapshot.Restorable;
import java.util.function.Supplier;

/**
 * The Lambda function that EventBridge Scheduler invokes every minute; the event itself does not
 * matter.
 */
public final class WarmerHandler implements RequestHandler<ScheduledEvent, Void> {
  private final Supplier<Warmer> warmer;

  /** For Lambda: composed from the process's environment. */
  public WarmerHandler() {
    Restorable<WarmerComposition> composition =
        Restorable.of(() -> WarmerComposition.of(System.getenv(), System.out), Primer::run);
    this.warmer = () -> composition.get().warmer();
  }

  /** On a given warmer. */
  public WarmerHandler(Warmer warmer) {
    this.warmer = () -> warmer;
  }

  @Override
  @SuppressWarnings("NullAway") // Lambda's type for "no answer" has no other value.
  public Void handleRequest(ScheduledEvent event, Context context) {
    warmer.get().tick(context::getRemainingTimeInMillis);
    return null;
  }
}
