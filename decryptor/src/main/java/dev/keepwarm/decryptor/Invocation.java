package dev.keepwarm.decryptor;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.change.Changes;
import dev.keepwarm.decryptor.freshness.Freshness;
import dev.keepwarm.decryptor.freshness.Round;
import dev.keepwarm.decryptor.refresh.Beside;
import dev.keepwarm.decryptor.refresh.Deadline;
import dev.keepwarm.decryptor.refresh.Demand;
import dev.keepwarm.decryptor.refresh.EntryWriter;
import dev.keepwarm.decryptor.refresh.Generation;
import dev.keepwarm.decryptor.refresh.TenantKeys;
import dev.keepwarm.decryptor.refresh.TenantRefresh;
import dev.keepwarm.decryptor.refresh.UnknownNames;
import dev.keepwarm.decryptor.resolve.FillTimes;
import dev.keepwarm.decryptor.resolve.Resolves;
import dev.keepwarm.engine.Wheel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One invocation of the decryptor: its work until the deadline, and the events and metrics that it
 * publishes afterwards. Thread-safe.
 */
final class Invocation {
  /** The most credentials of one tenant that a message names in the log. */
  private static final int NAMED = 10;

  /** The longest that a resolve waits for another resolve of the same credential. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Decryptor.Ports ports;
  private final Wheel wheel;
  private final Deadline deadline;
  private final Tally tally = new Tally();
  private final Set<String> failed = ConcurrentHashMap.newKeySet();
  private final TenantRefresh refresh;
  private final Changes changes;
  private final Resolves resolves;
  private final @Nullable Freshness freshness;

  /**
   * An invocation that begins now.
   *
   * @param freshness vouches for unchanged credentials; null if they are sealed again instead
   * @param confirmedWithin see {@link TenantKeys#lazily}
   */
  Invocation(
      Decryptor.Ports ports,
      TenantKeys keys,
      UnknownNames unknownNames,
      FillTimes fillTimes,
      Lifetimes lifetimes,
      Duration retryFailed,
      @Nullable Freshness freshness,
      Deadline deadline,
      Duration confirmedWithin) {
    this.ports = ports;
    this.wheel = ports.stores().wheel();
    this.deadline = deadline;
    this.freshness = freshness;
    EntryWriter steps =
        new EntryWriter(
            ports.stores().cache(),
            ports.crypto().decoder(),
            ports.crypto().envelope(),
            ports.clock(),
            lifetimes,
            retryFailed,
            deadline,
            ports.fanouts().calls());
    this.refresh =
        new TenantRefresh(
            ports.stores().cache(),
            ports.stores().source(),
            keys,
            steps,
            ports.fanouts().calls(),
            ports.clock(),
            confirmedWithin);
    this.changes =
        new Changes(
            ports.stores().cache(),
            ports.stores().source(),
            refresh,
            ports.fanouts().calls(),
            ports.clock(),
            lifetimes,
            retryFailed,
            ports.log());
    this.resolves =
        new Resolves(
            ports.stores().cache(),
            ports.stores().source(),
            keys,
            unknownNames,
            fillTimes,
            refresh,
            ports.clock(),
            ports.pauses(),
            ports.ids(),
            lifetimes,
            retryFailed);
  }

  /** Handles one message. Returns whether it is done. */
  boolean handle(Decryptor.Message message) {
    Event event = null;
    try {
      deadline.check();
      event = ports.parser().parse(message.body());
      switch (event) {
        case Event.TenantsDue due -> refreshDue(due);
        case Event.Used used -> {
          tally.count("TenantsUsed");
          if (wheel.enrol(used.tenant())) {
            // It was not enrolled any more, so its entries may be due.
            refreshDue(new Event.TenantsDue(List.of(used.tenant())));
          }
        }
        case Event.Change change -> {
          tally.count("Changes");
          TenantRefresh.Result result = apply(change);
          tally.add(result);
          logUnsettled(change.tenant(), result);
          // Before the change may fail: the credentials that are readable now have to stay warm.
          keepOrLeave(change.tenant(), result);
          throwIf(result.unsettled());
        }
        case Event.Changed changed -> throw unexpected();
        case Event.WarmingFailed failed -> throw unexpected();
      }
      return true;
    } catch (RuntimeException e) {
      // The queue redelivers the message and finally moves it to the dead-letter queue. A bug in
      // the decryptor must not fail the batch's other messages. Its exception text may hold
      // content.
      countFailed(message);
      ports
          .log()
          .failed(
              "message failed",
              e,
              "message",
              message.id(),
              "tenant",
              tenantOf(event),
              "name",
              event instanceof Event.Change change ? change.name() : null);
      return false;
    }
  }

