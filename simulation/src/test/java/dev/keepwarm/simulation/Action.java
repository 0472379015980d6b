package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Something that somebody does at some time.
 *
 * @param at when, in milliseconds since the history began
 * @param kind what
 * @param id to which credential
 * @param detail decides on what is left open
 */
record Action(long at, Kind kind, CredentialId id, int detail) {
  /** What somebody does. */
  enum Kind {
    ROTATE,
    ROTATE_TENANT,
    INVALIDATE,
    INVALIDATE_TENANT,
    REVOKE,
    REVOKE_TENANT,
    ROLL_BACK,
    DELETE,
    READ,
    READ_NEAR,
    READ_ALL,
    REJECT,
    SWEEP
  }

  /** How likely each kind is, in their order. */
  private static final int[] WEIGHTS = {20, 4, 7, 2, 8, 1, 4, 4, 20, 20, 4, 4, 6};

  static final List<CredentialId> IDS =
      List.of(new CredentialId("a", "x"), new CredentialId("a", "y"), new CredentialId("b", "x"));

  /** The actions of a history, in their order. */
  static List<Action> generate(Random random, long duration) {
    int total = 0;
    for (int weight : WEIGHTS) {
      total += weight;
    }
    List<Action> actions = new ArrayList<>();
    int count = 6 + random.nextInt(20);
    for (int i = 0; i < count; i++) {
      int chosen = random.nextInt(total);
      int kind = 0;
      while (chosen >= WEIGHTS[kind]) {
        chosen -= WEIGHTS[kind++];
      }
      // Half of what happens happens close to something else.
      long at =
          i > 0 && random.nextBoolean()
              ? actions.get(random.nextInt(i)).at() + random.nextInt(3_000)
              : random.nextLong(duration);
      actions.add(
          new Action(
              at, Kind.values()[kind], IDS.get(random.nextInt(IDS.size())), random.nextInt()));
    }
    actions.sort(Comparator.comparingLong(Action::at));
    return actions;
  }
}
