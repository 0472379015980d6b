package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.internal.Event;
import java.util.List;

/**
 * What a resolve has to do besides, which waits for other services: it is done while the resolve
 * waits for its own calls. Neither method throws; what does not work is counted. Thread-safe.
 */
public interface Beside {
  /** Enrols the tenant, if that was not tried before. */
  void enrol();

  /** Tries for a short time to publish these events, and what there is to tell of the enrolment. */
  void tell(List<Event> events);
}
