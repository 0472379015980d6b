package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event on Keepwarm's bus. Immutable. It contains only ids and codes. {@link Events} has the
 * wire format.
 *
 * <p>The constructors throw {@link KeepwarmException} with {@link ErrorCode#INVALID_ID} or {@link
 * ErrorCode#INVALID_EVENT} for values that no event may contain.
 */
public sealed interface Event {
  /**
   * From the warmer: the slots of these tenants are due.
   *
   * @param tenants 1 to {@link Events#MAX_TENANTS} tenants
   * @param probe the tenants for which the warmer wants to know whether they are used, each with
   *     the time since which no reader has reported it as used, in milliseconds since the epoch
   */
  record TenantsDue(List<String> tenants, Map<String, Long> probe) implements Event {
    /** Tenants without probes. */
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
            "tenants: " + tenants.size() + " given, must be 1 to " + Events.MAX_TENANTS);
      }
      tenants.forEach(CredentialId::checkTenant);
      if (!tenants.containsAll(probe.keySet())
          || !probe.values().stream().allMatch(Versions::isValid)) {
        throw new KeepwarmException(
            ErrorCode.INVALID_EVENT, "probe: must map tenants of this event to times");
      }
    }
  }

  /** From a reader: this tenant, whose entry had a probe, is used. */
  record Used(String tenant) implements Event {
    /** Checks the tenant. */
    public Used {
      CredentialId.checkTenant(tenant);
    }
  }

  /** A change of one credential, or of all credentials of a tenant. */
  sealed interface Change extends Event {
    /** The tenant. */
    String tenant();

    /** The credential's name; null for all credentials of the tenant. */
    @Nullable String name();

    /** The version at the source that the change is about; null if the sender does not know it. */
    @Nullable Long version();

    /** When the bus accepted the change, and under which id; null until it is published. */
    @Nullable Origin origin();

    /** The same change, with its origin. */
    Change published(Origin origin);
  }

  /**
   * The origin of a change. A change is about what existed at that time, however late and however
   * often it is handled.
   *
   * @param at when the bus accepted it, in milliseconds since the epoch. The bus reports seconds:
   *     the event was accepted during the second that begins then
   * @param id the bus's id of the event, the same in every delivery; null if it has none
   */
  record Origin(long at, @Nullable String id) {
    /** The precision of {@code at}, in milliseconds. */
    public static final long PRECISION = 1000;

    /** Checks the time and the id. */
    public Origin {
      if (!Versions.isValid(at)) {
        throw new KeepwarmException(ErrorCode.INVALID_EVENT, "time: out of range");
      }
      if (id != null && !CredentialId.isValidPart(id)) {
        throw new KeepwarmException(
            ErrorCode.INVALID_EVENT, "id: must be 1 to 128 characters that are allowed in ids");
      }
    }

    /**
     * Whether the event was certainly published before the time {@code then} of the bus's clock.
     */
    public boolean isBefore(long then) {
      return at + PRECISION <= then;
    }
  }

  /** The source has a new value. The old one may be used until this event is acknowledged. */
  record Rotated(
      String tenant, @Nullable String name, @Nullable Long version, @Nullable Origin origin)
      implements Change {
    /** A change that is not published yet. */
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

  /** The cached value must not be used any more. The source's value may be used. */
  record Invalidated(
      String tenant, @Nullable String name, @Nullable Long version, @Nullable Origin origin)
      implements Change {
    /** A change that is not published yet. */
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
   * The value must not be used any more, and neither may the source's, until the source has a newer
   * version.
   */
  record Revoked(
      String tenant, @Nullable String name, @Nullable Long version, @Nullable Origin origin)
      implements Change {
    /** A change that is not published yet. */
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
   * A revocation was a mistake: its versions may be used again. With a version, only that version
   * and newer ones; older ones remain revoked.
   */
  record Unrevoked(
      String tenant, @Nullable String name, @Nullable Long version, @Nullable Origin origin)
      implements Change {
    /** A change that is not published yet. */
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
   * A refresh stored another version than before, or a credential appeared or disappeared ({@code
   * version} is null).
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
            ErrorCode.INVALID_EVENT,
            "failure: must consist of capital letters, digits and underscores");
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
          ErrorCode.INVALID_EVENT, "version: must be a whole number from 0 to " + Versions.MAX);
    }
  }
}
