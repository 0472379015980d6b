package dev.keepwarm.bench.scale;

import dev.keepwarm.engine.Wheel;

/**
 * So many tenants enrolled, always {@value #PER_SLOT} in a slot: the more tenants, the more slots
 * the wheel has. So ticks over as many slots have exactly as many tenants due, whatever the
 * population. Immutable.
 *
 * @param tenants a multiple of {@value #PER_SLOT}
 */
record Population(long tenants) {
  /** As a million tenants have it with the 1,024 slots that the wheel has by default. */
  static final int PER_SLOT = 1000;

  int slots() {
    return Math.toIntExact(tenants / PER_SLOT);
  }

  /** A tenant; they are all equally long, so that they take as many bytes. */
  static String tenant(long number) {
    return "tenant-%010d".formatted(number);
  }

  /** Gets tenants, each with its slot. */
  interface Enrolment {
    void enrol(int slot, String tenant);
  }

  /** Tells all tenants: the first that their hash puts into a slot that is not full yet. */
  void enrol(Enrolment enrolment) {
    int slots = slots();
    int[] members = new int[slots];
    long left = tenants;
    for (long number = 0; left > 0; number++) {
      String tenant = tenant(number);
      int slot = Wheel.slotOf(tenant, slots);
      if (members[slot] < PER_SLOT) {
        members[slot]++;
        left--;
        enrolment.enrol(slot, tenant);
      }
    }
  }

  /** In words, as {@code 1 million}. */
  String label() {
    return tenants < 1_000_000
        ? "%,d".formatted(tenants)
        : "%,d million".formatted(tenants / 1_000_000);
  }
}
