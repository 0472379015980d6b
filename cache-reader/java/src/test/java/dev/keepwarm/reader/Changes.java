package dev.keepwarm.reader;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The changes that an attacker with write access to the cache table can make to its items. */
final class Changes {
  private Changes() {}

  /**
   * The item with each bit of the attribute flipped, with the attribute cut at each length, and
   * with more at its end. Of a text the lower seven bits of each character are flipped.
   */
  static List<Map<String, AttributeValue>> ofEach(
      Map<String, AttributeValue> item, String attribute) {
    AttributeValue value = Objects.requireNonNull(item.get(attribute), attribute);
    List<AttributeValue> changed = new ArrayList<>();
    if (value.b() != null) {
      byte[] bytes = value.b().asByteArray();
      for (int bit = 0; bit < 8 * bytes.length; bit++) {
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        changed.add(AttributeValue.fromB(SdkBytes.fromByteArray(flipped)));
      }
      for (int length = 0; length <= bytes.length + 1; length++) {
        if (length != bytes.length) {
          changed.add(AttributeValue.fromB(SdkBytes.fromByteArray(Arrays.copyOf(bytes, length))));
        }
      }
    } else {
      String text = value.s() == null ? value.n() : value.s();
      List<String> texts = new ArrayList<>();
      for (int bit = 0; bit < 7 * text.length(); bit++) {
        char[] flipped = text.toCharArray();
        flipped[bit / 7] ^= (char) (1 << bit % 7);
        texts.add(new String(flipped));
      }
      for (int length = 0; length < text.length(); length++) {
        texts.add(text.substring(0, length));
      }
      texts.add(text + "0");
      texts.forEach(each ->
          changed.add(value.s() == null ? AttributeValue.fromN(each) : AttributeValue.fromS(each)));
    }
    return changed.stream().map(each -> with(item, Map.of(attribute, each))).toList();
  }

  /** Every mixture of two items in the attributes in which they differ, but neither of the two. */
  static List<Map<String, AttributeValue>> mixtures(
      Map<String, AttributeValue> one, Map<String, AttributeValue> other) {
    List<String> names =
        one.keySet().stream().filter(name -> !one.get(name).equals(other.get(name))).toList();
    List<Map<String, AttributeValue>> mixtures = new ArrayList<>();
    for (int taken = 1; taken < (1 << names.size()) - 1; taken++) {
      Map<String, AttributeValue> of = new HashMap<>();
      for (int i = 0; i < names.size(); i++) {
        if ((taken >> i & 1) == 1) {
          of.put(names.get(i), Objects.requireNonNull(other.get(names.get(i))));
        }
      }
      mixtures.add(with(one, of));
    }
    return mixtures;
  }

  private static Map<String, AttributeValue> with(
      Map<String, AttributeValue> item, Map<String, AttributeValue> changes) {
    Map<String, AttributeValue> changed = new HashMap<>(item);
    changed.putAll(changes);
    return changed;
  }
}
