package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.SealedCredential;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Looks up all credentials of a tenant with one Query, and resolves the tenant if some lack. */
final class TenantLookup implements Work<TenantCredentials> {
  private final Lookups lookups;
  private final String tenant;
  private final Lookups.Begun begun;
  private final Progress progress = new Progress();

  /** By name, the items that are not entries. */
  private final Map<String, ErrorCode> malformed = new ConcurrentHashMap<>();

  private volatile boolean missed;

  TenantLookup(Lookups lookups, String tenant) {
    this.lookups = lookups;
    this.tenant = tenant;
    this.begun = lookups.begin(lookups.near().epochs().of(tenant));
  }

  @Override
  public String what() {
    return "tenant " + tenant;
  }

  @Override
  public String asked() {
    return progress.asked();
  }

  @Override
  public boolean isShared() {
    return lookups.isShared(begun);
  }

  @Override
  public TenantCredentials run() {
    TenantCredentials there = readTable();
    TenantCredentials all = there != null ? there : miss();
    lookups.ended(begun);
    return all;
  }

  @Override
  public TenantCredentials failed(KeepwarmException failure, boolean frozen) {
    lookups.counters().count(failure);
    if (missed && !malformed.isEmpty()) {
      // The malformed item is the certain part of the failure.
      throw new KeepwarmException(
          ErrorCode.TAMPERED, "an item of tenant " + tenant + " is malformed", failure);
    }
    if (Failures.isOutage(failure) && !missed && !frozen) {
      lookups.counters().outages.increment();
    }
    throw failure;
  }

  /** Asks the table once; null if it does not have all of the tenant's credentials. */
  private @Nullable TenantCredentials readTable() {
    Moment readAt = lookups.clocks().now();
    progress.asks(Progress.TABLE);
    TenantMembers members = lookups.remote().readTenant(tenant);
    note(members);
    awaitRecords(members, readAt);
    TenantReading reading =
        TenantReading.of(members, Map.of(), this::isVouched, lookups.clocks().millis());
    // Credentials that the table no longer has must not be served in an outage either.
    reading.gone().forEach(entry -> lookups.near().supersede(entry.id(), readAt));
    reading.failures().keySet().forEach(name -> lookups.near().supersede(id(name), readAt));
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
              ErrorCode.UNAVAILABLE, "the cache does not have all entries of the tenant");
    };
  }

  private TenantCredentials resolve() {
    Moment readAt = lookups.clocks().now();
    progress.asks(Progress.DECRYPTOR);
    TenantMembers members = lookups.remote().resolveTenant(tenant);
    note(members);
    // The decryptor's answer may not name the table's malformed items, so they are added here.
    TenantReading answer =
        TenantReading.of(members, malformed, this::isVouched, lookups.clocks().millis());
    return open(answer, answer.unavailable(), readAt);
  }

  /** Requests the records that entries past their hard expiry need. */
  private void awaitRecords(TenantMembers members, Moment readAt) {
    long now = lookups.clocks().millis();
    List<SealedCredential> needy = new ArrayList<>();
    for (Entry entry : members.entries()) {
      if (Reading.ofAnswer(entry, now) instanceof Reading.Vouchable vouchable) {
        needy.add(vouchable.sealed());
      }
    }
    lookups.remote().awaitRecords(tenant, needy, readAt);
  }

  private boolean isVouched(SealedCredential sealed) {
    return lookups.isVouched(tenant, sealed);
  }

  private void note(TenantMembers members) {
    members
        .failures()
        .forEach((name, code) -> {
          if (code == ErrorCode.TAMPERED && malformed.put(name, code) == null) {
            lookups.counters().tampered.increment();
          }
        });
  }

  private TenantCredentials open(TenantReading reading, List<String> unavailable, Moment readAt) {
    Map<String, Credential> credentials = new HashMap<>();
    Map<String, ErrorCode> failures = new HashMap<>(reading.failures());
    unavailable.forEach(name -> failures.put(name, ErrorCode.UNAVAILABLE));
    reading
        .refusals()
        .forEach((name, refusal) -> {
          NearEntry entry = lookups.near().entry(refusal, readAt);
          keep(id(name), entry);
          put(name, entry, credentials, failures);
        });
    for (Entry entry : reading.live()) {
      String name = entry.id().name();
      try {
        NearEntry opened = open(entry.id(), Objects.requireNonNull(entry.sealed()), readAt);
        if (opened == null) {
          failures.put(name, ErrorCode.UNAVAILABLE);
        } else {
          keep(entry.id(), opened);
          put(name, opened, credentials, failures);
        }
      } catch (KeepwarmException e) {
        if (e.code() != ErrorCode.TAMPERED && !(e instanceof WrongKeyException)) {
          throw e;
        }
        // One bad entry does not affect its siblings.
        lookups.counters().count(e);
        lookups.near().supersede(entry.id(), readAt);
        failures.put(name, e.code());
      }
    }
    credentials.keySet().removeAll(failures.keySet());
    if (credentials.isEmpty() && failures.isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.NOT_FOUND, "there is no credential of tenant " + tenant);
    }
    return new TenantCredentials(tenant, credentials, failures);
  }

  /**
   * Opens an entry. An entry under another KMS key is resolved on its own, so that the decryptor
   * seals it again; resolving the tenant does not do that.
   */
  private @Nullable NearEntry open(CredentialId id, SealedCredential sealed, Moment readAt) {
    try {
      return lookups.open(id, sealed, readAt, progress);
    } catch (WrongKeyException e) {
      lookups.counters().wrongKeys.increment();
      return lookups.onMiss() == OnMiss.RESOLVE
          ? lookups.resolve(id, sealed.version(), progress)
          : null;
    }
  }

  private static void put(
      String name,
      NearEntry entry,
      Map<String, Credential> credentials,
      Map<String, ErrorCode> failures) {
    switch (entry.found()) {
      case Found.Usable usable -> credentials.put(name, usable.credential());
      case Refusal refusal -> {
        // A credential that the source does not have is not one of the tenant's credentials.
        if (refusal.code() != ErrorCode.NOT_FOUND) {
          failures.put(name, refusal.code());
        }
      }
    }
  }

  private void keep(CredentialId id, NearEntry entry) {
    lookups.near().keep(id, entry, begun.in());
  }

  private CredentialId id(String name) {
    return new CredentialId(tenant, name);
  }
}
