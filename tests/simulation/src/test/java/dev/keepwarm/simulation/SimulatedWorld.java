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

/** What is true: the stores, the time, and what was promised to whom. */
final class SimulatedWorld {
  static final int SLOTS = 2;
  static final long TTL = 15 * 60_000L;
  static final long TURN = TTL / 3;
  static final long SLOT = TURN / SLOTS;
  static final long NEAR_TTL = 30_000;

  /** What does not change is sealed again every half of it. */
  static final long SEAL_LIFE = 4 * TTL;

  /** The decryptor's timeout, which the queues' visibility timeouts follow from. */
  static final long TIMEOUT = 60_000;

  /** How far reads lag at most that do not ask to be consistent. */
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

  /** Whose state an id in a record ever was. */
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
    // One Query has many pages, as that of a large tenant, in every other history.
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

  /** What the tables are in. */
  MemoryDynamoDb dynamoDb() {
    return dynamoDb;
  }

  /** What is in the cache table under an id; null if there is nothing. */
  @Nullable Entry entry(CredentialId id) {
    return table.read(id);
  }

  /** The wheel, where nothing fails. */
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

  /** The cache table deletes what its ttl allows. */
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

  /** Checks what a process has written: invariant 2, and that a tombstone holds nothing. */
  void written(
      Proc by,
      String table,
      Map<String, AttributeValue> before,
      Map<String, AttributeValue> after) {
    if (table.equals(DynamoTables.WHEEL) && after.isEmpty() && by.isWarmer()) {
      // Even if the warmer never learns of it.
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

  /** Operators put all dead letters back. */
  void redrive() {
    due.redrive();
    changes.redrive();
    urgent.redrive();
  }

  /** Somebody replays an event out of the archive. */
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

  /** A process is frozen, until everything answers at most. */
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

  /** A resolve could not enrol its tenant, or that seemed so. */
  void notEnrolled(String tenant) {
    notEnrolled.add(tenant);
  }

  /** A tenant was enrolled anew. */
  void enrolled(String tenant) {
    notEnrolled.remove(tenant);
  }

  /**
   * Whether an entry need not be warm: whoever has stored it could not tell the wheel, so that a
   * check takes it for what was sealed before. The next miss heals it.
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

  /** Which tenants a record asks about. */
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

  /** Ends the history. */
  Violation violation(String message) {
    Violation violation = new Violation(message);
    scheduler.fail(violation);
    return violation;
  }

  /** Somebody writes a value into the source. */
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
    if (truth.current != null) {
      truth.goneAt.put(truth.current.serial(), scheduler.now());
    }
    truth.current = null;
    narrowRevocations(truth, -1);
    source.delete(id);
    noteUse(id.tenant());
    log(() -> "source: " + id + " is gone");
  }

  /** Whether a tenant has to be on the wheel, since it has something that may be used. */
  private final Map<String, Tenant> tenants = new TreeMap<>();

  /** What is true of a tenant. */
  private static final class Tenant {
    /** When it last had nothing that may be used, or nobody used it. */
    long emptyAt = -1;

    /** What was announced of it since it has something. */
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

  /** A tenant may be off the wheel until somebody announces something of it. */
  void leftUnused(String tenant) {
    tenants.computeIfAbsent(tenant, unused -> new Tenant()).emptyAt = scheduler.now();
  }

  /** Checks that no tenant is off the wheel of which something may be used. */
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
   * Whether a reader may get no answer: the source has an older version than the table knows of or
   * awaits, or none; or clocks disagree on whether what is there may still be used.
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

  /** A resolve has answered with a value. */
  void resolved(String tenant) {
    if (!faulty) {
      resolved.add(tenant);
    }
  }

  /** Checks that whoever was resolved when everything answered is on the wheel. */
  void checkResolvedAreEnrolled() {
    for (String tenant : resolved) {
      if (hasUsable(tenant) && !enrolled().contains(tenant)) {
        throw violation("6: tenant " + tenant + " was resolved, and is not on the wheel");
      }
    }
  }

  /** How many credentials a tenant has had at the source all the time since then. */
  long atSourceSince(String tenant, long since) {
    return truths.entrySet().stream()
        .filter(e -> e.getKey().tenant().equals(tenant))
        .filter(e -> e.getValue().current != null && e.getValue().presentSince <= since)
        .count();
  }

  /** What is sealed in the tenant's entries. */
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
   * @param slack how long after an acknowledgement this reader may return what was before
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

  /** Sends a change: lost by its sender, twice, late, or as it should be. */
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

  /** Sends what makes tenants be refreshed, perhaps twice and late. */
  void warm(Event.TenantsDue event) {
    for (int copies = copies(); copies > 0; copies--) {
      due.send(published(event, null), delay());
    }
  }

  /** A reader says that a tenant is used. */
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