  private TenantRefresh.Result apply(Event.Change change) {
    // Before anything becomes invalid, so that no later check vouches for it.
    renew(change.tenant());
    try {
      return changes.apply(change);
    } finally {
      // A check may have run in between and sealed everything. Nothing vouches for the entries that
      // the change stored after that, so they have to be sealed again.
      renew(change.tenant());
    }
  }

  /** Makes sure that no check vouches for the tenant's present entries. */
  private void renew(String tenant) {
    if (freshness == null) {
      // Records may have been written before, and may be again.
      boolean unused = wheel.forget(tenant);
      return;
    }
    try {
      freshness.renew(tenant);
    } catch (KeepwarmException e) {
      tally.count("RenewalsFailed");
      if (e.code() != ErrorCode.DENIED) {
        throw e;
      }
      // Without this permission, the tenant's item can still be written as a whole.
      boolean unused = wheel.forget(tenant);
    }
  }

  /** The event's only tenant; null if there are several, or none is known. */
  private static @Nullable String tenantOf(@Nullable Event event) {
    return switch (event) {
      case Event.TenantsDue due when due.tenants().size() == 1 -> due.tenants().getFirst();
      case Event.Used used -> used.tenant();
      case Event.Change change -> change.tenant();
      case Event.Changed changed -> changed.id().tenant();
      case Event.WarmingFailed failed -> failed.id().tenant();
      case null, default -> null;
    };
  }

  private void refreshDue(Event.TenantsDue due) {
    List<String> tenants = new ArrayList<>(new LinkedHashSet<>(due.tenants()));
    // If the time does not suffice for all, it should not always be the same ones that wait.
    Collections.shuffle(tenants, new Random(ports.clock().millis()));
    Map<Integer, Round> rounds = freshness == null ? Map.of() : rounds(freshness, tenants);
    if (freshness != null) {
      compare(freshness, tenants, rounds);
    }
    List<@Nullable KeepwarmException> failures =
        ports
            .fanouts()
            .tenants()
            .map(
                tenants,
                tenant -> {
                  Long probe = due.probe().get(tenant);
                  Round round = freshness == null ? null : rounds.get(freshness.slotOf(tenant));
                  KeepwarmException failure =
                      round == null
                          ? refreshUnchecked(tenant, probe)
                          : checkOne(round, tenant, probe);
                  if (failure != null && tenants.size() > 1) {
                    // The log line of the message names only one tenant.
                    ports.log().failed("tenant not refreshed", failure, "tenant", tenant);
                  }
                  return failure;
                });
    List<@Nullable KeepwarmException> unwritten =
        ports.fanouts().calls().map(List.copyOf(rounds.values()), this::write);
    failures.forEach(Invocation::throwIf);
    unwritten.forEach(Invocation::throwIf);
  }

  /** Seals due credentials again, so that they stay warm without a freshness record. */
  private @Nullable KeepwarmException refreshUnchecked(String tenant, @Nullable Long probe) {
    return refreshOne(Demand.due(tenant, probe).in(unchecked(tenant)));
  }

  /** The generation of a tenant that is sealed without records. */
  private Generation unchecked(String tenant) {
    return rows -> {
      renew(tenant);
      return true;
    };
  }

  /** The rounds of the tenants' slots. The tenants of a slot without a round are sealed again. */
  private Map<Integer, Round> rounds(Freshness with, List<String> tenants) {
    Map<Integer, Round> rounds = new ConcurrentHashMap<>();
    List<Integer> slots = tenants.stream().map(with::slotOf).distinct().toList();
    List<Boolean> unused =
        ports
            .fanouts()
            .calls()
            .map(
                slots,
                slot -> {
                  try {
                    rounds.put(slot, with.round(slot));
                    return true;
                  } catch (KeepwarmException e) {
                    // These tenants are sealed again instead, so they stay warm.
                    tally.count("RoundsFailed");
                    ports.log().failed("slot not checked", e, "slot", slot);
                    return false;
                  }
                });
    return rounds;
  }

