package dev.keepwarm.decryptor.dotnet;

import java.lang.Character.UnicodeScript;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Whether a decoded text looks like one that a person or a program wrote. */
final class Plausibility {

  private static final Set<UnicodeScript> FAMILIAR =
      EnumSet.of(UnicodeScript.LATIN, UnicodeScript.COMMON, UnicodeScript.INHERITED);

  private Plausibility() {}

  /** Says no to an empty text as well: it tells nothing. */
  static boolean of(String text) {
    return !text.isEmpty() && text.codePoints().allMatch(Plausibility::isUsual);
  }

  /**
   * How much of a plausible text speaks for it: characters of its main script, Latin ones and those
   * of all scripts count for it, others against it. What is decrypted with a wrong IV and read as
   * UTF-16 begins with characters from all over the world.
   */
  static int weight(String text) {
    Map<UnicodeScript, Integer> counts = new EnumMap<>(UnicodeScript.class);
    text.codePoints().forEach(c -> counts.merge(UnicodeScript.of(c), 1, Integer::sum));
    int all = counts.values().stream().mapToInt(Integer::intValue).sum();
    int familiar = 0;
    for (UnicodeScript script : FAMILIAR) {
      familiar += Optional.ofNullable(counts.remove(script)).orElse(0);
    }
    familiar += counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    return familiar - (all - familiar);
  }

  private static boolean isUsual(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL -> codePoint == '\t' || codePoint == '\r' || codePoint == '\n';
      case Character.UNASSIGNED, Character.PRIVATE_USE, Character.SURROGATE -> false;
      // A byte order mark tells of another encoding, a replacement character of a loss.
      default -> codePoint != 0xFEFF && codePoint != 0xFFFD;
    };
  }
}
