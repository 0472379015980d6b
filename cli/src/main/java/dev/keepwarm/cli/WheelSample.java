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
 * What is known of the wheel and of its tenants' entries by looking at a bounded number of both at
 * a time, and round and round. Of a small wheel it soon knows everything; of a large one it knows a
 * sample, spread over all slots. Not thread-safe.
 */
final class WheelSample {
  /** How many slots and tenants are read in one step, together. */
  static final int READS = 64;

  /** How many slots are read together at most. */
  private static final int GROUP = 8;

  /** How many tenants of one slot are looked at. */
  static final int TENANTS_A_SLOT = 25;

  /** How many slots are remembered. */
  static final int SLOTS = 1024;

  /** How many parts the ring that is shown has at most. */
  static final int PARTS = 96;

  /** Of how many changes it is remembered when they were stored. */
  private static final int REMEMBERED = 10_000;

  /** How many changes and tenants are named at most. */
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
   * What was seen of a slot.
   *
   * @param at when, in milliseconds since the epoch
   * @param members how many tenants are in it
   * @param idle how many of them nobody has used for so long that readers are asked
   * @param looks those that were looked at
   */
  private record Slot(long at, int members, int idle, List<Look> looks) {}

  /**
   * What was seen of a tenant.
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

    /** Whether nobody need look at it. */
    boolean isFine() {
      return traits != null && traits.isEmpty();
    }
  }

  /**
   * Something that has happened to a credential lately, as far as its entry tells.
   *
   * @param what {@code rotated}, {@code revoked}, {@code unrevoked} or {@code failed}
   * @param storedBy when what came of it was in the cache table at the latest, in milliseconds
   *     since the epoch; null if it is not there yet, or if there is nothing to store
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
   * Looks at the next slots.
   *
   * @throws dev.keepwarm.core.KeepwarmException if one of the tables does not answer; what was seen
   *     before stays
   */
  void step() {
    int budget = READS;
    // A turn at most: a small wheel need not be read twice at a time.
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

  /** How many slots to read together, so that their tenants are about as many as may be read. */
  private int group(int budget) {
    long members = seen.values().stream().mapToLong(Slot::members).sum();
    double average = seen.isEmpty() ? TENANTS_A_SLOT : (double) members / seen.size();
    return Math.clamp((long) (budget / (1 + Math.min(TENANTS_A_SLOT, average))), 1, GROUP);
  }

  /** Looks at slots and at some of the tenants in them; returns how many requests it took. */
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

  /** Whether half of the time is over after which the wheel forgets a tenant that nobody uses. */
  private boolean isIdle(Wheel.Member member, long now) {
    Long since = member.unusedSince();
    long idleAfter = ports.settings().idleAfter().toMillis();
    return idleAfter > 0 && since != null && now - since >= idleAfter / 2;
  }

  /** Others with each turn, if there are too many. */
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
   * A change that has something to store.
   *
   * @param writtenAt when what is there now was written; null if nothing of it is there. Refreshes
   *     write it again, so the earliest that was seen counts
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

  /** Whether every slot and every tenant was looked at. */
  private boolean isComplete() {
    return seen.size() == slots
        && seen.values().stream().allMatch(slot -> slot.looks().size() == slot.members());
  }

  /** The entries that were looked at. */
  private EntryCount entries(List<Look> looks) {
    EntryCount sum = new EntryCount(ports.clock().millis());
    looks.forEach(look -> sum.add(look.count()));
    // Of each tenant that was looked at all entries were.
    return sum.withComplete(true);
  }

  /** How many tenants there are, about; null if nothing was seen. */
  private @Nullable Long tenants() {
    if (seen.isEmpty()) {
      return null;
    }
    long members = seen.values().stream().mapToLong(Slot::members).sum();
    return Math.round((double) members * slots / seen.size());
  }

  /** How many tenants are idle, about; null if nothing was seen, or if none leaves the wheel. */
  private @Nullable Long idle() {
    if (seen.isEmpty() || ports.settings().idleAfter().isZero()) {
      return null;
    }
    long idle = seen.values().stream().mapToLong(Slot::idle).sum();
    return Math.round((double) idle * slots / seen.size());
  }

  /**
   * How many credentials there are, about; null if nothing was seen.
   *
   * @param total how many there are of the tenants that were looked at
   * @param looked how many tenants those are
   */
  private static @Nullable Long credentials(@Nullable Long tenants, long total, long looked) {
    return tenants == null
        ? null
        : Long.valueOf(looked == 0 ? 0 : Math.round((double) total * tenants / looked));
  }

  private List<Look> looks() {
    return seen.values().stream().flatMap(slot -> slot.looks().stream()).toList();
  }

  /** How the tenants of a part are that were looked at: the worst that there is. */
  enum Mark {
    /** Something cannot be decoded. */
    FAILING('x'),
    /** Something is cold. */
    COLD('.'),
    /** Something should have been refreshed by now. */
    OVERDUE('o'),
    /** Everything is as it should be. */
    WARM('#'),
    /** There is nobody. */
    EMPTY('-'),
    /** Nobody has looked yet. */
    UNSEEN('?');

    private final char sign;

    Mark(char sign) {
      this.sign = sign;
    }

    /** For a terminal. */
    char sign() {
      return sign;
    }
  }

  /**
   * Some slots that are shown as one.
   *
   * @param from the first
   * @param to the last
   * @param seenAt when the first of them was looked at, in milliseconds since the epoch; null if
   *     none was
   * @param tenants how many there are, about; null if nobody has looked
   * @param looked how many of them were looked at
   * @param cold how many of those have something cold, or nothing
   * @param failing how many have something that cannot be decoded
   * @param overdue how many have something that should have been refreshed
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

  /** Tenants that somebody should look at. */
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
   * What is known at a moment, for other threads. Immutable, if nobody changes {@code json}.
   *
   * @param tenants how many there are, about; null if nothing was seen
   * @param credentials the same of credentials
   * @param bare how many of those that were looked at have no entries
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

  /** What is known now: what the wheel looks like, and how much of it was seen. */
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
