package dev.keepwarm.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The events' wire format: their {@code source}, {@code detail-type} and {@code detail}, see {@code
 * docs/wire-format.md}. Strict in what it accepts, except that unknown fields are ignored, for
 * senders that are newer.
 */
public final class Events {
  /** The {@code source} of every event. */
  public static final String SOURCE = "keepwarm";

  /** How many tenants one {@link Event.TenantsDue} holds at most. */
  public static final int MAX_TENANTS = 25;

  /** The longest text that {@link #parse} accepts, in characters: no event is half as long. */
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

  /** {@code detail-type} of {@link Event.Changed}. */
  public static final String CHANGED = "Credential Changed";

  /** {@code detail-type} of {@link Event.WarmingFailed}. */
  public static final String WARMING_FAILED = "Credential Warming Failed";

  /** The {@code detail-type}s of changes, which others may publish. */
  public static final List<String> CHANGES = List.of(ROTATED, INVALIDATED, REVOKED);

  /** The {@code detail-type}s that belong into the due queue. */
  public static final List<String> FOR_DUE_QUEUE = List.of(TENANTS_DUE, TENANT_USED);

  /** The {@code detail-type}s that belong into the changes queue. */
  public static final List<String> FOR_CHANGES_QUEUE = List.of(ROTATED, INVALIDATED);

  /**
   * The {@code detail-type}s that belong into the urgent queue. It is a queue of its own because a
   * revocation must not wait for ten thousand rotations; where nothing fills it, revocations are
   * lost.
   */
  public static final List<String> FOR_URGENT_QUEUE = List.of(REVOKED);

  private Events() {}

  /** The {@code detail-type} of an event. */
  public static String detailType(Event event) {
    return switch (event) {
      case Event.TenantsDue e -> TENANTS_DUE;
      case Event.Used e -> TENANT_USED;
      case Event.Rotated e -> ROTATED;
      case Event.Invalidated e -> INVALIDATED;
      case Event.Revoked e -> REVOKED;
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
        putIfPresent(detail, "name", change.name());
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
      throw invalid("an event of " + envelope.length() + " characters, allowed are " + MAX_LENGTH);
    }
    Map<String, @Nullable Object> fields = Json.parseObject(envelope);
    if (!SOURCE.equals(fields.get("source"))) {
      throw invalid("source: not \"" + SOURCE + "\"");
    }
    if (!(fields.get("detail-type") instanceof String type)) {
      throw invalid("detail-type: missing or not a text");
    }
    return parse(type, object(fields, "detail"));
  }

  /**
   * The event of a {@code detail-type} and a {@code detail}.
   *
   * @throws KeepwarmException as {@link #parse(String)}
   */
  public static Event parse(String detailType, Map<String, @Nullable Object> detail) {
    return switch (detailType) {
      case TENANTS_DUE -> new Event.TenantsDue(tenants(detail), probe(detail));
      case TENANT_USED -> new Event.Used(tenant(detail));
      case ROTATED -> new Event.Rotated(tenant(detail), name(detail), version(detail));
      case INVALIDATED -> new Event.Invalidated(tenant(detail), name(detail), version(detail));
      case REVOKED -> new Event.Revoked(tenant(detail), name(detail), version(detail));
      case CHANGED -> new Event.Changed(id(detail), version(detail));
      case WARMING_FAILED -> {
        if (!(detail.get("failure") instanceof String failure)) {
          throw invalid("detail.failure: missing or not a text");
        }
        yield new Event.WarmingFailed(id(detail), failure);
      }
      default -> throw invalid("detail-type: not one of Keepwarm's events");
    };
  }

  private static List<String> tenants(Map<String, @Nullable Object> detail) {
    if (!(detail.get("tenants") instanceof List<?> list)) {
      throw invalid("detail.tenants: missing or not an array");
    }
    List<String> tenants = new ArrayList<>();
    for (Object element : list) {
      if (!(element instanceof String tenant)) {
        throw invalid("detail.tenants: not an array of texts");
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
            throw invalid("detail.probe: not times by tenant");
          }
          probe.put(tenant, number);
        });
    return probe;
  }

  private static String tenant(Map<String, @Nullable Object> detail) {
    if (!(detail.get("tenant") instanceof String tenant)) {
      throw invalid("detail.tenant: missing or not a text");
    }
    return tenant;
  }

  private static @Nullable String name(Map<String, @Nullable Object> detail) {
    Object name = detail.get("name");
    if (name == null) {
      return null;
    }
    if (!(name instanceof String text)) {
      throw invalid("detail.name: not a text");
    }
    return CredentialId.checkName(text);
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
      throw invalid("detail.version: not a whole number from 0 to " + Versions.MAX);
    }
    return number;
  }

  private static Map<String, @Nullable Object> object(
      Map<String, @Nullable Object> fields, String name) {
    if (!(fields.get(name) instanceof Map<?, ?> map)) {
      throw invalid(name + ": missing or not an object");
    }
    // What Json reads has texts as keys.
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