  private void compare(Freshness with, List<String> tenants, Map<Integer, Round> rounds) {
    Map<Integer, List<String>> bySlot =
        tenants.stream().collect(Collectors.groupingBy(with::slotOf));
    List<Runnable> comparisons = new ArrayList<>();
    rounds.forEach((slot, round) ->
        comparisons.addAll(round.comparisons(bySlot.getOrDefault(slot, List.of()))));
    ports.fanouts().calls().each(comparisons, Runnable::run);
  }

  private @Nullable KeepwarmException checkOne(Round round, String tenant, @Nullable Long probe) {
    Generation generation;
    try {
      deadline.check();
      if (round.check(tenant, probe)) {
        tally.count("TenantsVouched");
        return null;
      }
      generation = round.generation(tenant);
    } catch (KeepwarmException e) {
      return unlessDenied(e, tenant, probe);
    }
    Demand due = Demand.due(tenant, probe);
    KeepwarmException failure =
        refreshOne(
            due.in(generation == null ? unchecked(tenant) : generation),
            result -> {
              if (result.sealedAs() != null) {
                round.sealed(tenant, result.sealedAs(), probe);
              }
            });
    return failure == null ? null : unlessDenied(failure, tenant, probe);
  }

  /** A decryptor that may not update the wheel can still seal tenants without records. */
  private @Nullable KeepwarmException unlessDenied(
      KeepwarmException failure, String tenant, @Nullable Long probe) {
    return failure.code() == ErrorCode.DENIED ? refreshUnchecked(tenant, probe) : failure;
  }

  private @Nullable KeepwarmException write(Round round) {
    try {
      deadline.check();
      if (round.write()) {
        tally.count("RecordsWritten");
      }
      return null;
    } catch (KeepwarmException e) {
      tally.count("RoundsFailed");
      return e;
    }
  }

  private @Nullable KeepwarmException refreshOne(Demand demand) {
    return refreshOne(demand, result -> {});
  }

  private @Nullable KeepwarmException refreshOne(
      Demand demand, Consumer<TenantRefresh.Result> then) {
    try {
      deadline.check();
      TenantRefresh.Result result = refresh.run(demand);
      then.accept(result);
      tally.add(result);
      logUnsettled(demand.tenant(), result);
      if (result.unrevoked() > 0 && result.wasEmpty()) {
        // An empty tenant may have left the wheel while this message was on its way.
        boolean unused = wheel.keep(demand.tenant());
      }
      leaveIfEmpty(demand.tenant(), result);
      // If the source is behind, a later turn of the wheel refreshes the credential.
      return result.unsettledButBehind();
    } catch (KeepwarmException e) {
      return e;
    }
  }

  /** Logs each credential that failed. The log line of the message does not name them all. */
  private void logUnsettled(String tenant, TenantRefresh.Result result) {
    logUnreached(result);
    result.reasons().entrySet().stream()
        .limit(NAMED)
        .forEach(each ->
            ports
                .log()
                .failed(
                    "credential not refreshed",
                    each.getValue(),
                    "tenant",
                    tenant,
                    "name",
                    each.getKey()));
  }

  /** Logs each credential whose announced version did not reach the source in time. */
  private void logUnreached(TenantRefresh.Result result) {
    for (Event event : result.events()) {
      if (event instanceof Event.WarmingFailed failed
          && failed.failure().equals(Failure.VERSION_NOT_REACHED)) {
        ports
            .log()
            .warn(
                "version not reached",
                failed.failure(),
                "tenant",
                failed.id().tenant(),
                "name",
                failed.id().name());
      }
    }
  }

  /**
   * Removes a tenant from the wheel if the source has nothing of it that may be decoded. The source
   * is read once more first, because a credential may have been added since. If the tenant is
   * enrolled after this has begun, it stays on the wheel.
   */
  private void leaveIfEmpty(String tenant, TenantRefresh.Result result) {
    if (result.unrevoked() != 0) {
      return;
    }
    String by = ports.ids().get();
    if (wheel.prepareLeave(tenant, by)
        && refresh.run(Demand.only(tenant, Set.of(), null)).unrevoked() == 0) {
      boolean unused = wheel.leave(tenant, by);
    }
  }

