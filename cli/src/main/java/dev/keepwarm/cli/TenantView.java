package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.EntryTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The printed form of a tenant.
 *
 * @param tenant the tenant
 * @param enrolled whether it is on the wheel
 * @param entries its entries by name; null for a malformed item
 * @param unnameable how many further items have invalid names
 */
record TenantView(
    String tenant,
    boolean enrolled,
    Map<CredentialId, @Nullable EntryView> entries,
    int unnameable) {
  /**
   * Reads a tenant.
   *
   * @throws KeepwarmException {@link ErrorCode#NOT_FOUND} if it has no items and is not enrolled
   */
  static TenantView read(Ports ports, String tenant) {
    EntryTable.TenantItems items = ports.cache().readItems(tenant);
    boolean enrolled = ports.wheel().isEnrolled(tenant);
    if (items.entries().isEmpty() && items.malformed().isEmpty() && !enrolled) {
      throw new KeepwarmException(
          ErrorCode.NOT_FOUND, tenant + " has no entries and is not on the wheel");
    }
    FreshRecords records = new FreshRecords(ports.cache(), ports.clock().millis());
    Map<CredentialId, @Nullable EntryView> views = new TreeMap<>();
    items.entries().forEach(entry -> views.put(entry.id(), EntryView.of(entry, records)));
    items.malformed().forEach(id -> views.put(id, null));
    return new TenantView(tenant, enrolled, views, items.unnameable());
  }

  /** A row for each entry. */
  Table table() {
    Table table = EntryView.table();
    entries.forEach((id, view) -> {
      if (view == null) {
        EntryView.addMalformed(table, id);
      } else {
        view.addTo(table);
      }
    });
    return table;
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("tenant", tenant);
    json.put("enrolled", enrolled);
    List<Map<String, @Nullable Object>> each = new ArrayList<>();
    entries.forEach(
        (id, view) -> each.add(view == null ? EntryView.jsonOfMalformed(id) : view.json()));
    json.put("entries", each);
    return json;
  }
}
