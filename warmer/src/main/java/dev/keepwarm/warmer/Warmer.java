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
 * Publishes which tenants are due. Thread-safe. If several warmers run at a time, some events are
 * published twice.
 *
 * <p>A tick reads the slots that have begun since the cursor, a chunk at a time, and publishes
 * their tenants. Only then does it move the cursor past the chunk, by a conditional write. If it
 * stops in between, the next tick publishes that chunk again. A duplicate event only causes a
 * refresh that finds nothing due, but after a missing event a tenant would go cold. The cost of a
 * tick depends on the due slots and their tenants, not on the total number of tenants.
 */
public final class Warmer {
  /** How many slots are read, published and passed together. */
  static final int CHUNK = Sizing.CHUNK;

  /** How many events go into one request to the bus. */
  static final int REQUEST = 10;

  /** How many tenants a page of the discovery has. */
  static final int DISCOVERY_PAGE = 1000;

  /**
   * How long a warm-up request keeps an instance of the resolver busy, so that the others reach
   * other instances. It is longer than Lambda takes to distribute requests that are sent at the
   * same time.
   */
  static final long HOLD_MILLIS = 100;

  /** The time that a tick keeps in reserve: longer than a chunk takes. */
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
   * The warmer's dependencies.
   *
   * @param resolvers keeps instances of the resolver warm; unused if none is to be kept warm
   * @param calls runs requests concurrently
   * @param log receives log lines and metrics
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
   * @param idleAfter how long a tenant may be unused before it leaves the wheel; zero for ever
   * @param wholeSlots whether a slot's tenants stay together in one event, up to the size limit of
   *     an event. Then the decryptor can write one freshness record for all of them
   * @param resolversKept how many instances of the resolver are kept warm. Each tick sends that
   *     many requests at once, so that they reach different instances
   */
  public record Plan(
      int slots,
      long slotMillis,
      Duration discoverEvery,
      Duration idleAfter,
      boolean wholeSlots,
      int resolversKept) {
    /**
     * Only turns the wheel: no tenant is discovered, none leaves, an event has a few tenants of any
     * slots, and no resolver is kept warm.
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
   * The result of a tick.
   *
   * @param slots how many slots were published and passed
   * @param tenants how many tenants' events were accepted
   * @param discovered how many tenants were newly enrolled
   * @param complete whether nothing due is left for the next tick
   */
  public record Tick(long slots, long tenants, long discovered, boolean complete) {}

  /**
   * Runs one tick.
   *
   * @param millisLeft how long this invocation may still run; when little time is left the tick
   *     stops, and the next one continues
   * @throws KeepwarmException if the wheel or the bus does not answer; events that were published
   *     stay published
   */
  public Tick tick(LongSupplier millisLeft) {
    Tally tally = new Tally();
    try {
      List<Runnable> besides =
          resolversKept == 0 ? List.of() : List.of(() -> keepResolversWarm(tally));
      return calls.beside(() -> turn(millisLeft, tally), besides);
    } catch (RuntimeException e) {
      // Lambda reports only that the invocation failed, not why.
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

  /** Never throws: a cold resolver only delays a miss, and must not stop the wheel. */
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

  /** The counts of the tick in progress. */
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
      // Some tenants may be in slots that are not read any more: discover them again.
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
        // Another warmer is running. It also publishes before it moves the cursor.
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
      // A chunk can have more events than the bus accepts at once. If the tick failed then, the
      // next one would start the same chunk again and fail in the same way.
      if (left.size() == before || millisLeft.getAsLong() < RESERVE_MILLIS) {
        throw new KeepwarmException(
            ErrorCode.UNAVAILABLE, left.size() + " of " + events.size() + " events not accepted");
      }
    }
    tally.tenants += due.size();
  }

  /** Distributes the due tenants over events. */
  private List<List<Wheel.Member>> pack(List<List<Wheel.Member>> slots, List<Wheel.Member> due) {
    if (!wholeSlots) {
      return Packing.of(due.stream().map(List::of).toList(), Events.TENANTS);
    }
    Set<Wheel.Member> isDue = new HashSet<>(due);
    return Packing.of(
        slots.stream().map(slot -> slot.stream().filter(isDue::contains).toList()).toList(),
        Events.MAX_TENANTS);
  }

  /** Sends each event about once, and returns those that were not accepted. */
  private List<Event> send(List<Event> events, LongSupplier millisLeft) {
    List<List<Event>> requests = events.stream().gather(Gatherers.windowFixed(REQUEST)).toList();
    return calls.map(requests, request -> bus.publish(request, patience(millisLeft))).stream()
        .flatMap(List::stream)
        .toList();
  }

  /** How long to wait for the bus: the tick must have time left to report a bus that is down. */
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

  /** Takes idle tenants off the wheel, and starts to watch those that are new or were used. */
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

  /**
   * Enrols tenants of the source that are not on the wheel. Continues where the last tick stopped.
   */
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