  /** Puts the tenant on the wheel if the change gave it a credential; else it may leave. */
  private void keepOrLeave(String tenant, TenantRefresh.Result result) {
    if (result.unrevoked() != 0) {
      boolean unused = wheel.keep(tenant);
    } else {
      leaveIfEmpty(tenant, result);
    }
  }

  /** The work that a resolve does for its tenant while it waits for other calls. */
  private final class OfTenant implements Beside {
    private final String tenant;
    private final AtomicBoolean tried = new AtomicBoolean();

    OfTenant(String tenant) {
      this.tenant = tenant;
    }

    /** A failure does not affect the caller's answer. The next miss tries again. */
    @Override
    public void enrol() {
      if (!tried.get()) {
        renew();
      }
    }

    @Override
    public void renew() {
      tried.set(true);
      try {
        if (wheel.enrol(tenant)) {
          tally.event(new Event.TenantsDue(List.of(tenant)));
        }
      } catch (RuntimeException e) {
        tally.count("EnrolmentsFailed");
        ports.log().failed("tenant not enrolled", e, "tenant", tenant);
      }
    }

    @Override
    public void tell(List<Event> events) {
      // The tally's other events come from the enrolment or from an earlier attempt.
      publish(tally.untold(events), deadline.leftToTell(Decryptor.TOLD_BY_RESOLVE));
    }
  }

  /** Counts a message once, even if it was given up and then also failed on the interrupt. */
  private void countFailed(Decryptor.Message message) {
    if (failed.add(message.id())) {
      tally.count("MessagesFailed");
    }
  }

  /** Counts a message that was not done in time. */
  void givenUp(Decryptor.Message message) {
    countFailed(message);
    ports.log().warn("message not done in time", ErrorCode.TIMEOUT.name(), "message", message.id());
  }

  /** Answers a resolve. */
  ResolveAnswer resolve(ResolveRequest request) {
    tally.count("Resolves");
    OfTenant tenant = new OfTenant(request.tenant());
    Resolves.Resolution resolution;
    try {
      resolution =
          request.name() == null
              ? resolves.tenant(request.tenant(), tenant)
              : resolves.credential(request, request.name(), patience(), tenant);
      if (resolution.result() != null) {
        tally.add(resolution.result());
        logUnreached(resolution.result());
        if (resolution.result().unrevoked() > 0) {
          tenant.enrol();
        }
      }
    } catch (RuntimeException e) {
      // Lambda would log the exception's text, which may hold content.
      resolution = Resolves.Resolution.refused(Resolves.readersCode(e), "the resolve failed");
      ports.log().failed("resolve failed", e, "tenant", request.tenant(), "name", request.name());
    }
    if (resolution.answer() instanceof ResolveAnswer.Refused) {
      tally.count("ResolvesRefused");
    }
    return resolution.answer();
  }

  private Duration patience() {
    return Duration.ofMillis(Math.min(PATIENCE.toMillis(), deadline.millisLeft()));
  }

  /** Publishes the remaining events, and logs the counts. */
  void tell(Duration within) {
    publish(tally.untold(List.of()), within);
    ports.log().metrics(tally.counts());
  }

  /** Publishes events. Lost ones are only counted: the table already has what they report. */
  private void publish(List<Event> events, Duration within) {
    if (events.isEmpty()) {
      return;
    }
    List<Event> left;
    try {
      left = ports.bus().publish(events, within);
      if (!left.isEmpty()) {
        ports
            .log()
            .warn(
                "events not published",
                ErrorCode.UNAVAILABLE.name(),
                "count",
                left.size(),
                "waitedMillis",
                within.toMillis());
      }
    } catch (RuntimeException e) {
      left = events;
      ports.log().failed("events not published", e, "count", left.size());
    }
    tally.count("EventsLost", left.size());
  }

  private static void throwIf(@Nullable KeepwarmException failure) {
    if (failure != null) {
      throw failure;
    }
  }

  private static KeepwarmException unexpected() {
    return new KeepwarmException(
        ErrorCode.INVALID_EVENT, "detail-type: the decryptor does not handle this event");
  }
}
