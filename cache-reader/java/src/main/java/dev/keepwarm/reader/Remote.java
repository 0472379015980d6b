package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.SealedCredential;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The requests of a reader to other services. Blocking and thread-safe. */
final class Remote {
  private final EntryTable table;
  private final Resolver resolver;
  private final DataKeys keys;
  private final JsonBinding json;
  private final UseReports uses;
  private final Records records;
  private final Counters counters;

  Remote(
      EntryTable table,
      Resolver resolver,
      DataKeys keys,
      JsonBinding json,
      UseReports uses,
      Records records,
      Counters counters) {
    this.json = json;
    this.table = table;
    this.resolver = resolver;
    this.keys = keys;
    this.uses = uses;
    this.records = records;
    this.counters = counters;
  }

  /** Reads one entry; null if there is none. */
  @Nullable Entry read(CredentialId id) {
    records.ahead(id.tenant());
    counters.cacheReads.increment();
    Entry entry = table.read(id);
    if (entry != null) {
      uses.read(entry);
      records.seen(entry);
    }
    return entry;
  }

  /** Reads all items of a tenant. */
  TenantMembers readTenant(String tenant) {
    records.ahead(tenant);
    counters.cacheReads.increment();
    EntryTable.TenantItems items = table.readItems(tenant);
    items.entries().forEach(uses::read);
    items.entries().forEach(records::seen);
    Map<String, ErrorCode> failures = new HashMap<>();
    items.malformed().forEach(id -> failures.put(id.name(), ErrorCode.TAMPERED));
    return new TenantMembers(items.entries(), failures);
  }

  /** Lets the decryptor resolve one credential; null if its answer has no entry for it. */
  @Nullable Entry resolve(CredentialId id, @Nullable Long newerThan) {
    for (Entry entry : resolve(new ResolveRequest(id.tenant(), id.name(), newerThan)).entries()) {
      if (entry.id().equals(id)) {
        return entry;
      }
    }
    return null;
  }

  /** Lets the decryptor resolve all of a tenant's credentials. */
  TenantMembers resolveTenant(String tenant) {
    ResolveAnswer.Resolved answer = resolve(new ResolveRequest(tenant, null, null));
    Map<String, ErrorCode> failures = new HashMap<>();
    answer
        .failures()
        .forEach((name, code) -> {
          if (CredentialId.isValidPart(name)) {
            failures.put(name, readersCode(code));
          }
        });
    List<Entry> entries =
        answer.entries().stream()
            .filter(entry -> entry.id().tenant().equals(tenant))
            // A failure takes precedence over an entry of the same name.
            .filter(entry -> !failures.containsKey(entry.id().name()))
            .toList();
    return new TenantMembers(entries, failures);
  }

  /** How long an entry may be used, as far as is known. */
  Life life(String tenant, SealedCredential sealed) {
    return records.life(tenant, sealed);
  }

  /**
   * Requests the freshness records that entries past their hard expiry need. Meanwhile it unwraps
   * the data key of the first of them, because KMS takes longer.
   *
   * @param readAt the moment just before the request for the entries
   */
  void awaitRecords(String tenant, List<SealedCredential> needy, Moment readAt) {
    records.await(tenant, needy, readAt, () -> unwrapAhead(tenant, needy.getFirst()));
  }

  /** Starts to unwrap a data key that is not known, and does not wait for it. */
  void unwrapBeside(String tenant, SealedCredential sealed) {
    keys.begin(tenant, sealed);
  }

  private void unwrapAhead(String tenant, SealedCredential sealed) {
    try {
      DataKey unused = keys.of(tenant, sealed);
    } catch (KeepwarmException e) {
      // If the entry is opened later, that reports the failure.
    }
  }

  /** Unseals; asks KMS only if the data key is not known. */
  Credential open(CredentialId id, SealedCredential sealed, Life life) {
    byte[] value = Envelope.unseal(keys.of(id.tenant(), sealed), id, sealed);
    return new Credential(
        id, sealed.version(), life.softExpiresAt(), life.hardExpiresAt(), value, json);
  }

  private ResolveAnswer.Resolved resolve(ResolveRequest request) {
    counters.resolves.increment();
    return switch (resolver.resolve(request)) {
      case ResolveAnswer.Resolved resolved -> resolved;
      case ResolveAnswer.Refused refused ->
          throw new KeepwarmException(
              readersCode(refused.code()), "the decryptor refused: " + refused.reason());
    };
  }

  private static ErrorCode readersCode(ErrorCode code) {
    return switch (code) {
      case DENIED, TIMEOUT, TAMPERED -> code;
      default -> ErrorCode.UNAVAILABLE;
    };
  }
}
