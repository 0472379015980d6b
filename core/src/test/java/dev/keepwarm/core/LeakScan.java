package dev.keepwarm.core;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Looks for secrets in what a process has left: as they are, in UTF-16, in hexadecimal, in base64
 * at each of its three alignments, URL-encoded, escaped for JSON, and backwards. Thread-safe.
 */
public final class LeakScan {
  private final Map<String, List<String>> forms = new LinkedHashMap<>();
  private final List<String> leaks = new ArrayList<>();
  private int places;

  /** A scan for these secrets, each of eight characters at least. */
  public LeakScan(String... secrets) {
    for (String secret : secrets) {
      if (secret.length() < 8) {
        throw new IllegalArgumentException("too short to be found by chance only");
      }
      forms.put(secret, formsOf(secret));
    }
  }

  /** Scans a text. */
  public synchronized void scan(String place, String text) {
    places++;
    String lower = text.toLowerCase(Locale.ROOT);
    forms.forEach((secret, texts) -> {
      for (String form : texts) {
        if (text.contains(form) || (isHex(form) && lower.contains(form))) {
          leaks.add(place);
          return;
        }
      }
    });
  }

  /** Scans bytes. */
  public void scan(String place, byte[] bytes) {
    scan(place, new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /** Scans an exception and everything that hangs on it. */
  public void scan(String place, Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      scan(place, t.toString());
      for (Throwable suppressed : t.getSuppressed()) {
        scan(place, suppressed);
      }
    }
  }

  /** Where secrets were found. */
  public synchronized List<String> leaks() {
    return List.copyOf(leaks);
  }

  /** How many places were scanned. */
  public synchronized int places() {
    return places;
  }

  private static List<String> formsOf(String secret) {
    byte[] utf8 = secret.getBytes(StandardCharsets.UTF_8);
    byte[] utf16 = secret.getBytes(StandardCharsets.UTF_16LE);
    List<String> forms = new ArrayList<>();
    String json = Json.write(secret);
    forms.add(latin(json.substring(1, json.length() - 1)));
    forms.add(URLEncoder.encode(secret, StandardCharsets.UTF_8));
    forms.add(latin(new StringBuilder(secret).reverse().toString()));
    // A text that was not made of bytes.
    forms.add(secret);
    for (byte[] bytes : List.of(utf8, utf16)) {
      forms.add(new String(bytes, StandardCharsets.ISO_8859_1));
      forms.add(HexFormat.of().formatHex(bytes));
      for (int shift = 0; shift < 3; shift++) {
        forms.add(base64Inside(bytes, shift));
      }
    }
    return forms;
  }

  /** As a text looks of which the bytes in UTF-8 are taken for characters. */
  private static String latin(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** What of the base64 form does not depend on the bytes before and after. */
  private static String base64Inside(byte[] bytes, int shift) {
    int skipped = (3 - shift) % 3;
    int whole = (bytes.length - skipped) / 3 * 3;
    byte[] inside = Arrays.copyOfRange(bytes, skipped, skipped + whole);
    return Base64.getEncoder().encodeToString(inside);
  }

  private static boolean isHex(String form) {
    return form.chars().allMatch(c -> Character.digit(c, 16) >= 0);
  }
}
