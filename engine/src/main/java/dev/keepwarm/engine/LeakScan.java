package dev.keepwarm.engine;

import dev.keepwarm.core.internal.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Looks for secrets in the output of a process: unchanged, in UTF-16, in hexadecimal, in base64 at
 * each of its three alignments, URL-encoded, escaped for JSON, and backwards. Only the tests and
 * {@code keepwarm demo} use it, not the functions. Thread-safe.
 *
 * <p>The time of a scan is proportional to the length of the text, however many secrets there are.
 * A window of {@link #SHORTEST} characters moves over the text, and an index by that window says
 * which forms may begin there.
 */
public final class LeakScan {
  /** The minimum length of a secret: shorter ones would be found by chance. */
  public static final int SHORTEST = 8;

  private final Map<Long, List<Form>> index = new HashMap<>();
  private final Map<Long, List<Form>> hexIndex = new HashMap<>();
  private final List<String> leaks = new ArrayList<>();
  private int places;

  /** One way to write a secret. */
  private record Form(int secret, String text) {
    @Override
    public String toString() {
      return "Form[" + secret + "]";
    }
  }

  /**
   * A scan for these secrets.
   *
   * @throws IllegalArgumentException if one is shorter than {@link #SHORTEST}
   */
  public LeakScan(Collection<String> secrets) {
    int number = 0;
    for (String secret : secrets) {
      if (secret.length() < SHORTEST) {
        throw new IllegalArgumentException("too short: a match could be mere chance");
      }
      for (String form : formsOf(secret)) {
        add(index, new Form(number, form));
      }
      for (byte[] bytes : encodings(secret)) {
        add(hexIndex, new Form(number, HexFormat.of().formatHex(bytes)));
      }
      number++;
    }
  }

  /** A scan for these secrets, as above. */
  public LeakScan(String... secrets) {
    this(List.of(secrets));
  }

  /** Scans a text. */
  public void scan(String place, String text) {
    Set<Integer> found = new HashSet<>();
    find(index, text, found);
    find(hexIndex, text.toLowerCase(Locale.ROOT), found);
    synchronized (this) {
      places++;
      found.forEach(secret -> leaks.add(place));
    }
  }

  /** Scans bytes. */
  public void scan(String place, byte[] bytes) {
    scan(place, new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /** Scans an exception with its causes and suppressed exceptions. */
  public void scan(String place, Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      scan(place, t.toString());
      for (Throwable suppressed : t.getSuppressed()) {
        scan(place, suppressed);
      }
    }
  }

  /** The places where secrets were found, one for each secret that a scan found there. */
  public synchronized List<String> leaks() {
    return List.copyOf(leaks);
  }

  /** How often secrets were found in one place. */
  public synchronized int leaks(String place) {
    return (int) leaks.stream().filter(place::equals).count();
  }

  /** How many scans there were. */
  public synchronized int places() {
    return places;
  }

  private static void add(Map<Long, List<Form>> index, Form form) {
    long key = 0;
    for (int i = 0; i < SHORTEST; i++) {
      key = key << 8 | (form.text().charAt(i) & 0xff);
    }
    index.computeIfAbsent(key, unused -> new ArrayList<>()).add(form);
  }

  private static void find(Map<Long, List<Form>> index, String text, Set<Integer> found) {
    long key = 0;
    for (int i = 0; i < text.length(); i++) {
      key = key << 8 | (text.charAt(i) & 0xff);
      int start = i + 1 - SHORTEST;
      List<Form> forms = start < 0 ? null : index.get(key);
      if (forms != null) {
        for (Form form : forms) {
          if (text.startsWith(form.text(), start)) {
            found.add(form.secret());
          }
        }
      }
    }
  }

  /** All forms except hexadecimal, which may be in capitals. */
  private static List<String> formsOf(String secret) {
    List<String> forms = new ArrayList<>();
    String json = Json.write(secret);
    forms.add(latin(json.substring(1, json.length() - 1)));
    forms.add(URLEncoder.encode(secret, StandardCharsets.UTF_8));
    forms.add(latin(new StringBuilder(secret).reverse().toString()));
    // A text that was not made of bytes.
    forms.add(secret);
    for (byte[] bytes : encodings(secret)) {
      forms.add(new String(bytes, StandardCharsets.ISO_8859_1));
      for (int shift = 0; shift < 3; shift++) {
        forms.add(base64Inside(bytes, shift));
      }
    }
    return forms;
  }

  private static List<byte[]> encodings(String secret) {
    return List.of(
        secret.getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_16LE));
  }

  /** The text as it looks if its UTF-8 bytes are taken for Latin-1 characters. */
  private static String latin(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** The part of the base64 form that does not depend on the bytes before and after. */
  private static String base64Inside(byte[] bytes, int shift) {
    int skipped = (3 - shift) % 3;
    int whole = (bytes.length - skipped) / 3 * 3;
    byte[] inside = Arrays.copyOfRange(bytes, skipped, skipped + whole);
    return Base64.getEncoder().encodeToString(inside);
  }
}
