package dev.keepwarm.decryptor;

import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.decryptor.refresh.CredentialOutcome;
import dev.keepwarm.decryptor.refresh.TenantRefresh;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Collects the counts and events of one invocation. Thread-safe. */
final class Tally {
  private final Map<String, Long> counts = new TreeMap<>();
  private final List<Event> events = new ArrayList<>();
  private final List<Event> told = new ArrayList<>();

  synchronized void count(String metric) {
    count(metric, 1);
  }

  synchronized void count(String metric, long more) {
    if (more != 0) {
      counts.merge(metric, more, Long::sum);
    }
  }

  synchronized void event(Event event) {
    events.add(event);
  }

  synchronized void add(TenantRefresh.Result result) {
    count("TenantsRefreshed");
    events.addAll(result.events());
    result.outcomes().values().forEach(outcome -> count(metric(outcome)));
    count(
        "VersionNotReached",
        result.events().stream()
            .filter(event ->
                event instanceof Event.WarmingFailed failed
                    && failed.failure().equals(Failure.VERSION_NOT_REACHED))
            .count());
  }

  synchronized Map<String, Long> counts() {
    return new TreeMap<>(counts);
  }

  /**
   * The events to publish now: those that were not published before, and the early ones.
   *
   * @param early events that are published now and will be added to this tally later
   */
  synchronized List<Event> untold(List<Event> early) {
    List<Event> untold = new ArrayList<>(events);
    early.stream().filter(event -> !untold.contains(event)).forEach(untold::add);
    untold.removeAll(told);
    told.addAll(untold);
    return untold;
  }

  private static String metric(CredentialOutcome outcome) {
    return switch (outcome) {
      case CredentialOutcome.Stored stored ->
          stored.entry().state() == EntryState.READY ? "Sealed" : "Undecodable";
      case CredentialOutcome.Kept kept -> "Undecodable";
      case CredentialOutcome.Buried buried -> "Buried";
      case CredentialOutcome.Unknown unknown -> "Unknown";
      case CredentialOutcome.Forgotten forgotten -> "Forgotten";
      case CredentialOutcome.Behind behind -> "SourceBehind";
      case CredentialOutcome.Refused refused -> "Refused";
      case CredentialOutcome.Overtaken overtaken -> "Overtaken";
      case CredentialOutcome.Tampered tampered -> "Tampered";
      case CredentialOutcome.Contended contended -> "Contended";
      case CredentialOutcome.Transient failed -> "Failed";
    };
  }
}
