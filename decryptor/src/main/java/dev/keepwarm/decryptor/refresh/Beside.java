package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.internal.Event;
import java.util.List;

/**
 * Further work of a resolve, done while the resolve waits for its own calls. Neither method throws;
 * failures are counted. Thread-safe.
 */
public interface Beside {
  /** Enrols the tenant, if that was not tried before. */
  void enrol();

  /** Enrols the tenant again, which takes its generation away. */
  void renew();

  /** Tries for a short time to publish these events and the event of the enrolment, if any. */
  void tell(List<Event> events);
}
