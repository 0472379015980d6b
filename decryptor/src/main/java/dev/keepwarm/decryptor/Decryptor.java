package dev.keepwarm.decryptor;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Envelope;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.Event;
import dev.keepwarm.core.EventBus;
import dev.keepwarm.core.EventParser;
import dev.keepwarm.core.Failure;
import dev.keepwarm.core.Fanout;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.KeyService;
import dev.keepwarm.core.Lifetimes;
import dev.keepwarm.core.Log;
import dev.keepwarm.core.Pauses;
import dev.keepwarm.core.ResolveAnswer;
import dev.keepwarm.core.ResolveRequest;
import dev.keepwarm.core.Source;
import dev.keepwarm.core.Wheel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The decryptor: takes the messages of the three queues and the resolves of the readers.
 * Thread-safe.
 */
public final class Decryptor {
  private static final CredentialId NOBODYS = new CredentialId("keepwarm", "preparation");

  /** How many credentials of one tenant are named in the log at a time. */
  private static final int NAMED = 10;

  private final Ports ports;
  private final TenantKeys keys;
  private final TenantRefresh refresh;
  private final Changes changes;
  private final Resolves resolves;

  /** A decryptor on these ports. */
  public Decryptor(Ports ports, Lifetimes lifetimes, Duration retryFailed) {
    this.ports = ports;
    this.keys = new TenantKeys(ports.crypto.keys);
    Steps steps =
        new Steps(
            ports.stores.cache,
            ports.crypto.decoder,
            ports.crypto.envelope,
            ports.clock,
            lifetimes,
            retryFailed);
    this.refresh =
        new TenantRefresh(
            ports.stores.cache, ports.stores.source, keys, steps, ports.fanouts.calls, ports.clock);
    this.changes =
        new Changes(
            ports.stores.cache,
            ports.stores.source,
            refresh,
            ports.fanouts.calls,
            ports.clock,
            lifetimes,
            retryFailed,
            ports.log);
    this.resolves =
        new Resolves(
            ports.stores.cache,
            refresh,
            ports.clock,
            ports.pauses,
            ports.ids,
            lifetimes,
            retryFailed);
  }

  /**
   * What a decryptor works with.
   *
   * @param stores the tables and the source
   * @param crypto what turns an original into an entry
   * @param bus where events go
   * @param parser reads messages
   * @param fanouts what runs side by side
   * @param clock wall time
   * @param pauses waits for a resolve in progress
   * @param ids makes an id for each lease
   * @param log gets what happened, without content
   */
  public record Ports(
      Stores stores,
      Crypto crypto,
      EventBus bus,
      EventParser parser,
      Fanouts fanouts,
      InstantSource clock,
      Pauses pauses,
      Supplier<String> ids,
      Log log) {
    /** The same ports, but for the decoder. */
    public Ports withDecoder(Decoder decoder) {
      Crypto changed = new Crypto(decoder, crypto.keys, crypto.envelope);
      return new Ports(stores, changed, bus, parser, fanouts, clock, pauses, ids, log);
    }

    /** The same ports, but for the bus. */
    public Ports withBus(EventBus bus) {
      return new Ports(stores, crypto, bus, parser, fanouts, clock, pauses, ids, log);
    }

    /** The same ports, but for the fan-outs. */
    public Ports withFanouts(Fanouts fanouts) {
      return new Ports(stores, crypto, bus, parser, fanouts, clock, pauses, ids, log);
    }
  }

  /**
   * Where everything is kept.
   *
   * @param cache the cache table
   * @param wheel the wheel
   * @param source the source
   */
  public record Stores(CacheTable cache, Wheel wheel, Source source) {}

  /**
   * What turns an original into an entry.
   *
   * @param decoder decodes what the source has
   * @param keys data keys
   * @param envelope seals
   */
  public record Crypto(Decoder decoder, KeyService keys, Envelope envelope) {}

  /**
   * What runs side by side. These three are not one: what waits for others must not take their
   * place.
   *
   * @param messages runs messages
   * @param tenants runs the tenants of messages
   * @param calls runs the calls of tenants
   */
  public record Fanouts(Fanout messages, Fanout tenants, Fanout calls) {}

  /**
   * A message of a queue.
   *
   * @param id the queue's id of it
   * @param body the event in EventBridge's envelope
   */
  public record Message(String id, String body) {}

