package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Attributes;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.Readable;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.MemoryDynamoDb;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.Wheel;
import dev.keepwarm.engine.WheelSchema;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The true state: the stores, the time, and the guarantees that were given. */
final class SimulatedWorld {
  static final int SLOTS = 2;
  static final long TTL = 15 * 60_000L;
  static final long TURN = TTL / 3;
  static final long SLOT = TURN / SLOTS;
  static final long NEAR_TTL = 30_000;

  /** Unchanged entries are sealed again after half of this time. */
  static final long SEAL_LIFE = 4 * TTL;

  /** The decryptor's timeout, which determines the queues' visibility timeouts. */
  static final long TIMEOUT = 60_000;

  /** The most that eventually consistent reads lag. */
  private static final long MOST_LAG = 3_000;

  private final Random random;
  private final Scheduler scheduler;
  private final Plan plan;
  private final long start;
  private final MemoryDynamoDb dynamoDb;
  private final CacheTable table;
  private final Wheel wheel;
  private final MemorySource source = new MemorySource();
  private final MemoryKeys keys;
  private final Queue due = new Queue(this, "d", 6 * TIMEOUT);
  private final Queue changes = new Queue(this, "c", 2 * TIMEOUT);
  private final Queue urgent = new Queue(this, "u", 2 * TIMEOUT);
  private final List<Queue.Published> archive = new ArrayList<>();
  private final Set<String> resolved = new TreeSet<>();
  private final Set<String> notEnrolled = new TreeSet<>();

  /** By id in a record, the tenant whose state it names. */
  private final Map<SdkBytes, String> vouchIds = new HashMap<>();

  private final Set<Scheduler.Group> frozen = new LinkedHashSet<>();
  private final Map<CredentialId, Truth> truths = new TreeMap<>();
  private final PrintStream logs =
      new PrintStream(new Watched(), false, StandardCharsets.ISO_8859_1);
  private final List<String> timeline;
  private final boolean tells;
  private boolean faulty = true;
  private long serials;
  private long events;

