package dev.keepwarm.warmer;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.WarmUp;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.Sizing;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.Wheel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Gatherers;
import org.jspecify.annotations.Nullable;

/**
 * Publishes which tenants are due. Thread-safe; several may run at a time, then some events come
 * twice.
 *
 * <p>A tick reads the slots that have begun since the cursor, a chunk at a time, publishes their
 * tenants, and only then moves the cursor past the chunk, on condition that it is where it was.
 * Whatever stops it in between, the next tick publishes that chunk again: an event too many is a
 * refresh that finds nothing due, an event too few would be a tenant that goes cold. What a tick
 * costs follows the slots that are due and who is in them, not how many tenants there are.
 */
public final class Warmer {
  /** How many slots are read, published and passed together. */
  static final int CHUNK = Sizing.CHUNK;

  /** How many events go into one request to the bus. */
  static final int REQUEST = 10;

  /** How many tenants one page of the discovery brings. */
  static final int DISCOVERY_PAGE = 1000;

  /**
   * How long an instance of the resolver is busy with a request for nothing, if others are to reach
   * other instances: longer than Lambda takes to hand out requests that are sent at the same time.
   */
  static final long HOLD_MILLIS = 100;

  /** What a tick keeps in hand: longer than a chunk takes. */
  static final long RESERVE_MILLIS = 5_000;

  private final Wheel wheel;
  private final Source source;
  private final EventBus bus;
  private final Fanout calls;
  private final InstantSource clock;
  private final Log log;
  private final Turn turn;
  private final Duration discoverEvery;
  private final Idleness idleness;
  private final boolean wholeSlots;
  private final Resolvers resolvers;
  private final int resolversKept;

  /**
   * What a warmer works with.
   *
   * @param resolvers what keeps instances of the resolver warm; unused if none is to be kept
   * @param calls runs requests side by side
   * @param log gets what happened
   */
  public record Ports(
      Wheel wheel,
      Source source,
      EventBus bus,
      Resolvers resolvers,
      Fanout calls,
      InstantSource clock,
      Log log) {}

  /**
   * What a warmer does in a tick. Immutable.
   *
   * @param slots how many slots the wheel has
   * @param slotMillis how long a slot is
   * @param discoverEvery how often to page through the source's tenants; zero if never
   * @param idleAfter after how long a tenant that nobody uses leaves the wheel; zero if never
   * @param wholeSlots whether a slot's tenants stay together in one event, as far as that may have
   *     so many: then the decryptor can write one freshness record for all of them
   * @param resolversKept how many instances of the resolver are kept from going cold: each tick
   *     sends one request for each of them, all at once, so that they reach different ones
   */
  public record Plan(
      int slots,
      long slotMillis,
      Duration discoverEvery,
      Duration idleAfter,
      boolean wholeSlots,
      int resolversKept) {
    /**
     * Only turns the wheel: nothing is discovered, nobody leaves, an event has a few tenants of
     * whatever slots, and no resolver is kept warm.
     */
    public static Plan turning(int slots, long slotMillis) {
      return new Plan(slots, slotMillis, Duration.ZERO, Duration.ZERO, false, 0);
    }

    /** The same with {@link #discoverEvery}. */
    public Plan discovering(Duration every) {
      return new Plan(slots, slotMillis, every, idleAfter, wholeSlots, resolversKept);
    }

    /** The same with {@link #idleAfter}. */
    public Plan dropping(Duration unusedFor) {
      return new Plan(slots, slotMillis, discoverEvery, unusedFor, wholeSlots, resolversKept);
    }

    /** The same with {@link #wholeSlots}. */
    public Plan inWholeSlots(boolean together) {
      return new Plan(slots, slotMillis, discoverEvery, idleAfter, together, resolversKept);
    }

    /** The same with {@link #resolversKept}. */
    public Plan keepingWarm(int resolvers) {
      return new Plan(slots, slotMillis, discoverEvery, idleAfter, wholeSlots, resolvers);
    }
  }

  /** A warmer. */
  public Warmer(Ports ports, Plan plan) {
    this.wheel = ports.wheel();
    this.source = ports.source();
    this.bus = ports.bus();
    this.resolvers = ports.resolvers();
    this.calls = ports.calls();
    this.clock = ports.clock();
    this.log = ports.log();
    this.turn = new Turn(plan.slots(), plan.slotMillis());
    this.discoverEvery = plan.discoverEvery();
    this.idleness = new Idleness(plan.idleAfter().toMillis());
    this.wholeSlots = plan.wholeSlots();
    this.resolversKept = plan.resolversKept();
  }

