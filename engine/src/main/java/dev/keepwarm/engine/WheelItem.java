package dev.keepwarm.engine;

import org.jspecify.annotations.Nullable;

/**
 * An item of the wheel table: a tenant in its slot, or a control item in slot -1.
 *
 * @param slot the slot
 * @param tenant the tenant, or the control item's name
 * @param published see {@link Wheel.Cursor}
 * @param slotMillis see {@link Wheel.Cursor}
 * @param startedAt see {@link Wheel.Discovery}
 * @param from see {@link Wheel.Discovery}
 * @param unusedSince see {@link Wheel.Member}
 * @param leaving the id of the caller that is about to take the tenant off, see {@link
 *     Wheel#prepareLeave}
 */
record WheelItem(
    int slot,
    String tenant,
    @Nullable Long published,
    @Nullable Long slotMillis,
    @Nullable Long startedAt,
    @Nullable String from,
    @Nullable Long unusedSince,
    @Nullable String leaving) {

  static WheelItem member(int slot, String tenant) {
    return new WheelItem(slot, tenant, null, null, null, null, null, null);
  }
}
