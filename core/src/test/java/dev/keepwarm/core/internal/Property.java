package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A property that holds for all generated values. The seed is different in every run. A failure
 * names it, and {@code -Dseed=N} repeats the run.
 */
public final class Property {
  private static final String ID_CHARACTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@/+=-";

  private Property() {}

  /**
   * Checks the property for {@code cases} generated cases.
   *
   * @throws AssertionError of the first case that fails, with the seed
   */
  public static void check(int cases, Consumer<Gen> property) {
    Long given = Long.getLong("seed");
    long seed = given == null ? System.nanoTime() : given;
    Random seeds = new Random(seed);
    for (int i = 0; i < cases; i++) {
      Gen gen = new Gen(new Random(seeds.nextLong()));
      try {
        property.accept(gen);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("case " + i + ", repeat with -Dseed=" + seed + ": " + e, e);
      }
    }
  }

  /** Generates the values of one case. Not thread-safe. */
  public static final class Gen {
    private final Random random;

    private Gen(Random random) {
      this.random = random;
    }

    /** The source of randomness itself. */
    public Random random() {
      return random;
    }

    /** A number from {@code least} to {@code most}. */
    public int integer(int least, int most) {
      return random.nextInt(least, most + 1);
    }

    /** A number from 0 to {@link Versions#MAX}, often one at the bounds. */
    public long number() {
      return switch (integer(0, 5)) {
        case 0 -> 0;
        case 1 -> Versions.MAX;
        case 2 -> integer(0, 10);
        default -> random.nextLong(Versions.MAX + 1);
      };
    }

    /** True once in {@code times}. */
    public boolean oneIn(int times) {
      return random.nextInt(times) == 0;
    }

    /** One of the values. */
    public <T> T oneOf(List<T> values) {
      return values.get(random.nextInt(values.size()));
    }

    /** {@code length} bytes. */
    public byte[] bytes(int length) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return bytes;
    }

    /** A tenant or a name. */
    public String idPart() {
      int length = oneIn(4) ? oneOf(List.of(1, CredentialId.MAX_LENGTH)) : integer(1, 40);
      StringBuilder part = new StringBuilder();
      for (int i = 0; i < length; i++) {
        part.append(ID_CHARACTERS.charAt(random.nextInt(ID_CHARACTERS.length())));
      }
      return part.toString();
    }

    /** A credential's id. */
    public CredentialId id() {
      return new CredentialId(idPart(), idPart());
    }
  }
}