  SimulatedWorld(long seed, Plan plan, @Nullable List<String> timeline) {
    this.random = new Random(seed);
    this.start = 1_800_000_000_000L + random.nextInt(1_000_000);
    this.scheduler = new Scheduler(random, start);
    this.plan = plan;
    this.dynamoDb = new MemoryDynamoDb(scheduler::now, () -> random.nextLong(MOST_LAG), MOST_LAG);
    DynamoTables.create(dynamoDb);
    // In every other history, a Query has many pages, like that of a large tenant.
    dynamoDb.pageSize(random.nextBoolean() ? 1 : 100);
    this.table = new DynamoCacheTable(dynamoDb, DynamoTables.CACHE);
    this.wheel = new DynamoWheel(dynamoDb, DynamoTables.WHEEL, SLOTS);
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

  /** The database of the tables. */
  MemoryDynamoDb dynamoDb() {
    return dynamoDb;
  }

  /** The entry in the cache table; null if there is none. */
  @Nullable Entry entry(CredentialId id) {
    return table.read(id);
  }

  /** The wheel without faults. */
  Wheel wheel() {
    return wheel;
  }

  /** The tenants on the wheel. */
  List<String> enrolled() {
    List<String> tenants = new ArrayList<>();
    for (Map<String, AttributeValue> item : dynamoDb.items(DynamoTables.WHEEL)) {
      if (!item.get(WheelSchema.SLOT).n().startsWith("-")) {
        tenants.add(item.get(WheelSchema.TENANT).s());
      }
    }
    return tenants;
  }

  /** Deletes expired items of the cache table. */
  void sweep() {
    dynamoDb.deleteExpired(DynamoTables.CACHE, EntrySchema.TTL, scheduler.now());
  }

  /** The part of an item that is its key. */
  Map<String, AttributeValue> key(String table, Map<String, AttributeValue> item) {
    List<String> names =
        table.equals(DynamoTables.CACHE)
            ? List.of(EntrySchema.TENANT, EntrySchema.NAME)
            : List.of(WheelSchema.SLOT, WheelSchema.TENANT);
    return Map.of(
        names.getFirst(), item.get(names.getFirst()), names.getLast(), item.get(names.getLast()));
  }

  /** The item of a key as it is now, empty if there is none. */
  Map<String, AttributeValue> item(String table, Map<String, AttributeValue> key) {
    Map<String, AttributeValue> item = dynamoDb.item(table, key);
    return item == null ? Map.of() : item;
  }

  /** Checks a write of a process: invariant 2, and that a tombstone holds no value. */
  void written(
      Proc by,
      String table,
      Map<String, AttributeValue> before,
      Map<String, AttributeValue> after) {
    if (table.equals(DynamoTables.WHEEL) && after.isEmpty() && by.isWarmer()) {
      // This counts even if the warmer never gets the answer.
      AttributeValue tenant = before.get(WheelSchema.TENANT);
      if (tenant != null) {
        leftUnused(tenant.s());
      }
    }
    if (!table.equals(DynamoTables.CACHE) || after.isEmpty() || after.equals(before)) {
      return;
    }
    if (FreshnessRecord.isRecord(after)) {
      log(() -> by.name() + ": writes the record " + after.get(EntrySchema.TENANT).s());
      return;
    }
    Entry now = EntrySchema.fromItem(after);
    log(() -> by.name() + ": writes " + text(now));
    if (now.sealed() != null
        && !Objects.equals(after.get(EntrySchema.SEALED), before.get(EntrySchema.SEALED))) {
      truth(now.id()).storedAt.put(now.sealed().version(), scheduler.now());
      if (now.sealed().vouching() != null) {
        vouchIds.put(now.sealed().vouching().id(), now.id().tenant());
      }
    }
    if (now.state() == EntryState.INVALID && after.containsKey("sealed")) {
      throw violation("the tombstone of " + now.id() + " still holds a value");
    }
    if (before.isEmpty()) {
      return;
    }
    Entry was = EntrySchema.fromItem(before);
    if (was.fence() == now.fence()
        && was.version() != null
        && now.version() != null
        && now.version() < was.version()) {
      throw violation(
          "2: %s goes from version %d to %d".formatted(now.id(), was.version(), now.version()));
    }
    if (now.fence() < was.fence()) {
      throw violation("the fence of " + now.id() + " goes down");
    }
  }

  static String text(@Nullable Entry entry) {
    return entry == null
        ? "nothing"
        : "%s %s fence %d version %s%s%s"
            .formatted(
                entry.id(),
                entry.state(),
                entry.fence(),
                entry.version(),
                entry.revocation() == null ? "" : " revoked " + entry.revocation().version(),
                entry.filling() == null ? "" : " leased by " + entry.filling().by());
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

  Queue urgent() {
    return urgent;
  }

  /** Redrives all dead letters, as operators do. */
  void redrive() {
    due.redrive();
    changes.redrive();
    urgent.redrive();
  }

  /** Replays an event from the archive. */
  void replay(int which) {
    if (!archive.isEmpty()) {
      Queue.Published published = archive.get(Math.floorMod(which, archive.size()));
      log(() -> "replayed: " + text(published.event()));
      queue(published.event()).send(published, delay());
    }
  }

  private Queue queue(Event event) {
    return event instanceof Event.Revoked ? urgent : changes;
  }

  /** Records a frozen process, which thaws when the faults end at the latest. */
  void frozen(Scheduler.Group group) {
    frozen.add(group);
  }

  /** When the history began, in true time. */
  long start() {
    return start;
  }

  /** Whether the decryptor writes freshness records. */
  boolean vouching() {
    return plan.vouching();
  }

  /** Records that a resolve could not enrol its tenant, or so it seemed. */
  void notEnrolled(String tenant) {
    notEnrolled.add(tenant);
  }

  /** Records that a tenant was enrolled. */
  void enrolled(String tenant) {
    notEnrolled.remove(tenant);
  }

  /**
   * Whether an entry need not be warm: the resolve that stored it could not enrol the tenant, so
   * the next check takes it for an older vouchable entry. The next miss repairs it.
   */
  boolean mayLapse(Entry entry) {
    return vouching()
        && entry.sealed() != null
        && entry.sealed().vouching() == null
        && notEnrolled.contains(entry.id().tenant());
  }

  /** Whether a reader may use an entry at a time of its clock, if it reads its record. */
  boolean isWarm(Entry entry, long now) {
    SealedCredential sealed = entry.sealed();
    return entry.isWarm(now)
        || (entry.state() == EntryState.READY
            && sealed != null
            && Readable.isVouchedFor(sealed, this::record, now));
  }

  /** The tenants with a probe in a record. */
  void asked(FreshnessRecord record, BiConsumer<String, Long> each) {
    record
        .named()
        .forEach((id, since) -> {
          String tenant = vouchIds.get(id);
          if (tenant != null && since >= 0) {
            each.accept(tenant, since);
          }
        });
  }

  private @Nullable SdkBytes record(int slot) {
    return Attributes.bytes(
        item(DynamoTables.CACHE, FreshnessRecord.key(slot)), FreshnessRecord.RECORD);
  }

  /** How long a tenant may be unused before it leaves the wheel; 0 for ever. */
  long idleAfter() {
    return plan.idleAfter();
  }

  /** The log of all processes. */
  PrintStream logs() {
    return logs;
  }

  /** Whether faults may still happen. */
  boolean faulty() {
    return faulty;
  }

  /** Whether calls fail and processes stop. */
  boolean noisy() {
    return faulty && plan.noisy();
  }

  /** The current trouble of {@code on}; null if it works. */
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
    frozen.forEach(scheduler::thaw);
    redrive();
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

  /** Ends the history with a violation. */
  Violation violation(String message) {
    Violation violation = new Violation(message);
    scheduler.fail(violation);
    return violation;
  }

  /** Writes a value into the source. */
  void write(CredentialId id, long version, boolean decodable) {
    Truth.Written written = new Truth.Written(++serials, version, decodable, scheduler.now());
    Truth truth = truth(id);
    truth.written.add(written);
    if (truth.current == null) {
      truth.presentSince = scheduler.now();
    } else {
      truth.goneAt.put(truth.current.serial(), scheduler.now());
    }
    truth.current = written;
    truth.greatest = Math.max(truth.greatest, version);
    narrowRevocations(truth, version);
    source.put(
        new SourceRow.Original(
            id, "profile", (decodable ? "" : "broken ") + written.plaintext(id), version));
    // A revoked version may come back, for instance by a rollback.
    noteUse(id.tenant());
    log(() ->
        "source: "
            + id
            + " is now version "
            + version
            + ", value "
            + written.serial()
            + (decodable ? "" : ", which does not decode"));
  }

  /** Deletes a row of the source. */
  void delete(CredentialId id) {
    Truth truth = truth(id);
    if (truth.current != null) {
      truth.goneAt.put(truth.current.serial(), scheduler.now());
    }
    truth.current = null;
    narrowRevocations(truth, -1);
    source.delete(id);
    noteUse(id.tenant());
    log(() -> "source: " + id + " is gone");
  }

  /** The tenants that may have to be on the wheel, because they have something usable. */
  private final Map<String, Tenant> tenants = new TreeMap<>();

  /** The true state of a tenant. */
  private static final class Tenant {
    /** When it last had nothing usable, or left the wheel because it was unused. */
    long emptyAt = -1;

    /** The changes that were announced since it has something usable. */
    final List<Announced> announced = new ArrayList<>();
  }

  private record Announced(long at, Promise promise) {}

  private void noteUse(String tenant) {
    if (!hasUsable(tenant)) {
      leftUnused(tenant);
    }
  }

  private boolean hasUsable(String tenant) {
    return truths.entrySet().stream()
        .anyMatch(e -> e.getKey().tenant().equals(tenant) && e.getValue().isUsable());
  }

  /** Records that an unused tenant left the wheel. It may stay off until the next announcement. */
  void leftUnused(String tenant) {
    tenants.computeIfAbsent(tenant, unused -> new Tenant()).emptyAt = scheduler.now();
  }

  /** Checks that all tenants with something usable are on the wheel. */
  void checkEnrolled() {
    List<String> enrolled = enrolled();
    for (String tenant : Set.of("a", "b")) {
      noteUse(tenant);
      Tenant known = tenants.getOrDefault(tenant, new Tenant());
      boolean announced =
          known.emptyAt < 0
              || known.announced.stream()
                  .anyMatch(a -> a.at() > known.emptyAt && a.promise().isKept(scheduler.now()));
      if (announced && known.emptyAt < scheduler.now() && !enrolled.contains(tenant)) {
        throw violation("6: tenant " + tenant + " is not on the wheel any more");
      }
    }
  }

  /**
   * Whether a reader may get no answer: the source has no version, or an older one than the table
   * has seen or awaits, or clocks disagree on whether the entry may still be used.
   */
  boolean mayLackAnswer(CredentialId id) {
    Entry there = entry(id);
    Truth.Written current = truth(id).current;
    if (there == null) {
      return false;
    }
    boolean isBehind =
        isAfter(there.version(), current) || isAfter(there.evidence().announced(), current);
    return isBehind
        || (there.sealed() != null
            && Math.abs(there.sealed().hardExpiresAt() - scheduler.now()) < 2 * Proc.MOST_SKEW);
  }

  private static boolean isAfter(@Nullable Long version, Truth.@Nullable Written current) {
    return version != null && (current == null || current.version() < version);
  }

  /** Records that a resolve has answered with a value. */
  void resolved(String tenant) {
    if (!faulty) {
      resolved.add(tenant);
    }
  }

  /** Checks that all tenants that were resolved after the faults had ended are on the wheel. */
  void checkResolvedAreEnrolled() {
    for (String tenant : resolved) {
      if (hasUsable(tenant) && !enrolled().contains(tenant)) {
        throw violation("6: tenant " + tenant + " was resolved, and is not on the wheel");
      }
    }
  }

  /** How many credentials of a tenant have been in the source without a gap since then. */
  long atSourceSince(String tenant, long since) {
    return truths.entrySet().stream()
        .filter(e -> e.getKey().tenant().equals(tenant))
        .filter(e -> e.getValue().current != null && e.getValue().presentSince <= since)
        .count();
  }

  /** The sealed credentials of the tenant's entries. */
  Set<SealedCredential> sealed(String tenant) {
    Set<SealedCredential> sealed = new HashSet<>();
    for (Entry entry : table.readItems(tenant).entries()) {
      if (entry.sealed() != null) {
        sealed.add(entry.sealed());
      }
    }
    return sealed;
  }

  /** The tenant's entries that a reader can use at that time of its clock. */
  List<Entry> warm(String tenant, long now) {
    return table.readItems(tenant).entries().stream().filter(e -> e.isWarm(now)).toList();
  }

  /** Narrows revocations without a version to the version that the source has when processed. */
  private void narrowRevocations(Truth truth, long version) {
    for (Promise.Part part : truth.promises) {
      if (!part.told && part.acknowledgedAt > scheduler.now()) {
        part.revokedVersion = Math.min(part.revokedVersion, version);
      }
    }
  }

  /** The guarantee for the sender of a change that is sent now, once it is acknowledged. */
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
              truth.revocations.add(new Truth.Revoked(version, scheduler.now()));
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
   * @param slack how long after an acknowledgement this reader may return the earlier value
   */
  void check(String reader, CredentialId id, String plaintext, long begunAt, long slack) {
    Truth truth = truth(id);
    Truth.Written value = truth.find(id, plaintext);
    if (value == null) {
      throw violation("5: " + reader + " got what never was a value of " + id);
    }
    long lastSeen = truth.lastSeen(value, scheduler.now());
    if (vouching() && lastSeen < begunAt - TTL - slack - 2 * Proc.MOST_SKEW) {
      throw violation(
          "7: %s got version %d of %s, which the source last had, or somebody sealed, %d s before"
              .formatted(reader, value.version(), id, (begunAt - lastSeen) / 1000));
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

  /** Sends a change. It may be lost by its sender, sent twice or be late. */
  void send(Event.Change change) {
    checkNoSecret("an event", Events.detail(change));
    if (noisy() && random.nextInt(10) == 0) {
      log(() -> "lost by its sender: " + text(change));
      return;
    }
    Queue.Published published = published(change, promise(change));
    archive.add(published);
    if (!(change instanceof Event.Revoked) && published.promise() != null) {
      tenants
          .computeIfAbsent(change.tenant(), unused -> new Tenant())
          .announced
          .add(new Announced(scheduler.now(), published.promise()));
    }
    noteUse(change.tenant());
    for (int copies = copies(); copies > 0; copies--) {
      long delay = delay();
      queue(change).send(published, delay);
      log(() -> "sent: " + text(change) + ", arrives in " + delay + " ms");
    }
  }

  /** Sends an event that causes refreshes of tenants, perhaps twice and late. */
  void warm(Event.TenantsDue event) {
    for (int copies = copies(); copies > 0; copies--) {
      due.send(published(event, null), delay());
    }
  }

  /** Sends a reader's report that a tenant is used. */
  void used(Event.Used event) {
    log(() -> "sent: " + text(event));
    for (int copies = copies(); copies > 0; copies--) {
      due.send(published(event, null), delay());
    }
  }

  private Queue.Published published(Event event, @Nullable Promise promise) {
    return new Queue.Published(event, "e" + ++events, scheduler.now(), promise);
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

  /** Checks that a text outside the processes holds no secret. */
  void checkNoSecret(String where, @Nullable String text) {
    if (text != null && text.contains(Truth.CANARY)) {
      throw violation("5: there is content in " + where);
    }
  }

  /** The destination of log lines. It checks that they hold no content. */
  private final class Watched extends OutputStream {
    @Override
    public void write(int b) {}

    @Override
    public void write(byte[] bytes, int offset, int length) {
      checkNoSecret("a log line", new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
    }
  }
}
