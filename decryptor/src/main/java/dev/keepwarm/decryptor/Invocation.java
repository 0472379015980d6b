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
import dev.keepwarm.decryptor.refresh.TenantKeys;
import dev.keepwarm.decryptor.refresh.TenantRefresh;
import dev.keepwarm.decryptor.refresh.UnknownNames;
import dev.keepwarm.decryptor.refresh.Vouchable;
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
 * One invocation of the decryptor: what it has to do until its deadline, and what it has to tell
 * afterwards. Thread-safe.
 */
final class Invocation {
  /** How many credentials of one tenant are named in the log at a time. */
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
   * @param freshness vouches for what did not change; null if that is sealed again
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

  /** Takes one message; whether it is done. */
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
            // It has left meanwhile.
            throwIf(refreshOne(Demand.due(used.tenant())));
          }
        }
        case Event.Change change -> {
          tally.count("Changes");
          TenantRefresh.Result result = apply(change);
          tally.add(result);
          logUnsettled(change.tenant(), result);
          // Whatever else there is to do: what is readable now is to stay warm.
          keepOrLeave(change.tenant(), result);
          throwIf(result.unsettled());
        }
        case Event.Changed changed -> throw unexpected();
        case Event.WarmingFailed failed -> throw unexpected();
      }
      return true;
    } catch (RuntimeException e) {
      // The queue brings it again, and in the end puts it where somebody looks. If it was a mistake
      // of ours it must not cost the batch's other messages, and what it says may be content.
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
    if (freshness == null) {
      return changes.apply(change);
    }
    // Before anything is invalid: whoever checks afterwards must not vouch for it.
    freshness.renew(change.tenant());
    try {
      return changes.apply(change);
    } finally {
      // A check may have come in between, and have sealed everything. What the change has stored
      // after that is nothing that anybody vouches for, so it has to be sealed again.
      freshness.renew(change.tenant());
    }
  }

  /** The one tenant that an event is about; null if there are several, or none is known. */
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
    // If there is not enough time for all of them, it is not always the same ones that wait.
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
                    // The message's own line can only name one.
                    ports.log().failed("tenant not refreshed", failure, "tenant", tenant);
                  }
                  return failure;
                });
    List<@Nullable KeepwarmException> unwritten =
        ports.fanouts().calls().map(List.copyOf(rounds.values()), this::write);
    failures.forEach(Invocation::throwIf);
    unwritten.forEach(Invocation::throwIf);
  }

  /** Seals again what is due, so that it stays warm for another life without anybody's word. */
  private @Nullable KeepwarmException refreshUnchecked(String tenant, @Nullable Long probe) {
    if (freshness != null) {
      try {
        // The next check must not take what was sealed before for what is there.
        freshness.renew(tenant);
      } catch (KeepwarmException e) {
        tally.count("RenewalsFailed");
        if (e.code() != ErrorCode.DENIED) {
          // It comes again before anything lapses.
          return e;
        }
        // Nobody has been able to vouch for it so far. If somebody was, it lapses in a while, and
        // the first miss has everything sealed again.
      }
    }
    return refreshOne(Demand.due(tenant, probe));
  }

  /** The rounds of the tenants' slots. Where there is none, tenants are sealed again. */
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
                    // Who cannot be vouched for stays warm all the same.
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
    Vouchable vouchable;
    try {
      deadline.check();
      if (round.check(tenant, probe)) {
        tally.count("TenantsVouched");
        return null;
      }
      vouchable = round.vouchable(tenant);
    } catch (KeepwarmException e) {
      return e;
    }
    Demand due = Demand.due(tenant, probe);
    return refreshOne(
        vouchable == null ? due : due.vouchable(vouchable),
        result -> {
          if (result.sealedAs() != null) {
            round.sealed(tenant, result.sealedAs(), probe);
          }
        });
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
        // It may have left because it had nothing, and this message was still on its way.
        boolean unused = wheel.keep(demand.tenant());
      }
      leaveIfEmpty(demand.tenant(), result);
      // A source that is behind gets there; the next turn of the wheel sees it.
      return result.unsettledButBehind();
    } catch (KeepwarmException e) {
      return e;
    }
  }

  /** Names what failed: a message's own line says no more than that something of it did. */
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

  /**
   * Names what is served although another version was announced: nobody waits for that any more.
   */
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
   * A tenant whose source has nothing that may be decoded is not worth a place on the wheel. It is
   * looked at once more before it leaves, because somebody may have added a credential since the
   * source was read; and whoever enrols it after this has begun keeps it where it is.
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

  /**
   * A change may be what gives a tenant its first credential, or its first again after a
   * revocation.
   */
  private void keepOrLeave(String tenant, TenantRefresh.Result result) {
    if (result.unrevoked() != 0) {
      boolean unused = wheel.keep(tenant);
    } else {
      leaveIfEmpty(tenant, result);
    }
  }

  /** What a resolve does for its tenant while it waits for other calls. */
  private final class OfTenant implements Beside {
    private final String tenant;
    private final AtomicBoolean tried = new AtomicBoolean();

    OfTenant(String tenant) {
      this.tenant = tenant;
    }

    /** The caller gets what was resolved in any case; a miss to come tries again. */
    @Override
    public void enrol() {
      if (tried.getAndSet(true)) {
        return;
      }
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
      // What the tally has by now is of the enrolment, or of an attempt before.
      publish(tally.untold(events), deadline.leftToTell(Decryptor.TOLD_BY_RESOLVE));
    }
  }

  /** One that was given up may fail as well, because it was interrupted. It is one message. */
  private void countFailed(Decryptor.Message message) {
    if (failed.add(message.id())) {
      tally.count("MessagesFailed");
    }
  }

  /** Counts a message that was not done when the time had passed. */
  void givenUp(Decryptor.Message message) {
    countFailed(message);
    ports.log().warn("message not done in time", ErrorCode.TIMEOUT.name(), "message", message.id());
  }

  /** Resolves. */
  ResolveAnswer resolve(ResolveRequest request) {
    tally.count("Resolves");
    OfTenant tenant = new OfTenant(request.tenant());
    Resolves.Resolution resolution;
    try {
      resolution =
          request.name() == null
              ? resolves.tenant(request.tenant())
              : resolves.credential(request, request.name(), patience(), tenant);
      if (resolution.result() != null) {
        tally.add(resolution.result());
        logUnreached(resolution.result());
        if (resolution.result().unrevoked() > 0) {
          tenant.enrol();
        }
      }
    } catch (RuntimeException e) {
      // Lambda would log what it says, which may be content.
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

  /** Publishes what was done, and logs the counts. */
  void tell(Duration within) {
    publish(tally.untold(List.of()), within);
    ports.log().metrics(tally.counts());
  }

  /** What events tell is in the table already: those that are lost are only counted. */
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
