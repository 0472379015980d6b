package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The events' wire format: their {@code source}, {@code detail-type} and {@code detail}, see {@code
 * docs/wire-format.md}. Parsing is strict. It ignores unknown fields, because the sender may be
 * newer, but rejects them in a change: there a misspelt field would change what the event is about.
 */
public final class Events {
  /** The {@code source} of every event. */
  public static final String SOURCE = "keepwarm";

  /** The maximum number of tenants in one {@link Event.TenantsDue}. */
  public static final int MAX_TENANTS = 200;

  /**
   * How many tenants one {@link Event.TenantsDue} has if their entries are to be sealed again. With
   * more, one message would take too long.
   */
  public static final int TENANTS = 25;

  /** The longest text that {@link #parse} accepts, in characters. All of our events are shorter. */
  public static final int MAX_LENGTH = 64 * 1024;

  /** {@code detail-type} of {@link Event.TenantsDue}. */
  public static final String TENANTS_DUE = "Tenants Due";

  /** {@code detail-type} of {@link Event.Used}. */
  public static final String TENANT_USED = "Tenant Used";

  /** {@code detail-type} of {@link Event.Rotated}. */
  public static final String ROTATED = "Credential Rotated";

  /** {@code detail-type} of {@link Event.Invalidated}. */
  public static final String INVALIDATED = "Credential Invalidated";

  /** {@code detail-type} of {@link Event.Revoked}. */
  public static final String REVOKED = "Credential Revoked";

  /** {@code detail-type} of {@link Event.Unrevoked}. */
  public static final String UNREVOKED = "Credential Unrevoked";

  /** {@code detail-type} of {@link Event.Changed}. */
  public static final String CHANGED = "Credential Changed";

  /** {@code detail-type} of {@link Event.WarmingFailed}. */
  public static final String WARMING_FAILED = "Credential Warming Failed";

  /** The {@code detail-type}s of changes, which other senders may publish too. */
  public static final List<String> CHANGES = List.of(ROTATED, INVALIDATED, REVOKED, UNREVOKED);

  /** The {@code detail-type}s that belong in the due queue. */
  public static final List<String> FOR_DUE_QUEUE = List.of(TENANTS_DUE, TENANT_USED);

  /** The {@code detail-type}s that belong in the changes queue. */
  public static final List<String> FOR_CHANGES_QUEUE = List.of(ROTATED, INVALIDATED);

  /**
   * The {@code detail-type}s that belong in the urgent queue. It is a queue of its own because a
   * revocation, or the end of one, must not wait for ten thousand rotations. If no rule fills it,
   * revocations are lost.
   */
  public static final List<String> FOR_URGENT_QUEUE = List.of(REVOKED, UNREVOKED);

  private static final Set<String> FIELDS_OF_A_CHANGE = Set.of("tenant", "name", "all", "version");

