package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * An action of a user or operator at some time.
 *
 * @param at when, in milliseconds since the history began
 * @param kind the kind of action
 * @param id the credential
 * @param detail a random number that decides the details
 */
record Action(long at, Kind kind, CredentialId id, int detail) {
  /** The kinds of actions, with their weights. */
  enum Kind {
    ROTATE(20),
    ROTATE_TENANT(4),
    INVALIDATE(6),
    INVALIDATE_TENANT(2),
    INVALIDATE_BY_READER(3),
    REVOKE(8),
    REVOKE_TENANT(1),
    ROLL_BACK(4),
    DELETE(4),
    RECREATE(4),
    WARM(5),
    READ(20),
    READ_NEAR(20),
    READ_ALL(5),
    REJECT(4),
    SWEEP(4),
    REDRIVE(2),
    REPLAY(4);

    private static final int TOTAL = total();
    private final int weight;

    Kind(int weight) {
      this.weight = weight;
    }

    private static int total() {
      int total = 0;
      for (Kind kind : values()) {
        total += kind.weight;
      }
      return total;
    }

    private static Kind any(Random random) {
      int chosen = random.nextInt(TOTAL);
      for (Kind kind : values()) {
        chosen -= kind.weight;
        if (chosen < 0) {
          return kind;
        }
      }
      throw new IllegalStateException("the weights are the total");
    }
  }

  static final List<CredentialId> IDS =
      List.of(new CredentialId("a", "x"), new CredentialId("a", "y"), new CredentialId("b", "x"));

  /**
   * The actions of a history, in their order.
   *
   * @param busy how much of its beginning and of its end most of them fall in
   */
  static List<Action> generate(Random random, long busy, long duration) {
    List<Action> actions = new ArrayList<>();
    int count = 6 + random.nextInt(20);
    for (int i = 0; i < count; i++) {
      actions.add(
          new Action(
              time(random, actions, busy, duration),
              Kind.any(random),
              IDS.get(random.nextInt(IDS.size())),
              random.nextInt()));
    }
    actions.sort(Comparator.comparingLong(Action::at));
    return actions;
  }

  private static long time(Random random, List<Action> before, long busy, long duration) {
    // Half of the actions happen shortly after another one.
    if (!before.isEmpty() && random.nextBoolean()) {
      return before.get(random.nextInt(before.size())).at() + random.nextInt(3_000);
    }
    return switch (random.nextInt(5)) {
      case 0 -> random.nextLong(duration);
      case 1, 2 -> random.nextLong(busy);
      default -> duration - random.nextLong(busy);
    };
  }
}
