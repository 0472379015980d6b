package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import java.util.List;
import java.util.Map;

/**
 * The answer of the table or the decryptor about all credentials of a tenant.
 *
 * @param entries the credentials with an entry
 * @param failures by name, why other credentials have no usable entry; none of them is among the
 *     entries
 */
record TenantMembers(List<Entry> entries, Map<String, ErrorCode> failures) {
  /** Copies both. */
  TenantMembers {
    entries = List.copyOf(entries);
    failures = Map.copyOf(failures);
  }
}
