package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Event;
import dev.keepwarm.core.Events;
import dev.keepwarm.core.MemoryCacheTable;
import dev.keepwarm.core.MemoryKeys;
import dev.keepwarm.core.MemorySource;
import dev.keepwarm.core.MemoryWheel;
import dev.keepwarm.core.SourceRow;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is true: the stores, the time, and what was promised to whom. */
final class World {
  static final int SLOTS = 2;
  static final long TTL = 15 * 60_000L;
  static final long TURN = TTL / 3;
  static final long SLOT = TURN / SLOTS;
  static final long NEAR_TTL = 30_000;

  private final Random random;
  private final Scheduler scheduler;
  private final Plan plan;
  private final Mutation mutation;
  private final long start;
  private final MemoryCacheTable table = new MemoryCacheTable();
  private final MemoryWheel wheel = new MemoryWheel(SLOTS);
  private final MemorySource source = new MemorySource();
  private final MemoryKeys keys;
  private final Queue due = new Queue(this, "d");
  private final Queue changes = new Queue(this, "c");
  private final Map<CredentialId, Truth> truths = new TreeMap<>();
  private final PrintStream logs =
      new PrintStream(new Watched(), false, StandardCharsets.ISO_8859_1);
  private final List<String> timeline;
  private final boolean tells;
  private boolean faulty = true;
  private long serials;
  private long events;

  World(long seed, Plan plan, Mutation mutation, @Nullable List<String> timeline) {
    this.random = new Random(seed);
    this.start = 1_800_000_000_000L + random.nextInt(1_000_000);
    this.scheduler = new Scheduler(random, start);
    this.plan = plan;
    this.mutation = mutation;
    this.keys = new MemoryKeys(new Random(seed));
    this.tells = timeline != null;
    this.timeline = timeline == null ? List.of() : timeline;
  }