  /**
   * Takes a batch of messages.
   *
   * @return the ids of those that the queue has to bring again, in their order
   */
  public List<String> handle(List<Message> batch) {
    Tally tally = new Tally();
    List<Boolean> done = ports.fanouts.messages.map(batch, message -> handle(message, tally));
    List<String> again = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      if (!done.get(i)) {
        again.add(batch.get(i).id());
      }
    }
    publish(tally);
    ports.log.metrics(tally.counts());
    return again;
  }

  /**
   * Resolves.
   *
   * @param patience how long to wait for another resolve of the same credential
   */
  public ResolveAnswer resolve(ResolveRequest request, Duration patience) {
    Tally tally = new Tally();
    tally.count("Resolves");
    Resolves.Resolution resolution;
    try {
      resolution =
          request.name() == null
              ? resolves.tenant(request.tenant())
              : resolves.credential(request, request.name(), patience);
      if (resolution.result() != null) {
        tally.add(resolution.result());
        logUnreached(resolution.result());
        enrol(request.tenant(), resolution.result(), tally);
      }
    } catch (KeepwarmException e) {
      resolution = Resolves.Resolution.refused(readersCode(e), "it did not work");
      ports.log.failed("resolve failed", e, "tenant", request.tenant(), "name", request.name());
    } catch (RuntimeException e) {
      // Lambda would log what it says, which may be content.
      resolution = Resolves.Resolution.refused(ErrorCode.UNAVAILABLE, "it did not work");
      ports.log.failed("resolve failed", e, "tenant", request.tenant(), "name", request.name());
    }
    if (resolution.answer() instanceof ResolveAnswer.Refused) {
      tally.count("ResolvesRefused");
    }
    publish(tally);
    ports.log.metrics(tally.counts());
    return resolution.answer();
  }

  /**
   * What the first resolve would otherwise wait for, to be run side by side: secrets are unwrapped
   * and keys derived, and the table is asked for an entry that is nobody's, so that there is a
   * connection. Each blocks, and throws nothing: whatever goes wrong, that resolve meets it again.
   */
  List<Runnable> preparations() {
    return List.of(
        () -> prepare("keys", ports.crypto.decoder::prepare),
        () -> prepare("table", () -> ports.stores.cache.read(NOBODYS)));
  }

  private void prepare(String what, Runnable preparation) {
    try {
      preparation.run();
    } catch (RuntimeException e) {
      ports.log.failed("not prepared", e, "what", what);
    }
  }

  /** Forgets every key. */
  public void clear() {
    keys.clear();
    ports.crypto.decoder.clear();
  }

  private boolean handle(Message message, Tally tally) {
    Event event = null;
    try {
      event = ports.parser.parse(message.body());
      switch (event) {
        case Event.TenantsDue due -> refreshDue(due, tally);
        case Event.Used used -> {
          tally.count("TenantsUsed");
          if (ports.stores.wheel.enrol(used.tenant())) {
            // It has left meanwhile.
            throwIf(refreshOne(Demand.due(used.tenant()), tally));
          }
        }
        case Event.Change change -> {
          tally.count("Changes");
          TenantRefresh.Result result = changes.apply(change);
          tally.add(result);
          logUnsettled(change.tenant(), result);
          throwIf(result.unsettled());
          leaveIfEmpty(change.tenant(), result);
        }
        case Event.Changed changed -> throw unexpected();
        case Event.WarmingFailed failed -> throw unexpected();
      }
      return true;
    } catch (RuntimeException e) {
      // The queue brings it again, and in the end puts it where somebody looks. If it was a mistake
      // of ours it must not cost the batch's other messages, and what it says may be content.
      tally.count("MessagesFailed");
      ports.log.failed(
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

  private void refreshDue(Event.TenantsDue due, Tally tally) {
    Set<String> tenants = new LinkedHashSet<>(due.tenants());
    List<@Nullable KeepwarmException> failures =
        ports.fanouts.tenants.map(
            List.copyOf(tenants),
            tenant -> {
              KeepwarmException failure =
                  refreshOne(Demand.due(tenant, due.probe().get(tenant)), tally);
              if (failure != null && tenants.size() > 1) {
                // The message's own line can only name one.
                ports.log.failed("tenant not refreshed", failure, "tenant", tenant);
              }
              return failure;
            });
    failures.forEach(Decryptor::throwIf);
  }

  private @Nullable KeepwarmException refreshOne(Demand demand, Tally tally) {
    try {
      TenantRefresh.Result result = refresh.run(demand);
      tally.add(result);
      logUnsettled(demand.tenant(), result);
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
            ports.log.failed(
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
        ports.log.warn(
            "version not reached",
            failed.failure(),
            "tenant",
            failed.id().tenant(),
            "name",
            failed.id().name());
      }
    }
  }

  /** A tenant whose source has nothing that may be decoded is not worth a place on the wheel. */
  private void leaveIfEmpty(String tenant, TenantRefresh.Result result) {
    if (result.unrevoked() > 0) {
      return;
    }
    ports.stores.wheel.leave(tenant);
    // Somebody may have added a credential and enrolled the tenant since the source was read.
    if (refresh.run(Demand.only(tenant, Set.of(), null)).unrevoked() > 0) {
      ports.stores.wheel.enrol(tenant);
    }
  }

  /** The caller gets what was resolved in any case; a miss to come tries again. */
  private void enrol(String tenant, TenantRefresh.Result result, Tally tally) {
    try {
      if (result.unrevoked() > 0 && ports.stores.wheel.enrol(tenant)) {
        tally.event(new Event.TenantsDue(List.of(tenant)));
      }
    } catch (KeepwarmException e) {
      tally.count("EnrolmentsFailed");
      ports.log.failed("tenant not enrolled", e, "tenant", tenant);
    }
  }

  private void publish(Tally tally) {
    List<Event> events = tally.events();
    if (events.isEmpty()) {
      return;
    }
    try {
      List<Event> left = ports.bus.publish(events);
      tally.count("EventsLost", left.size());
    } catch (KeepwarmException e) {
      // What they tell is in the table already.
      tally.count("EventsLost", events.size());
      ports.log.failed("events not published", e, "count", events.size());
    }
  }

  private static ErrorCode readersCode(KeepwarmException e) {
    return switch (e.code()) {
      case DENIED, TIMEOUT, TAMPERED -> e.code();
      default -> ErrorCode.UNAVAILABLE;
    };
  }

  private static void throwIf(@Nullable KeepwarmException failure) {
    if (failure != null) {
      throw failure;
    }
  }

  private static KeepwarmException unexpected() {
    return new KeepwarmException(ErrorCode.INVALID_EVENT, "detail-type: not one for the decryptor");
  }
}
