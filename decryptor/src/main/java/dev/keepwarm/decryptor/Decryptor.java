package dev.keepwarm.decryptor;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.WarmUp;
import dev.keepwarm.decryptor.freshness.Freshness;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.decryptor.refresh.Deadline;
import dev.keepwarm.decryptor.refresh.TenantKeys;
import dev.keepwarm.decryptor.refresh.UnknownNames;
import dev.keepwarm.decryptor.resolve.FillTimes;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.EventParser;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.Wheel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The decryptor: handles the messages of the three queues and the resolves of readers. Thread-safe.
 */
public final class Decryptor {
  private static final CredentialId NOBODYS = new CredentialId("keepwarm", "preparation");

  /**
   * How long a resolve's answer waits until its events are published. The reader has a deadline of
   * two seconds, and the table already contains what the events report. A first connection to the
   * bus takes a fifth of this time.
   */
  static final Duration TOLD_BY_RESOLVE = Duration.ofMillis(500);

  /** How long a finished batch waits until its events are published. */
  private static final Duration TOLD_BY_BATCH = Duration.ofSeconds(5);

  private final Ports ports;
  private final TenantKeys keys;
  private final UnknownNames unknownNames = new UnknownNames();
  private final FillTimes fillTimes = new FillTimes();
  private final Lifetimes lifetimes;
  private final Duration retryFailed;
  private final @Nullable Freshness freshness;

  /** A decryptor on these ports that seals due credentials again in each turn. */
  public Decryptor(Ports ports, Lifetimes lifetimes, Duration retryFailed) {
    this(ports, lifetimes, retryFailed, null);
  }

  /**
   * A decryptor on these ports.
   *
   * @param freshness vouches for unchanged credentials; null if they are sealed again instead
   */
  public Decryptor(
      Ports ports, Lifetimes lifetimes, Duration retryFailed, @Nullable Freshness freshness) {
    this.ports = ports;
    this.freshness = freshness;
    this.keys = new TenantKeys(ports.crypto.keys);
    this.lifetimes = lifetimes;
    this.retryFailed = retryFailed;
  }

  /**
   * The decryptor's dependencies.
   *
   * @param stores the tables and the source
   * @param crypto turns an original into an entry
   * @param bus where events go
   * @param parser parses messages
   * @param fanouts run work concurrently
   * @param clock wall time
   * @param pauses waits for a resolve in progress
   * @param ids makes an id for each lease
   * @param log receives log lines and metrics, which never hold a credential
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
    /** The same ports with another decoder. */
    public Ports withDecoder(Decoder decoder) {
      Crypto changed = new Crypto(decoder, crypto.keys, crypto.envelope);
      return new Ports(stores, changed, bus, parser, fanouts, clock, pauses, ids, log);
    }

    /** The same ports with another key service. */
    public Ports withKeys(KeyService keys) {
      Crypto changed = new Crypto(crypto.decoder, keys, crypto.envelope);
      return new Ports(stores, changed, bus, parser, fanouts, clock, pauses, ids, log);
    }

    /** The same ports with another bus. */
    public Ports withBus(EventBus bus) {
      return new Ports(stores, crypto, bus, parser, fanouts, clock, pauses, ids, log);
    }

    /** The same ports with other fan-outs. */
    public Ports withFanouts(Fanouts fanouts) {
      return new Ports(stores, crypto, bus, parser, fanouts, clock, pauses, ids, log);
    }
  }

  /**
   * The tables and the source.
   *
   * @param cache the cache table
   * @param wheel the wheel
   * @param source the source
   */
  public record Stores(CacheTable cache, Wheel wheel, Source source) {}

  /**
   * The parts that turn an original into an entry.
   *
   * @param decoder decodes originals
   * @param keys data keys
   * @param envelope seals
   */
  public record Crypto(Decoder decoder, KeyService keys, Envelope envelope) {}

  /**
   * Run work concurrently. There are three of them so that work which waits for other work cannot
   * take its threads.
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
   * Handles a batch of messages within the time that is left. A message that is finished in time
   * counts as done, even if others are not.
   *
   * @param millisLeft how long the invocation may still run, in milliseconds
   * @return the ids of the messages that the queue has to deliver again, in their order
   */
  public List<String> handle(List<Message> batch, LongSupplier millisLeft) {
    Deadline deadline = new Deadline(millisLeft);
    Invocation invocation = invocation(deadline, TenantKeys.CONFIRMED_FOR);
    List<@Nullable Boolean> done =
        ports.fanouts.messages.mapWithin(batch, invocation::handle, deadline::millisLeftToReturn);
    deadline.end();
    List<String> again = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      Boolean isDone = done.get(i);
      if (isDone == null) {
        invocation.givenUp(batch.get(i));
      }
      if (isDone == null || !isDone) {
        again.add(batch.get(i).id());
      }
    }
    invocation.tell(deadline.leftToTell(TOLD_BY_BATCH));
    return again;
  }

  /**
   * Answers a resolve.
   *
   * @param millisLeft how long the invocation may still run, in milliseconds
   */
  public ResolveAnswer resolve(ResolveRequest request, LongSupplier millisLeft) {
    Deadline deadline = new Deadline(millisLeft);
    Invocation invocation =
        invocation(
            deadline,
            request.newerThan() == null
                ? TenantKeys.CONFIRMED_FOR
                : TenantKeys.CONFIRMED_FOR_A_READER);
    ResolveAnswer answer = invocation.resolve(request);
    invocation.tell(deadline.leftToTell(TOLD_BY_RESOLVE));
    return answer;
  }

  private Invocation invocation(Deadline deadline, Duration confirmedWithin) {
    return new Invocation(
        ports,
        keys,
        unknownNames,
        fillTimes,
        lifetimes,
        retryFailed,
        freshness,
        deadline,
        confirmedWithin);
  }

  /**
   * Tasks that the first resolve would otherwise wait for, to be run concurrently. They unwrap
   * secrets, derive keys, and read an entry that does not exist, which opens a connection to the
   * table. Each task blocks and never throws: if something fails, the first resolve gets the error.
   */
  public List<Runnable> preparations() {
    return List.of(
        () -> prepare("keys", ports.crypto.decoder::prepare),
        () -> prepare("table", () -> ports.stores.cache.read(NOBODYS)));
  }

  /**
   * Keeps this instance warm by running the preparations again. They retry secrets that could not
   * be unwrapped before, and keep the connections to the table open. This reads no credential and
   * changes nothing.
   *
   * @param millisLeft how long the invocation may still run, in milliseconds
   */
  public void warmUp(WarmUp warmUp, LongSupplier millisLeft) {
    Deadline deadline = new Deadline(millisLeft);
    long until = ports.clock.millis() + warmUp.holdMillis();
    ports.fanouts.calls.each(preparations(), Runnable::run);
    long left = Math.min(until - ports.clock.millis(), deadline.millisLeft());
    if (left > 0) {
      ports.pauses.pause(Duration.ofMillis(left));
    }
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
    if (freshness != null) {
      freshness.clear();
    }
    ports.crypto.decoder.clear();
  }
}