  /**
   * What a tick did.
   *
   * @param slots how many slots were published and passed
   * @param tenants how many tenants' events were accepted
   * @param discovered how many tenants were newly enrolled
   * @param complete whether nothing that was due is left for the next tick
   */
  public record Tick(long slots, long tenants, long discovered, boolean complete) {}

  /**
   * One tick.
   *
   * @param millisLeft how long this invocation may still run; when little is left the tick stops,
   *     and the next one goes on
   * @throws KeepwarmException if the wheel or the bus does not answer; what was published stays
   *     published
   */
  public Tick tick(LongSupplier millisLeft) {
    Tally tally = new Tally();
    try {
      List<Runnable> besides =
          resolversKept == 0 ? List.of() : List.of(() -> keepResolversWarm(tally));
      return calls.beside(() -> turn(millisLeft, tally), besides);
    } catch (RuntimeException e) {
      // Whoever invokes us says that it failed, and not why.
      log.failed("tick failed", e);
      throw e;
    } finally {
      log.metrics(tally.counts());
    }
  }

  private Tick turn(LongSupplier millisLeft, Tally tally) {
    boolean published = publishDue(millisLeft, tally);
    boolean discovered = discover(millisLeft, tally);
    return new Tick(tally.slots, tally.tenants, tally.discovered, published && discovered);
  }

  /** Throws nothing: a miss that waits for a cold start is no reason to leave the wheel alone. */
  private void keepResolversWarm(Tally tally) {
    WarmUp warmUp = new WarmUp(resolversKept == 1 ? 0 : HOLD_MILLIS);
    List<Boolean> sent =
        calls.map(
            Collections.nCopies(resolversKept, warmUp),
            each -> {
              try {
                resolvers.keepWarm(each);
                return true;
              } catch (RuntimeException e) {
                log.failed("resolver not kept warm", e);
                return false;
              }
            });
    tally.resolversPinged = sent.stream().filter(each -> each).count();
    tally.pingsFailed = sent.size() - tally.resolversPinged;
  }

  /** Numbers of the tick in progress. */
  private static final class Tally {
    long slots;
    long tenants;
    long discovered;
    long left;
    long slotsLeft;
    long resolversPinged;
    long pingsFailed;

    Map<String, Long> counts() {
      Map<String, Long> counts = new TreeMap<>();
      counts.put("Ticks", 1L);
      counts.put("SlotsPublished", slots);
      counts.put("TenantsPublished", tenants);
      counts.put("TenantsDiscovered", discovered);
      counts.put("TenantsIdle", left);
      counts.put("SlotsLeft", slotsLeft);
      counts.put("ResolversPinged", resolversPinged);
      counts.put("PingsFailed", pingsFailed);
      return counts;
    }
  }

  private boolean publishDue(LongSupplier millisLeft, Tally tally) {
    Wheel.@Nullable Cursor cursor = wheel.cursor();
    if (cursor != null && !turn.isCountedIn(cursor)) {
      // Tenants may lie in slots that nobody looks at any more: discover them again.
      wheel.putDiscovery(new Wheel.Discovery(0, null));
    }
    long now = clock.millis();
    long last = turn.last(now);
    long next = turn.first(cursor, now);
    while (next <= last) {
      if (millisLeft.getAsLong() < RESERVE_MILLIS) {
        tally.slotsLeft = last - next + 1;
        log.warn("tick stopped in time", ErrorCode.TIMEOUT.name(), "slotsLeft", tally.slotsLeft);
        return false;
      }
      long end = Math.min(last, next + CHUNK - 1);
      publish(next, end, millisLeft, tally);
      Wheel.Cursor passed = turn.cursor(end);
      if (!wheel.advance(cursor, passed)) {
        // Another warmer is at it, and it publishes first as well.
        log.info("another warmer was faster", "OVERTAKEN");
        return true;
      }
      tally.slots += end - next + 1;
      cursor = passed;
      next = end + 1;
    }
    return true;
  }

