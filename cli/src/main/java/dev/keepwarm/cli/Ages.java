package dev.keepwarm.cli;

import java.time.Duration;

/** Formats durations for people. */
final class Ages {
  private Ages() {}

  /** Two units at most, such as {@code 3m20s}, {@code 2d4h} or {@code 0.3s}. */
  static String text(long millis) {
    if (millis < 0) {
      return "-" + text(-millis);
    }
    Duration age = Duration.ofMillis(millis);
    if (age.toDays() > 0) {
      return age.toDays() + "d" + age.toHoursPart() + "h";
    }
    if (age.toHours() > 0) {
      return age.toHours() + "h" + age.toMinutesPart() + "m";
    }
    if (age.toMinutes() > 0) {
      return age.toMinutes() + "m" + age.toSecondsPart() + "s";
    }
    return age.toSeconds() >= 10
        ? age.toSeconds() + "s"
        : age.toSeconds() + "." + age.toMillisPart() / 100 + "s";
  }
}
