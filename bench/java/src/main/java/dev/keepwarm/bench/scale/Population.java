package dev.keepwarm.bench.scale;

import dev.keepwarm.engine.Wheel;

/**
 * Enrolled tenants, always {@value #PER_SLOT} per slot: the wheel has more slots for more tenants.
 * So ticks over the same number of slots have the same number of tenants due in every population.
 * Immutable.
 *
 * @param tenants a multiple of {@value #PER_SLOT}
 */
record Population(long tenants) {
  /** The number for a million tenants on the default wheel of 1,024 slots. */
  static final int PER_SLOT = 1000;

  int slots() {
    return Math.toIntExact(tenants / PER_SLOT);
  }

  /** A tenant's name; all have the same length, so that all items have the same size. */
  static String tenant(long number) {
    return "tenant-%010d".formatted(number);
  }

  /** Receives tenants, each with its slot. */
  interface Enrolment {
    void enrol(int slot, String tenant);
  }

  /**
   * Passes all tenants to the receiver: the first names whose hash gives a slot that is not full
   * yet.
   */
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
