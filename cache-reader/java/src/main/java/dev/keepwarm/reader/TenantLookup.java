package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.SealedCredential;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Looks all of a tenant's credentials up, by one Query, and resolves the tenant if some lack. */
final class TenantLookup implements Work<TenantCredentials> {
  private final Lookups lookups;
  private final String tenant;
  private final long begunAt;
  private final long begunIn;
  private volatile boolean missed;

  TenantLookup(Lookups lookups, String tenant) {
    this.lookups = lookups;
    this.tenant = tenant;
    this.begunAt = lookups.ticker().getAsLong();
    this.begunIn = lookups.near().epoch();
  }

  @Override
  public boolean isShared() {
    return lookups.isShared(begunAt, begunIn);
  }

  @Override
  public TenantCredentials run() {
    TenantCredentials all = readTable();
    return all != null ? all : miss();
  }

  @Override
  public TenantCredentials failed(KeepwarmException failure) {
    lookups.counters().count(failure);
    if (Failures.isOutage(failure) && !missed) {
      lookups.counters().outages.increment();
    }
    throw failure;
  }

  /** Asks the table once; null if not all of the tenant's credentials are there. */
  private @Nullable TenantCredentials readTable() {
    long readAt = lookups.ticker().getAsLong();
    List<Entry> entries = lookups.remote().readTenant(tenant);
    TenantReading reading = TenantReading.of(entries, lookups.clock().millis());
    // What the table does not have any more must not be served in an outage either.
    reading.gone().forEach(entry -> lookups.near().supersede(entry.id(), readAt));
    return reading.isComplete() ? open(reading, List.of(), readAt) : null;
  }

  private TenantCredentials miss() {
    missed = true;
    lookups.counters().misses.increment();
    return switch (lookups.onMiss()) {
      case RESOLVE -> resolve();
      case WAIT -> lookups.poll(this::readTable);
      case FAIL ->
          throw new KeepwarmException(
              ErrorCode.UNAVAILABLE, "the cache does not have all entries of tenant " + tenant);
    };
  }

  private TenantCredentials resolve() {
    long readAt = lookups.ticker().getAsLong();
    TenantReading answer =
        TenantReading.of(lookups.remote().resolveTenant(tenant), lookups.clock().millis());
    return open(answer, answer.unavailable(), readAt);
  }

  private TenantCredentials open(TenantReading reading, List<String> unavailable, long readAt) {
    Map<String, Credential> credentials = new HashMap<>();
    Map<String, ErrorCode> failures = new HashMap<>();
    reading
        .refusals()
        .forEach((name, refusal) -> {
          // What the source does not have is not one of the tenant's credentials.
          if (refusal.code() != ErrorCode.NOT_FOUND) {
            failures.put(name, refusal.code());
          }
          keep(new CredentialId(tenant, name), lookups.near().entry(refusal, readAt));
        });
    unavailable.forEach(name -> failures.put(name, ErrorCode.UNAVAILABLE));
    for (Entry entry : reading.live()) {
      String name = entry.id().name();
      SealedCredential sealed = Objects.requireNonNull(entry.sealed());
      try {
        NearEntry opened = lookups.open(entry.id(), sealed, readAt);
        if (opened != null && opened.found() instanceof Found.Usable usable) {
          keep(entry.id(), opened);
          credentials.put(name, usable.credential());
        } else {
          failures.put(name, ErrorCode.UNAVAILABLE);
        }
      } catch (KeepwarmException e) {
        if (e.code() != ErrorCode.TAMPERED) {
          throw e;
        }
        // One bad entry; its siblings are none the worse for it.
        lookups.counters().count(e);
        lookups.near().supersede(entry.id(), readAt);
        failures.put(name, ErrorCode.TAMPERED);
      }
    }
    // Opening one may have taken so long that another has expired.
    long now = lookups.clock().millis();
    credentials.forEach((name, credential) -> {
      if (now >= credential.hardExpiresAt()) {
        failures.put(name, ErrorCode.UNAVAILABLE);
      }
    });
    credentials.keySet().removeAll(failures.keySet());
    if (credentials.isEmpty() && failures.isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.NOT_FOUND, "there is no credential of tenant " + tenant);
    }
    return new TenantCredentials(tenant, credentials, failures);
  }

  private void keep(CredentialId id, NearEntry entry) {
    lookups.near().keep(id, entry, begunIn);
  }
}
