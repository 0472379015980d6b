package dev.keepwarm.decryptor.dotnet;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a detection tries: the known schemes, and the same with up to two of their constants
 * replaced by others that circulate. What is known already takes the place of the constants.
 */
final class Candidates {

  /** How many constants may differ from the sample's at once. */
  static final int MAX_CHANGES = 2;

  private static final Set<String> SALT_FIELDS = Set.of("saltHex", "saltText", "saltEncoding");
  private static final Set<String> IV_FIELDS = Set.of("ivHex", "ivBase64", "ivText");

  /** Fields that any scheme may have beside its own. */
  private static final Set<String> ALWAYS = Set.of("preDecode", "postDecode");

  /** The fields that make the key. */
  private static final List<String> KEY_FIELDS =
      List.of(
          "cipher",
          "keySizeBits",
          "blockSizeBits",
          "keySource",
          "kdfHash",
          "iterations",
          "passphraseEncoding",
          "saltHex",
          "saltText",
          "saltEncoding",
          "saltLengthBytes");

  private final Map<String, ?> given;
  private final Set<Map<String, Object>> seen = new HashSet<>();
  private int changes = -1;

  /** Of one detection. */
  Candidates(Map<String, ?> given) {
    this.given = given;
  }

  /**
   * One of them.
   *
   * @param scheme the name of the known scheme it comes from
   * @param fields valid parameters
   * @param changes how many constants differ from the sample's
   */
  record Candidate(String scheme, Map<String, Object> fields, int changes) {

    /** Whether another one makes the same key of a secret, as far as the fields tell. */
    boolean hasKeyOf(Map<String, Object> other) {
      return KEY_FIELDS.stream()
          .allMatch(field -> Objects.equals(fields.get(field), other.get(field)));
    }
  }

  boolean hasNext() {
    return changes < MAX_CHANGES;
  }

  /**
   * The candidates with one change more than those before, and every given field, each once.
   *
   * @throws DotNetParametersException the first time, if a given field suits no scheme
   */
  List<Candidate> next() {
    changes++;
    List<Candidate> candidates = new ArrayList<>();
    Map<String, DotNetParametersException> unsuited = new LinkedHashMap<>();
    given.keySet().forEach(field -> unsuited.put(field, suitsNone(field)));
    KnownSchemes.all()
        .forEach((scheme, sample) -> add(candidates, scheme, sample.toMap(), unsuited));
    if (changes == 0) {
      for (DotNetParametersException e : unsuited.values()) {
        throw e;
      }
    }
    return candidates;
  }

  private void add(
      List<Candidate> to,
      String scheme,
      Map<String, Object> sample,
      Map<String, DotNetParametersException> unsuited) {
    for (Map<String, Object> varied : varied(sample, given, changes)) {
      Set<String> applied = new LinkedHashSet<>();
      given.keySet().stream().filter(field -> applies(field, varied)).forEach(applied::add);
      Map<String, Object> fields = with(varied, given, applied);
      try {
        DotNetParameters unused = DotNetParameters.parse(fields);
      } catch (DotNetParametersException e) {
        applied.forEach(field -> unsuited.computeIfPresent(field, (_, _) -> e));
        continue;
      }
      unsuited.keySet().removeAll(applied);
      // A field that a scheme lacks tells that it is not the one.
      if (applied.size() == given.size() && seen.add(fields)) {
        to.add(new Candidate(scheme, fields, changes));
      }
    }
  }

  private static boolean applies(String field, Map<String, Object> fields) {
    return fields.containsKey(field)
        || ALWAYS.contains(field)
        || (SALT_FIELDS.contains(field) && fields.containsKey("saltHex"))
        || (IV_FIELDS.contains(field) && fields.containsKey("ivHex"))
        || (field.equals("keyTextEncoding") && "explicit".equals(fields.get("keySource")));
  }

  private static Map<String, Object> with(
      Map<String, Object> fields, Map<String, ?> given, Set<String> applied) {
    Map<String, Object> with = new LinkedHashMap<>(fields);
    if (applied.stream().anyMatch(SALT_FIELDS::contains)) {
      with.keySet().removeAll(SALT_FIELDS);
    }
    if (applied.stream().anyMatch(IV_FIELDS::contains)) {
      with.keySet().removeAll(IV_FIELDS);
    }
    applied.forEach(field -> with.put(field, given.get(field)));
    return with;
  }

  /** The sample with exactly this many of its constants replaced. */
  private static List<Map<String, Object>> varied(
      Map<String, Object> sample, Map<String, ?> given, int changes) {
    List<Map<String, Object>> all = new ArrayList<>();
    vary(sample, Variation.of(sample, given.keySet()), 0, changes, all);
    return all;
  }

  private static void vary(
      Map<String, Object> fields,
      List<List<Variation>> axes,
      int axis,
      int left,
      List<Map<String, Object>> to) {
    if (left == 0) {
      to.add(fields);
      return;
    }
    for (int i = axis; i < axes.size(); i++) {
      for (Variation variation : axes.get(i)) {
        vary(variation.applied(fields), axes, i + 1, left - 1, to);
      }
    }
  }

  private static DotNetParametersException suitsNone(String field) {
    return new DotNetParametersException(
        Code.UNKNOWN_FIELD, field, "is in none of the known schemes");
  }
}
