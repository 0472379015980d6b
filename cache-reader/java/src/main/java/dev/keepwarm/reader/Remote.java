package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.EntryTable;
import dev.keepwarm.core.Envelope;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.ResolveAnswer;
import dev.keepwarm.core.ResolveRequest;
import dev.keepwarm.core.SealedCredential;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a reader asks others for, one request each. Blocking and thread-safe. */
final class Remote {
  private final EntryTable table;
  private final Resolver resolver;
  private final DataKeys keys;
  private final UseReports uses;
  private final Counters counters;

  Remote(EntryTable table, Resolver resolver, DataKeys keys, UseReports uses, Counters counters) {
    this.table = table;
    this.resolver = resolver;
    this.keys = keys;
    this.uses = uses;
    this.counters = counters;
  }

  /** Reads one entry; null if there is none. */
  @Nullable Entry read(CredentialId id) {
    counters.cacheReads.increment();
    Entry entry = table.read(id);
    if (entry != null) {
      uses.read(entry);
    }
    return entry;
  }

  /** Reads all entries of a tenant. */
  List<Entry> readTenant(String tenant) {
    counters.cacheReads.increment();
    List<Entry> entries = table.readTenant(tenant);
    entries.forEach(uses::read);
    return entries;
  }

  /** Lets the decryptor resolve one credential; null if its answer has no entry of it. */
  @Nullable Entry resolve(CredentialId id, @Nullable Long newerThan) {
    for (Entry entry : resolve(new ResolveRequest(id.tenant(), id.name(), newerThan))) {
      if (entry.id().equals(id)) {
        return entry;
      }
    }
    return null;
  }

  /** Lets the decryptor resolve all of a tenant's credentials. */
  List<Entry> resolveTenant(String tenant) {
    return resolve(new ResolveRequest(tenant, null, null)).stream()
        .filter(entry -> entry.id().tenant().equals(tenant))
        .toList();
  }

  /** Unseals; asks KMS only if the data key is not known. */
  Credential open(CredentialId id, SealedCredential sealed) {
    byte[] value = Envelope.unseal(keys.of(id.tenant(), sealed), id, sealed);
    return new Credential(
        id, sealed.version(), sealed.softExpiresAt(), sealed.hardExpiresAt(), value);
  }

  private List<Entry> resolve(ResolveRequest request) {
    counters.resolves.increment();
    return switch (resolver.resolve(request)) {
      case ResolveAnswer.Resolved resolved -> resolved.entries();
      case ResolveAnswer.Refused refused ->
          throw new KeepwarmException(
              switch (refused.code()) {
                case DENIED, TIMEOUT, TAMPERED -> refused.code();
                default -> ErrorCode.UNAVAILABLE;
              },
              "the decryptor refused: " + refused.reason());
    };
  }
}