  private void publish(long first, long last, LongSupplier millisLeft, Tally tally) {
    List<Integer> slots = new ArrayList<>();
    for (long absolute = first; absolute <= last; absolute++) {
      slots.add(turn.slot(absolute));
    }
    List<List<Wheel.Member>> members = calls.map(slots, wheel::slot);
    List<Wheel.Member> due = withoutIdle(members.stream().flatMap(List::stream).toList(), tally);
    List<Event> events = pack(members, due).stream().map(this::event).toList();
    List<Event> left = send(events, millisLeft);
    for (int before = events.size();
        !left.isEmpty();
        before = left.size(), left = send(left, millisLeft)) {
      // A chunk can have more events than the bus takes at once. To fail it then would be to begin
      // it again with the next tick, and to come no further with that one either.
      if (left.size() == before || millisLeft.getAsLong() < RESERVE_MILLIS) {
        throw new KeepwarmException(
            ErrorCode.UNAVAILABLE, left.size() + " of " + events.size() + " events not accepted");
      }
    }
    tally.tenants += due.size();
  }

  /** Shares those who are due out over events. */
  private List<List<Wheel.Member>> pack(List<List<Wheel.Member>> slots, List<Wheel.Member> due) {
    if (!wholeSlots) {
      return Packing.of(due.stream().map(List::of).toList(), Events.TENANTS);
    }
    Set<Wheel.Member> isDue = new HashSet<>(due);
    return Packing.of(
        slots.stream().map(slot -> slot.stream().filter(isDue::contains).toList()).toList(),
        Events.MAX_TENANTS);
  }

  /** Sends each event once more or less, and returns which were not accepted. */
  private List<Event> send(List<Event> events, LongSupplier millisLeft) {
    List<List<Event>> requests = events.stream().gather(Gatherers.windowFixed(REQUEST)).toList();
    return calls.map(requests, request -> bus.publish(request, patience(millisLeft))).stream()
        .flatMap(List::stream)
        .toList();
  }

  /** A bus that does not answer must not cost the tick the time that it needs to say so. */
  private static Duration patience(LongSupplier millisLeft) {
    return Duration.ofMillis(Math.max(0, millisLeft.getAsLong() - RESERVE_MILLIS / 2));
  }

  private Event event(List<Wheel.Member> members) {
    long now = clock.millis();
    Map<String, Long> probe = new HashMap<>();
    for (Wheel.Member member : members) {
      Long since = member.unusedSince();
      if (since != null && idleness.of(member, now) == Idleness.State.ASKED) {
        probe.put(member.tenant(), since);
      }
    }
    return new Event.TenantsDue(members.stream().map(Wheel.Member::tenant).toList(), probe);
  }

  /** Takes who is idle off the wheel, and begins to watch who is new or was used. */
  private List<Wheel.Member> withoutIdle(List<Wheel.Member> members, Tally tally) {
    long now = clock.millis();
    List<Boolean> stays =
        calls.map(
            members,
            member ->
                switch (idleness.of(member, now)) {
                  case IGNORED, WATCHED, ASKED -> true;
                  case UNWATCHED -> {
                    wheel.watch(member.tenant(), now);
                    yield true;
                  }
                  case IDLE -> !wheel.leaveUnused(member);
                });
    List<Wheel.Member> due = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      if (stays.get(i)) {
        due.add(members.get(i));
      }
    }
    tally.left += members.size() - due.size();
    return due;
  }

  /** Enrols what the source has and nobody has told of. Goes on where the last tick stopped. */
  private boolean discover(LongSupplier millisLeft, Tally tally) {
    if (discoverEvery.isZero()) {
      return true;
    }
    long now = clock.millis();
    Wheel.@Nullable Discovery progress = wheel.discovery();
    long startedAt = now;
    String from = null;
    if (progress != null) {
      from = progress.from();
      if (from != null) {
        startedAt = progress.startedAt();
      } else if (now - progress.startedAt() < discoverEvery.toMillis()) {
        return true;
      }
    }
    do {
      if (millisLeft.getAsLong() < RESERVE_MILLIS) {
        return false;
      }
      Source.TenantPage page = source.tenants(from, DISCOVERY_PAGE);
      tally.discovered += enrol(page.tenants());
      from = page.next();
      wheel.putDiscovery(new Wheel.Discovery(startedAt, from));
    } while (from != null);
    return true;
  }

  private long enrol(List<String> tenants) {
    Set<String> unique = new LinkedHashSet<>(tenants);
    List<Boolean> added = calls.map(List.copyOf(unique), wheel::enrol);
    return added.stream().filter(isNew -> isNew).count();
  }
}
