package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.engine.Wheel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A sample of the wheel and of its tenants' entries. Each step reads a bounded number of both, and
 * the steps go round the wheel. So a small wheel is soon known completely, and a large one as a
 * sample that is spread over all slots. Not thread-safe.
 */
final class WheelSample {
  /** How many slots and tenants are read in one step, together. */
  static final int READS = 64;

  /** The most slots that are read together. */
  private static final int GROUP = 8;

  /** How many tenants of one slot are read. */
  static final int TENANTS_A_SLOT = 25;

  /** How many slots are remembered. */
  static final int SLOTS = 1024;

  /** The most parts of the ring that is shown. */
  static final int PARTS = 96;

  /** For how many changes the time when they were stored is remembered. */
  private static final int REMEMBERED = 10_000;

  /** The most changes and tenants that are named. */
  private static final int NAMED = 50;

  private final Ports ports;
  private final int slots;

  /** Coprime to the number of slots and about the golden section of it: the steps spread evenly. */
  private final int stride;

  private final Map<Integer, Slot> seen = new TreeMap<>();

  /** When the outcomes of changes were first seen in the table; the changes seen last. */
  private final Map<Key, Long> stored =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Long> eldest) {
          return size() > REMEMBERED;
        }
      };

  private int next;
  private int turn;

  /**
   * The state of a slot when it was last read.
   *
   * @param at when, in milliseconds since the epoch
   * @param members how many tenants are in it
   * @param idle how many of them were unused for so long that readers are asked to report them
   * @param looks the tenants that were read
   */
  private record Slot(long at, int members, int idle, List<Look> looks) {}

  /**
   * The state of a tenant when it was last read.
   *
   * @param traits null if it has no entries
   */
  private record Look(
      String tenant,
      EntryCount count,
      @Nullable Set<EntryCount.Trait> traits,
      List<Recent> recent) {
    boolean isBare() {
      return traits == null;
    }

    boolean isCold() {
      return traits == null || traits.contains(EntryCount.Trait.COLD);
    }

    boolean isFailing() {
      return traits != null && traits.contains(EntryCount.Trait.FAILING);
    }

    boolean isOverdue() {
      return traits != null && traits.contains(EntryCount.Trait.OVERDUE);
    }

    /** Whether there is nothing to report about it. */
    boolean isFine() {
      return traits != null && traits.isEmpty();
    }
  }

  /**
   * A recent event of a credential, according to its entry.
   *
   * @param what {@code rotated}, {@code revoked}, {@code unrevoked} or {@code failed}
   * @param storedBy the latest time at which its result was stored in the cache table, in
   *     milliseconds since the epoch; null if it is not stored yet, or if there is nothing to store
   */
  private record Recent(
      long at,
      String what,
      String tenant,
      String name,
      @Nullable Long version,
      @Nullable Long storedBy) {}

  /** One change of one credential. */
  private record Key(String tenant, String name, String what, long at) {}

  WheelSample(Ports ports) {
    this.ports = ports;
    this.slots = ports.settings().slots();
    this.stride = stride(slots);
  }

  static int stride(int slots) {
    int stride = Math.max(1, (int) Math.round(slots * 0.618));
    while (gcd(stride, slots) != 1) {
      stride++;
    }
    return stride;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /**
   * Reads the next slots.
   *
   * @throws dev.keepwarm.core.KeepwarmException if one of the tables does not answer; the results
   *     of earlier steps stay
   */
  void step() {
    int budget = READS;
    // At most one turn: a small wheel need not be read twice in a step.
    int read = 0;
    while (read < slots && budget > 0) {
      int group = Math.min(group(budget), slots - read);
      List<Integer> numbers = new ArrayList<>();
      for (int i = 0; i < group; i++) {
        numbers.add((int) ((long) (next + i) * stride % slots));
      }
      budget -= look(numbers);
      read += group;
      turn += next + group >= slots ? 1 : 0;
      next = (next + group) % slots;
    }
  }

  /** How many slots to read together, so that reading their tenants about uses up the budget. */
  private int group(int budget) {
    long members = seen.values().stream().mapToLong(Slot::members).sum();
    double average = seen.isEmpty() ? TENANTS_A_SLOT : (double) members / seen.size();
    return Math.clamp((long) (budget / (1 + Math.min(TENANTS_A_SLOT, average))), 1, GROUP);
  }

  /** Reads slots and some of their tenants; returns the number of requests. */
  private int look(List<Integer> numbers) {
    List<List<Wheel.Member>> members = ports.calls().map(numbers, ports.wheel()::slot);
    List<List<String>> chosen = members.stream().map(this::choose).toList();
    List<String> tenants = chosen.stream().flatMap(List::stream).toList();
    Map<String, Look> looks = looks(tenants);
    long now = ports.clock().millis();
    for (int i = 0; i < numbers.size(); i++) {
      remember(
          numbers.get(i),
          new Slot(
              now,
              members.get(i).size(),
              (int) members.get(i).stream().filter(member -> isIdle(member, now)).count(),
              chosen.get(i).stream().map(looks::get).toList()));
    }
    return numbers.size() + tenants.size();
  }

  /** Whether half of the time is over after which an unused tenant leaves the wheel. */
  private boolean isIdle(Wheel.Member member, long now) {
    Long since = member.unusedSince();
    long idleAfter = ports.settings().idleAfter().toMillis();
    return idleAfter > 0 && since != null && now - since >= idleAfter / 2;
  }

  /** The tenants to read. If there are too many, each turn reads different ones. */
  private List<String> choose(List<Wheel.Member> members) {
    List<String> some = new ArrayList<>();
    int count = Math.min(TENANTS_A_SLOT, members.size());
    for (int i = 0; i < count; i++) {
      some.add(members.get((int) (((long) turn * TENANTS_A_SLOT + i) % members.size())).tenant());
    }
    return some;
  }

  private Map<String, Look> looks(List<String> tenants) {
    List<EntryTable.TenantItems> items = ports.calls().map(tenants, ports.cache()::readItems);
    FreshRecords records = new FreshRecords(ports.cache(), ports.clock().millis());
    Map<String, Look> looks = new LinkedHashMap<>();
    for (int i = 0; i < tenants.size(); i++) {
      List<Recent> recent = new ArrayList<>();
      items.get(i).entries().forEach(entry -> addRecent(entry, recent));
      String tenant = tenants.get(i);
      EntryCount count = EntryCount.of(items.get(i), records);
      looks.put(tenant, new Look(tenant, count, count.traits(tenant), recent));
    }
    return looks;
  }

  private void addRecent(Entry entry, List<Recent> recent) {
    Long newSince = entry.evidence().newSince();
    if (newSince != null && entry.evidence().event() != null) {
      SealedCredential sealed = entry.sealed();
      recent.add(
          recent(
              newSince,
              "rotated",
              entry.id(),
              entry.version(),
              sealed == null ? null : sealed.sealedAt()));
    }
    Revocation revocation = entry.revocation();
    if (revocation != null && revocation.isLifted() && revocation.unrevokedFor() != null) {
      recent.add(
          recent(revocation.unrevokedFor(), "unrevoked", entry.id(), null, entry.writtenAt()));
    } else if (revocation != null) {
      recent.add(
          recent(
              revocation.at(),
              "revoked",
              entry.id(),
              revocation.isPending() ? null : revocation.version(),
              revocation.at()));
    }
    if (entry.failure() != null && entry.writtenAt() != null) {
      recent.add(
          new Recent(
              entry.writtenAt(),
              "failed",
              entry.id().tenant(),
              entry.id().name(),
              entry.version(),
              null));
    }
  }

  /**
   * A change with a result to store.
   *
   * @param writtenAt when the stored result was written; null if it is not stored. Refreshes write
   *     it again, so the earliest time that was seen counts
   */
  private Recent recent(
      long at, String what, CredentialId id, @Nullable Long version, @Nullable Long writtenAt) {
    Long storedBy =
        writtenAt == null
            ? null
            : stored.merge(
                new Key(id.tenant(), id.name(), what, at), Math.max(at, writtenAt), Math::min);
    return new Recent(at, what, id.tenant(), id.name(), version, storedBy);
  }

  private void remember(int number, Slot slot) {
    seen.put(number, slot);
    while (seen.size() > SLOTS) {
      int oldest =
          seen.entrySet().stream()
              .min(Comparator.comparingLong(entry -> entry.getValue().at()))
              .orElseThrow()
              .getKey();
      seen.remove(oldest);
    }
  }

  /** Whether every slot and every tenant was read. */
  private boolean isComplete() {
    return seen.size() == slots
        && seen.values().stream().allMatch(slot -> slot.looks().size() == slot.members());
  }

  /** The counts of the entries that were read. */
  private EntryCount entries(List<Look> looks) {
    EntryCount sum = new EntryCount(ports.clock().millis());
    looks.forEach(look -> sum.add(look.count()));
    // All entries of each of these tenants were read.
    return sum.withComplete(true);
  }

  /** The approximate number of tenants; null if nothing was read. */
  private @Nullable Long tenants() {
    if (seen.isEmpty()) {
      return null;
    }
    long members = seen.values().stream().mapToLong(Slot::members).sum();
    return Math.round((double) members * slots / seen.size());
  }

  /** The approximate number of idle tenants; null if nothing was read, or if none ever leaves. */
  private @Nullable Long idle() {
    if (seen.isEmpty() || ports.settings().idleAfter().isZero()) {
      return null;
    }
    long idle = seen.values().stream().mapToLong(Slot::idle).sum();
    return Math.round((double) idle * slots / seen.size());
  }

  /**
   * The approximate number of credentials; null if nothing was read.
   *
   * @param total the number of credentials of the tenants that were read
   * @param looked the number of these tenants
   */
  private static @Nullable Long credentials(@Nullable Long tenants, long total, long looked) {
    return tenants == null
        ? null
        : Long.valueOf(looked == 0 ? 0 : Math.round((double) total * tenants / looked));
  }

  private List<Look> looks() {
    return seen.values().stream().flatMap(slot -> slot.looks().stream()).toList();
  }

  /** The worst condition among the tenants of a part that were read. */
  enum Mark {
    /** An original cannot be decoded. */
    FAILING('x'),
    /** An entry is cold. */
    COLD('.'),
    /** An entry should have been refreshed by now. */
    OVERDUE('o'),
    /** All entries are warm. */
    WARM('#'),
    /** The part has no tenants. */
    EMPTY('-'),
    /** The part was not read yet. */
    UNSEEN('?');

    private final char sign;

    Mark(char sign) {
      this.sign = sign;
    }

    /** The character for a terminal. */
    char sign() {
      return sign;
    }
  }

  /**
   * Adjacent slots that are shown as one part.
   *
   * @param from the first slot
   * @param to the last slot
   * @param seenAt the oldest time at which one of them was read, in milliseconds since the epoch;
   *     null if none was
   * @param tenants the approximate number of tenants; null if no slot was read
   * @param looked how many of them were read
   * @param cold how many of those have a cold entry, or none at all
   * @param failing how many have an original that cannot be decoded
   * @param overdue how many have an entry that should have been refreshed
   * @param entries their entries
   */
  record Part(
      int from,
      int to,
      @Nullable Long seenAt,
      @Nullable Long tenants,
      int looked,
      int cold,
      int failing,
      int overdue,
      EntryCount entries) {
    Mark mark() {
      if (seenAt == null) {
        return Mark.UNSEEN;
      }
      if (failing > 0) {
        return Mark.FAILING;
      }
      if (cold > 0) {
        return Mark.COLD;
      }
      if (overdue > 0) {
        return Mark.OVERDUE;
      }
      return looked > 0 ? Mark.WARM : Mark.EMPTY;
    }

    Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("from", from);
      json.put("to", to);
      json.put("mark", mark().name().toLowerCase(Locale.ROOT));
      json.put("seenAt", seenAt);
      json.put("tenants", tenants);
      json.put("looked", looked);
      json.put("cold", cold);
      json.put("failing", failing);
      json.put("overdue", overdue);
      json.put("oldestAgeMillis", entries.oldestAge());
      return json;
    }
  }

  private Part part(int from, int to) {
    EntryCount count = new EntryCount(0);
    long members = 0;
    int looked = 0;
    int slotsSeen = 0;
    int cold = 0;
    int failing = 0;
    int overdue = 0;
    Long at = null;
    for (int number = from; number <= to; number++) {
      Slot slot = seen.get(number);
      if (slot == null) {
        continue;
      }
      slotsSeen++;
      members += slot.members();
      at = at == null ? slot.at() : Math.min(at, slot.at());
      for (Look look : slot.looks()) {
        looked++;
        count.add(look.count());
        cold += look.isCold() ? 1 : 0;
        failing += look.isFailing() ? 1 : 0;
        overdue += look.isOverdue() ? 1 : 0;
      }
    }
    Long tenants =
        slotsSeen == 0
            ? null
            : Long.valueOf(Math.round((double) members * (to - from + 1) / slotsSeen));
    return new Part(from, to, at, tenants, looked, cold, failing, overdue, count);
  }

  private List<Part> parts() {
    int parts = Math.min(PARTS, slots);
    List<Part> ring = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      ring.add(
          part((int) ((long) part * slots / parts), (int) ((long) (part + 1) * slots / parts) - 1));
    }
    return ring;
  }

  /** The tenants with something to report. */
  private static List<Map<String, @Nullable Object>> worst(List<Look> looks) {
    return looks.stream()
        .filter(look -> !look.isFine())
        .limit(NAMED)
        .map(look -> {
          Map<String, @Nullable Object> json = new LinkedHashMap<>();
          json.put("tenant", look.tenant());
          json.put("cold", look.isCold());
          json.put("failing", look.isFailing());
          json.put("overdue", look.isOverdue());
          json.put("codes", List.copyOf(look.count().failures().keySet()));
          return json;
        })
        .toList();
  }

  private static List<Map<String, @Nullable Object>> recent(List<Look> looks) {
    return looks.stream()
        .flatMap(look -> look.recent().stream())
        .sorted(Comparator.comparingLong(Recent::at).reversed())
        .limit(NAMED)
        .map(recent -> {
          Map<String, @Nullable Object> json = new LinkedHashMap<>();
          json.put("at", recent.at());
          json.put("what", recent.what());
          json.put("tenant", recent.tenant());
          json.put("name", recent.name());
          json.put("version", recent.version());
          json.put("storedBy", recent.storedBy());
          return json;
        })
        .toList();
  }

  /**
   * A snapshot for other threads. Immutable, as long as {@code json} is not changed.
   *
   * @param tenants the approximate number of tenants; null if nothing was read
   * @param credentials the approximate number of credentials; null if nothing was read
   * @param bare how many of the tenants that were read have no entries
   * @param parts the ring
   */
  record Sight(
      EntryCount entries,
      Set<String> looked,
      boolean complete,
      @Nullable Long tenants,
      @Nullable Long credentials,
      long bare,
      List<Part> parts,
      Map<String, @Nullable Object> json) {
    /** The worst mark of the slots from one to another. */
    Mark mark(int from, int to) {
      return parts.stream()
          .filter(part -> part.from() <= to && part.to() >= from)
          .map(Part::mark)
          .min(Comparator.naturalOrder())
          .orElse(Mark.UNSEEN);
    }
  }

  /** Takes a snapshot: the state of the wheel, and how much of it was read. */
  Sight sight() {
    List<Look> looks = looks();
    EntryCount entries = entries(looks);
    Long tenants = tenants();
    Long credentials = credentials(tenants, entries.total(), looks.size());
    boolean complete = isComplete();
    List<Part> parts = parts();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("complete", complete);
    json.put("slotsSeen", seen.size());
    json.put("tenantsSeen", looks.size());
    json.put("tenants", tenants);
    json.put("credentials", credentials);
    json.put("idle", idle());
    json.put(
        "oldestLookAt",
        seen.values().stream().map(Slot::at).min(Comparator.naturalOrder()).orElse(null));
    json.put("parts", parts.stream().map(Part::json).toList());
    json.put("ages", entries.ages());
    json.put("worst", worst(looks));
    json.put("recent", recent(looks));
    return new Sight(
        entries,
        looks.stream().map(Look::tenant).collect(Collectors.toSet()),
        complete,
        tenants,
        credentials,
        looks.stream().filter(Look::isBare).count(),
        parts,
        json);
  }
}