  /** The form of a field's name. Other text may be content, so messages do not repeat it. */
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,31}");

  private Events() {}

  /** The {@code detail-type} of an event. */
  public static String detailType(Event event) {
    return switch (event) {
      case Event.TenantsDue e -> TENANTS_DUE;
      case Event.Used e -> TENANT_USED;
      case Event.Rotated e -> ROTATED;
      case Event.Invalidated e -> INVALIDATED;
      case Event.Revoked e -> REVOKED;
      case Event.Unrevoked e -> UNREVOKED;
      case Event.Changed e -> CHANGED;
      case Event.WarmingFailed e -> WARMING_FAILED;
    };
  }

  /** The {@code detail} of an event, as JSON. */
  public static String detail(Event event) {
    Map<String, @Nullable Object> detail = new LinkedHashMap<>();
    switch (event) {
      case Event.TenantsDue due -> {
        detail.put("tenants", due.tenants());
        if (!due.probe().isEmpty()) {
          detail.put("probe", new TreeMap<>(due.probe()));
        }
      }
      case Event.Used used -> detail.put("tenant", used.tenant());
      case Event.Change change -> {
        detail.put("tenant", change.tenant());
        if (change.name() == null) {
          detail.put("all", true);
        } else {
          detail.put("name", change.name());
        }
        putIfPresent(detail, "version", change.version());
      }
      case Event.Changed changed -> {
        detail.put("tenant", changed.id().tenant());
        detail.put("name", changed.id().name());
        putIfPresent(detail, "version", changed.version());
      }
      case Event.WarmingFailed failed -> {
        detail.put("tenant", failed.id().tenant());
        detail.put("name", failed.id().name());
        detail.put("failure", failed.failure());
      }
    }
    return Json.write(detail);
  }

  /**
   * The event in an EventBridge envelope, as it arrives in a queue's message.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_EVENT} if the text is not such an envelope
   *     or not one of Keepwarm's events, {@link ErrorCode#INVALID_ID} if it names a tenant or
   *     credential outside the grammar
   */
  public static Event parse(String envelope) {
    if (envelope.length() > MAX_LENGTH) {
      throw invalid(
          "the event has " + envelope.length() + " characters; the limit is " + MAX_LENGTH);
    }
    Map<String, @Nullable Object> fields = Json.parseObject(envelope);
    if (!SOURCE.equals(fields.get("source"))) {
      throw invalid("source: must be \"" + SOURCE + "\"");
    }
    if (!(fields.get("detail-type") instanceof String type)) {
      throw invalid("detail-type: must be a string");
    }
    Event event = parse(type, object(fields, "detail"));
    return event instanceof Event.Change change ? change.published(origin(fields)) : event;
  }

  /**
   * The origin of an event.
   *
   * @param envelope the fields of EventBridge's envelope
   * @throws KeepwarmException {@link ErrorCode#INVALID_EVENT} if {@code time} is missing or is not
   *     a time
   */
  public static Event.Origin origin(Map<String, @Nullable Object> envelope) {
    if (!(envelope.get("time") instanceof String time)) {
      throw invalid("time: must be a string; changes are ordered by it");
    }
    Object id = envelope.get("id");
    if (id != null && !(id instanceof String)) {
      throw invalid("id: must be a string");
    }
    return new Event.Origin(millis(time), (String) id);
  }

  private static long millis(String time) {
    try {
      return Instant.parse(time).toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      // The cause is left out because it repeats the text.
      throw invalid("time: must be a time such as 2026-01-01T00:00:00Z");
    }
  }

  /**
   * The event of a {@code detail-type} and a {@code detail}; a change has no origin.
   *
   * @throws KeepwarmException as {@link #parse(String)}
   */
  public static Event parse(String detailType, Map<String, @Nullable Object> detail) {
    return switch (detailType) {
      case TENANTS_DUE -> new Event.TenantsDue(tenants(detail), probe(detail));
      case TENANT_USED -> new Event.Used(tenant(detail));
      case ROTATED -> new Event.Rotated(tenant(detail), nameOrAll(detail), version(detail));
      case INVALIDATED -> new Event.Invalidated(tenant(detail), nameOrAll(detail), version(detail));
      case REVOKED -> new Event.Revoked(tenant(detail), nameOrAll(detail), version(detail));
      case UNREVOKED -> new Event.Unrevoked(tenant(detail), nameOrAll(detail), version(detail));
      case CHANGED -> new Event.Changed(id(detail), version(detail));
      case WARMING_FAILED -> {
        if (!(detail.get("failure") instanceof String failure)) {
          throw invalid("detail.failure: must be a string");
        }
        yield new Event.WarmingFailed(id(detail), failure);
      }
      default -> throw invalid("detail-type: must be one of Keepwarm's events");
    };
  }

  private static List<String> tenants(Map<String, @Nullable Object> detail) {
    if (!(detail.get("tenants") instanceof List<?> list)) {
      throw invalid("detail.tenants: must be an array");
    }
    List<String> tenants = new ArrayList<>();
    for (Object element : list) {
      if (!(element instanceof String tenant)) {
        throw invalid("detail.tenants: must be an array of strings");
      }
      tenants.add(tenant);
    }
    return tenants;
  }

  private static Map<String, Long> probe(Map<String, @Nullable Object> detail) {
    if (detail.get("probe") == null) {
      return Map.of();
    }
    Map<String, Long> probe = new HashMap<>();
    object(detail, "probe")
        .forEach((tenant, since) -> {
          if (!(since instanceof Long number)) {
            throw invalid("detail.probe: must map tenants to times in milliseconds");
          }
          probe.put(tenant, number);
        });
    return probe;
  }

  private static String tenant(Map<String, @Nullable Object> detail) {
    if (!(detail.get("tenant") instanceof String tenant)) {
      throw invalid("detail.tenant: must be a string");
    }
    return tenant;
  }

  private static @Nullable String name(Map<String, @Nullable Object> detail) {
    Object name = detail.get("name");
    if (name == null) {
      return null;
    }
    if (!(name instanceof String text)) {
      throw invalid("detail.name: must be a string");
    }
    return CredentialId.checkName(text);
  }

  /**
   * The name of the credential that a change is about; null if the change says that it is about all
   * credentials of the tenant. A change with neither is rejected: most likely its name is missing.
   */
  private static @Nullable String nameOrAll(Map<String, @Nullable Object> detail) {
    detail.forEach((field, value) -> {
      if (value != null && !FIELDS_OF_A_CHANGE.contains(field)) {
        throw invalid(
            (IDENTIFIER.matcher(field).matches() ? "detail." + field : "a field of detail")
                + ": unknown; a change has tenant, name or all, and version");
      }
    });
    String name = name(detail);
    Object all = detail.get("all");
    if (all != null && !Boolean.TRUE.equals(all)) {
      throw invalid("detail.all: must be true or absent");
    }
    if (name == null && all == null) {
      throw invalid("detail: must have a name, or \"all\": true for all credentials of the tenant");
    }
    if (name != null && all != null) {
      throw invalid("detail: must not have both name and all");
    }
    return name;
  }

  private static CredentialId id(Map<String, @Nullable Object> detail) {
    String name = name(detail);
    if (name == null) {
      throw invalid("detail.name: missing");
    }
    return new CredentialId(tenant(detail), name);
  }

  private static @Nullable Long version(Map<String, @Nullable Object> detail) {
    Object version = detail.get("version");
    if (version == null) {
      return null;
    }
    if (!(version instanceof Long number) || !Versions.isValid(number)) {
      throw invalid("detail.version: must be a whole number from 0 to " + Versions.MAX);
    }
    return number;
  }

  private static Map<String, @Nullable Object> object(
      Map<String, @Nullable Object> fields, String name) {
    if (!(fields.get(name) instanceof Map<?, ?> map)) {
      throw invalid(name + ": must be an object");
    }
    // All maps that Json reads have strings as keys.
    @SuppressWarnings("unchecked")
    Map<String, @Nullable Object> object = (Map<String, @Nullable Object>) map;
    return object;
  }

  private static void putIfPresent(
      Map<String, @Nullable Object> detail, String name, @Nullable Object value) {
    if (value != null) {
      detail.put(name, value);
    }
  }

  private static KeepwarmException invalid(String message) {
    return new KeepwarmException(ErrorCode.INVALID_EVENT, message);
  }
}
