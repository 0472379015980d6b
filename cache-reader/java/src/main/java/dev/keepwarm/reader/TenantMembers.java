package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import java.util.List;
import java.util.Map;

/**
 * What the table or the decryptor says about all of a tenant's credentials.
 *
 * @param entries those with an entry
 * @param failures by name, why others have none that can be used; none of them is among the entries
 */
record TenantMembers(List<Entry> entries, Map<String, ErrorCode> failures) {
  /** Copies both. */
  TenantMembers {
    entries = List.copyOf(entries);
    failures = Map.copyOf(failures);
  }
}
