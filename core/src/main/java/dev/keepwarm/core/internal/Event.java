package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event on Keepwarm's bus. Immutable; holds ids and codes only. See {@link Events} for the wire
 * format.
 *
 * <p>The constructors throw {@link KeepwarmException} with {@link ErrorCode#INVALID_ID} or {@link
 * ErrorCode#INVALID_EVENT} for what no event may hold.
 */
public sealed interface Event {
  /**
   * The warmer: these tenants' slots are due.
   *
   * @param tenants 1 to {@link Events#MAX_TENANTS} tenants
   * @param probe those of them of which somebody should say whether they are used, and since when
   *     nobody has, in milliseconds since the epoch
   */
  record TenantsDue(List<String> tenants, Map<String, Long> probe) implements Event {
    /** Tenants that nobody needs to ask about. */
    public TenantsDue(List<String> tenants) {
      this(tenants, Map.of());
    }

    /** Copies the list and the map, and checks them. */
    public TenantsDue {
      tenants = List.copyOf(tenants);
      probe = Map.copyOf(probe);
      if (tenants.isEmpty() || tenants.size() > Events.MAX_TENANTS) {
        throw new KeepwarmException(
            ErrorCode.INVALID_EVENT,
            "tenants: " + tenants.size() + " of them, must be 1 to " + Events.MAX_TENANTS);
      }
      tenants.forEach(CredentialId::checkTenant);
      if (!tenants.containsAll(probe.keySet())
          || !probe.values().stream().allMatch(Versions::isValid)) {
        throw new KeepwarmException(
            ErrorCode.INVALID_EVENT, "probe: not times of tenants that are due");
      }
    }
  }

  /** A reader: an entry of this tenant asked whether it is used, and it is. */
  record Used(String tenant) implements Event {
    /** Checks the tenant. */
    public Used {
      CredentialId.checkTenant(tenant);
    }
  }

  /** A change that somebody made, of one credential or of all of a tenant's. */
  sealed interface Change extends Event {
    /** The tenant. */
    String tenant();

    /** The credential's name; null for all of the tenant's. */
    @Nullable String name();

    /** The source's version that the change speaks of; null if the sender does not know. */
    @Nullable Long version();

    /** When the bus accepted it, and as what; null as long as it is not published. */
    @Nullable Origin origin();

    /** The same change as the bus accepted it. */
    Change published(Origin origin);
  }

  /**
   * Where a change comes from. A change speaks of what existed at that time, however late it is
   * handled, and however often.
   *
   * @param at when the bus accepted it, in milliseconds since the epoch. The bus tells seconds: the
   *     event is of the second that begins then
   * @param id the bus's id of it, the same in every delivery; null if it has none
   */
  record Origin(long at, @Nullable String id) {
    /** How long the moment is that {@code at} stands for, in milliseconds. */
    public static final long PRECISION = 1000;

    /** Checks the time and the id. */
    public Origin {
      if (!Versions.isValid(at)) {
        throw new KeepwarmException(ErrorCode.INVALID_EVENT, "time: out of range");
      }
      if (id != null && !CredentialId.isValidPart(id)) {
        throw new KeepwarmException(ErrorCode.INVALID_EVENT, "id: outside the grammar of ids");
      }
    }

    /**
     * Whether the event was certainly published before the time {@code then} of the bus's clock.
     */
    public boolean isBefore(long then) {
      return at + PRECISION <= then;
    }
  }

  /**
   * There is a new value at the source; the old one may be used until this event is acknowledged.
   */
  record Rotated(
      String tenant, @Nullable String name, @Nullable Long version, @Nullable Origin origin)
      implements Change {
    /** One that is not published yet. */
    public Rotated(String tenant, @Nullable String name, @Nullable Long version) {
      this(tenant, name, version, null);
    }

    /** Checks the ids and the version. */
    public Rotated {
      check(tenant, name, version);
    }

    @Override
    public Rotated published(Origin origin) {
      return new Rotated(tenant, name, version, origin);
    }
  }

  /** The value must not be used any more; what the source has may be. */
  record Invalidated(
      String tenant, @Nullable String name, @Nullable Long version, @Nullable Origin origin)
      implements Change {
    /** One that is not published yet. */
    public Invalidated(String tenant, @Nullable String name, @Nullable Long version) {
      this(tenant, name, version, null);
    }

    /** Checks the ids and the version. */
    public Invalidated {
      check(tenant, name, version);
    }

    @Override
    public Invalidated published(Origin origin) {
      return new Invalidated(tenant, name, version, origin);
    }
  }

  /**
   * The value must not be used any more, nor what the source has, until that has a newer version.
   */
  record Revoked(
      String tenant, @Nullable String name, @Nullable Long version, @Nullable Origin origin)
      implements Change {
    /** One that is not published yet. */
    public Revoked(String tenant, @Nullable String name, @Nullable Long version) {
      this(tenant, name, version, null);
    }

    /** Checks the ids and the version. */
    public Revoked {
      check(tenant, name, version);
    }

    @Override
    public Revoked published(Origin origin) {
      return new Revoked(tenant, name, version, origin);
    }
  }

  /**
   * What was revoked before may be used again: a revocation was a mistake. With a version, only
   * that version and those after it; those before it are revoked.
   */
  record Unrevoked(
      String tenant, @Nullable String name, @Nullable Long version, @Nullable Origin origin)
      implements Change {
    /** One that is not published yet. */
    public Unrevoked(String tenant, @Nullable String name, @Nullable Long version) {
      this(tenant, name, version, null);
    }

    /** Checks the ids and the version. */
    public Unrevoked {
      check(tenant, name, version);
    }

    @Override
    public Unrevoked published(Origin origin) {
      return new Unrevoked(tenant, name, version, origin);
    }
  }

  /**
   * A refresh stored another version than before, or a credential appeared or went ({@code version}
   * is null).
   */
  record Changed(CredentialId id, @Nullable Long version) implements Event {
    /** Checks the version. */
    public Changed {
      checkVersion(version);
    }
  }

  /**
   * A refresh ended in a {@code FAILED} entry, or kept an old value because the original does not
   * decode.
   */
  record WarmingFailed(CredentialId id, String failure) implements Event {
    /** Checks the code's form. */
    public WarmingFailed {
      if (!Failure.isCode(failure)) {
        throw new KeepwarmException(
            ErrorCode.INVALID_EVENT, "failure: not capital letters, digits and underscores");
      }
    }
  }

  private static void check(String tenant, @Nullable String name, @Nullable Long version) {
    CredentialId.checkTenant(tenant);
    if (name != null) {
      CredentialId.checkName(name);
    }
    checkVersion(version);
  }

  private static void checkVersion(@Nullable Long version) {
    if (version != null && !Versions.isValid(version)) {
      throw new KeepwarmException(
          ErrorCode.INVALID_EVENT, "version: not a whole number from 0 to " + Versions.MAX);
    }
  }
}