  Random random() {
    return random;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  Mutation mutation() {
    return mutation;
  }

  MemoryCacheTable table() {
    return table;
  }

  MemoryWheel wheel() {
    return wheel;
  }

  MemorySource source() {
    return source;
  }

  MemoryKeys keys() {
    return keys;
  }

  Queue due() {
    return due;
  }

  Queue changes() {
    return changes;
  }

  /** When the history began, in true time. */
  long start() {
    return start;
  }

  /** After how long a tenant that nobody uses leaves the wheel; 0 if never. */
  long idleAfter() {
    return plan.idleAfter();
  }

  /** Where everybody's log lines go. */
  PrintStream logs() {
    return logs;
  }

  /** Whether not everything answers yet. */
  boolean faulty() {
    return faulty;
  }

  /** Whether calls fail and processes stop. */
  boolean noisy() {
    return faulty && plan.noisy();
  }

  /** What is the matter with {@code on} now; null if nothing. */
  Trouble.@Nullable Kind trouble(Dependency on) {
    if (faulty) {
      for (Trouble trouble : plan.troubles()) {
        if (trouble.on() == on && trouble.isAt(scheduler.now() - start)) {
          return trouble.kind();
        }
      }
    }
    return null;
  }

  void heal() {
    faulty = false;
    log(() -> "--- from here on everything answers");
  }

  Map<CredentialId, Truth> truths() {
    return truths;
  }

  Truth truth(CredentialId id) {
    return truths.computeIfAbsent(id, unused -> new Truth());
  }

  void log(Supplier<String> line) {
    if (tells) {
      timeline.add("%10.3f  %s".formatted((scheduler.now() - start) / 1000.0, line.get()));
    }
  }

  /** Ends the history. */
  Violation violation(String message) {
    Violation violation = new Violation(message);
    scheduler.fail(violation);
    return violation;
  }

  /** Somebody writes a value into the source. */
  void write(CredentialId id, long version, boolean decodable) {
    Truth.Written written = new Truth.Written(++serials, version, decodable);
    Truth truth = truth(id);
    truth.written.add(written);
    truth.current = written;
    truth.greatest = Math.max(truth.greatest, version);
    narrowRevocations(truth, version);
    source.put(
        new SourceRow.Original(
            id, "profile", (decodable ? "" : "broken ") + written.plaintext(id), version));
    log(() ->
        "source: "
            + id
            + " is now version "
            + version
            + ", value "
            + written.serial()
            + (decodable ? "" : ", which does not decode"));
  }

  /** Somebody deletes a row of the source. */
  void delete(CredentialId id) {
    Truth truth = truth(id);
    truth.current = null;
    narrowRevocations(truth, -1);
    source.delete(id);
    log(() -> "source: " + id + " is gone");
  }

  /** A revocation without a version is about what the source has when it is processed. */
  private void narrowRevocations(Truth truth, long version) {
    for (Promise.Part part : truth.promises) {
      if (!part.told && part.acknowledgedAt > scheduler.now()) {
        part.revokedVersion = Math.min(part.revokedVersion, version);
      }
    }
  }

  /** What the sender of a change that is sent now may rely on once it is acknowledged. */
  Promise promise(Event.Change change) {
    Promise promise = new Promise();
    for (Map.Entry<CredentialId, Truth> entry : truths.entrySet()) {
      CredentialId id = entry.getKey();
      if (!id.tenant().equals(change.tenant())
          || (change.name() != null && !change.name().equals(id.name()))) {
        continue;
      }
      Truth truth = entry.getValue();
      Truth.Written current = truth.current;
      Long version = change.version();
      Promise.Part part =
          switch (change) {
            case Event.Revoked revoked -> {
              long atLeast = version != null ? version : current == null ? -1 : current.version();
              // Without a version it is whatever the source has when it is processed.
              truth.revokedAtMost =
                  Math.max(truth.revokedAtMost, version != null ? version : Long.MAX_VALUE);
              yield new Promise.Part(
                  0, atLeast, version != null ? Long.MAX_VALUE : serials, version != null);
            }
            default ->
                new Promise.Part(
                    current == null ? serials + 1 : current.serial(), -1, Long.MAX_VALUE, true);
          };
      truth.promises.add(part);
      promise.add(part);
    }
    return promise;
  }

  /**
   * Checks what a reader returned.
   *
   * @param begunAt when the read began, in true time
   * @param slack how long after an acknowledgement this reader may return what was before
   */
  void check(String reader, CredentialId id, String plaintext, long begunAt, long slack) {
    Truth truth = truth(id);
    Truth.Written value = truth.find(id, plaintext);
    if (value == null) {
      throw violation("5: " + reader + " got what never was a value of " + id);
    }
    for (Promise.Part part : truth.promises) {
      if (part.acknowledgedAt <= begunAt - slack) {
        if (value.serial() < part.oldestSerial) {
          throw violation(
              "%d: %s got value %d of %s; a change that was acknowledged promised %d or later"
                  .formatted(slack == 0 ? 1 : 4, reader, value.serial(), id, part.oldestSerial));
        }
        if (value.version() <= part.revokedVersion && value.serial() <= part.lastSerial) {
          throw violation(
              "%d: %s got version %d of %s, which was revoked"
                  .formatted(slack == 0 ? 1 : 4, reader, value.version(), id));
        }
      }
    }
  }

  /** Sends a change: lost by its sender, twice, late, or as it should be. */
  void send(Event.Change change) {
    checkNoSecret("an event", Events.detail(change));
    if (noisy() && random.nextInt(10) == 0) {
      log(() -> "lost by its sender: " + text(change));
      return;
    }
    Promise promise = promise(change);
    String eventId = "e" + ++events;
    for (int copies = copies(); copies > 0; copies--) {
      long delay = delay();
      changes.send(change, eventId, promise, delay);
      log(() -> "sent: " + text(change) + ", arrives in " + delay + " ms");
    }
  }

  /** Sends what makes tenants be refreshed, perhaps twice and late. */
  void warm(Event.TenantsDue event) {
    for (int copies = copies(); copies > 0; copies--) {
      due.send(event, "e" + ++events, null, delay());
    }
  }

  /** A reader says that a tenant is used. */
  void used(Event.Used event) {
    log(() -> "sent: " + text(event));
    for (int copies = copies(); copies > 0; copies--) {
      due.send(event, "e" + ++events, null, delay());
    }
  }

  static String text(Event event) {
    return Events.detailType(event) + " " + Events.detail(event);
  }

  private int copies() {
    return noisy() && random.nextInt(6) == 0 ? 2 : 1;
  }

  private long delay() {
    return switch (noisy() ? random.nextInt(20) : 20) {
      case 0 -> random.nextInt(3 * 3_600_000);
      case 1, 2, 3 -> random.nextInt(60_000);
      default -> random.nextInt(1_000);
    };
  }

  /** Checks a text that somebody else can read. */
  void checkNoSecret(String where, @Nullable String text) {
    if (text != null && text.contains(Truth.CANARY)) {
      throw violation("5: there is content in " + where);
    }
  }

  /** Where log lines end, which must not hold content. */
  private final class Watched extends OutputStream {
    @Override
    public void write(int b) {}

    @Override
    public void write(byte[] bytes, int offset, int length) {
      checkNoSecret("a log line", new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
    }
  }
}
