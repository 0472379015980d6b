package dev.keepwarm.decryptor.dotnet;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Texts as they are typically encrypted in tables, with other words than those that the detector
 * has learned.
 */
final class EverydayTexts {

  /** How many kinds there are. */
  static final int KINDS = 11;

  private static final List<String> WORDS =
      List.of(
          "harbor", "falcon", "kitchen", "lantern", "marble", "Orion", "pepper", "Quartz", "river",
          "Saturn", "tulip", "umbra", "violet", "walnut", "Xenon", "yellow", "zephyr", "ledger",
          "invoice", "stock", "plant", "crew", "Lisbon", "Oslo", "Vienna", "Kevin", "Nancy", "ops",
          "etl", "batch", "cron", "mail", "fin", "acct", "Jörg", "Zoë");

  private static final String LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

  private EverydayTexts() {}

  static String any(Seed seed) {
    return of(seed.below(KINDS), seed);
  }

  /** A text of one kind, seldom an empty one. */
  static String of(int kind, Seed seed) {
    if (seed.below(40) == 0) {
      return "";
    }
    return switch (kind) {
      case 0 -> password(seed);
      case 1 -> user(seed) + ":" + password(seed);
      case 2 -> json(seed);
      case 3 -> connection(seed);
      case 4 -> random(LETTERS, 32, seed);
      case 5 -> guid(seed);
      case 6 -> random("0123456789abcdef", 32, seed);
      case 7 ->
          "https://"
              + word(seed)
              + ".example.net/"
              + word(seed)
              + "?key="
              + random(LETTERS, 12, seed);
      case 8 -> user(seed);
      case 9 -> "<user name=\"" + user(seed) + "\" pwd=\"" + password(seed) + "\"/>";
      default -> word(seed) + " " + word(seed) + " " + word(seed) + " " + word(seed);
    };
  }

  private static String password(Seed seed) {
    return switch (seed.below(4)) {
      case 0 -> word(seed) + seed.below(10_000);
      case 1 -> word(seed) + "." + word(seed) + seed.below(100) + "!";
      case 2 -> random(LETTERS + "!#$%&*+-?@", 8 + seed.below(10), seed);
      default -> random(LETTERS, 6 + seed.below(8), seed);
    };
  }

  private static String user(Seed seed) {
    return switch (seed.below(5)) {
      case 0 -> word(seed);
      case 1 -> word(seed) + "_" + word(seed);
      case 2 -> "svc_" + word(seed);
      case 3 -> word(seed).toLowerCase(Locale.ROOT) + "@" + word(seed) + ".com";
      default -> word(seed).toUpperCase(Locale.ROOT) + "\\" + word(seed);
    };
  }

  private static String json(Seed seed) {
    return switch (seed.below(4)) {
      case 0 -> "{\"user\":\"" + user(seed) + "\",\"password\":\"" + password(seed) + "\"}";
      case 1 ->
          "{\"username\":\""
              + user(seed)
              + "\",\"password\":\""
              + password(seed)
              + "\",\"port\":"
              + seed.below(9999)
              + "}";
      case 2 ->
          "{\"clientId\":\"" + guid(seed) + "\",\"secret\":\"" + random(LETTERS, 20, seed) + "\"}";
      default -> "{\"account\":\"" + user(seed) + "\",\"pin\":\"" + seed.below(10_000) + "\"}";
    };
  }

  private static String connection(Seed seed) {
    return switch (seed.below(4)) {
      case 0 ->
          "Server="
              + word(seed)
              + ";Database="
              + word(seed)
              + ";User Id="
              + user(seed)
              + ";Password="
              + password(seed)
              + ";";
      case 1 ->
          "Data Source="
              + word(seed)
              + "\\"
              + word(seed)
              + ";Initial Catalog="
              + word(seed)
              + ";User ID="
              + user(seed)
              + ";Password="
              + password(seed);
      case 2 ->
          "Host=" + word(seed) + ".internal;Username=" + user(seed) + ";Password=" + password(seed);
      default ->
          "Provider=SQLNCLI11;Server="
              + word(seed)
              + ";Uid="
              + user(seed)
              + ";Pwd="
              + password(seed)
              + ";";
    };
  }

  private static String guid(Seed seed) {
    return UUID.nameUUIDFromBytes(seed.bytes(16)).toString();
  }

  private static String random(String characters, int length, Seed seed) {
    StringBuilder random = new StringBuilder();
    for (int i = 0; i < length; i++) {
      random.append(characters.charAt(seed.below(characters.length())));
    }
    return random.toString();
  }

  private static String word(Seed seed) {
    return requireNonNull(WORDS.get(seed.below(WORDS.size())));
  }
}
