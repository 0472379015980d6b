package dev.keepwarm.local.demo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;

/**
 * Looks for secrets in whatever was stored, sent or printed: in UTF-8 and UTF-16, in base64, in
 * hex, and as JSON and Java print them. Immutable.
 */
final class LeakScan {
  private final List<String> needles = new ArrayList<>();

  LeakScan(Collection<String> secrets) {
    for (String secret : secrets) {
      byte[] utf8 = secret.getBytes(StandardCharsets.UTF_8);
      byte[] utf16 = secret.getBytes(StandardCharsets.UTF_16LE);
      needles.add(latin(utf8));
      needles.add(latin(utf16));
      needles.add(base64(utf8));
      needles.add(base64(utf16));
      needles.add(java.util.HexFormat.of().formatHex(utf8));
      String json = dev.keepwarm.core.Json.write(secret);
      needles.add(latin(json.substring(1, json.length() - 1).getBytes(StandardCharsets.UTF_8)));
    }
  }

  /** How many of the secrets' forms are in the bytes. */
  int count(byte[] bytes) {
    String haystack = latin(bytes);
    int found = 0;
    for (String needle : needles) {
      if (haystack.contains(needle)) {
        found++;
      }
    }
    return found;
  }

  /** How many of the secrets' forms are in the text. */
  int count(String text) {
    return count(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Without what depends on the bytes that follow. */
  private static String base64(byte[] bytes) {
    byte[] whole = java.util.Arrays.copyOf(bytes, bytes.length - bytes.length % 3);
    return Base64.getEncoder().encodeToString(whole);
  }
}
