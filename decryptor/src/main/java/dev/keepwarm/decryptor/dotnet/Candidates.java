package dev.keepwarm.decryptor.dotnet;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The candidates that a detection tries: the known schemes, and the same with up to two of their
 * constants replaced by others that circulate. Given fields replace the constants.
 */
final class Candidates {

  /** How many constants may differ from the sample's at once. */
  static final int MAX_CHANGES = 2;

  private static final Set<String> SALT_FIELDS = Set.of("saltHex", "saltText", "saltEncoding");
  private static final Set<String> IV_FIELDS = Set.of("ivHex", "ivBase64", "ivText");

  /** Fields that any scheme may have beside its own. */
  private static final Set<String> ALWAYS =
      Set.of("preDecode", "postDecode", "valuePrefix", "valueSuffix");

  private final Map<String, ?> given;
  private final DotNetSecret secret;
  private final boolean isAscii;
  private final boolean withConstantIvs;
  private final Set<Map<String, Object>> seen = new HashSet<>();
  private int changes = -1;

  /**
   * The candidates of one detection.
   *
   * @param secret a key is tried only with schemes of its size
   * @param withConstantIvs whether the IV may be a constant that is given or can be computed
   */
  Candidates(Map<String, ?> given, DotNetSecret secret, boolean withConstantIvs) {
    this.given = given;
    this.secret = secret;
    this.isAscii =
        secret.passphrase().filter(text -> text.chars().allMatch(unit -> unit < 0x80)).isPresent();
    this.withConstantIvs = withConstantIvs || given.keySet().stream().anyMatch(IV_FIELDS::contains);
  }

  /**
   * One candidate.
   *
   * @param scheme the name of the known scheme it comes from
   * @param changes how many constants differ from the sample's
   */
  record Candidate(String scheme, DotNetParameters parameters, int changes) {

    Map<String, Object> fields() {
      return parameters.toMap();
    }
  }

  boolean hasNext() {
    return changes < MAX_CHANGES;
  }

  /**
   * The candidates with one more change than those before and with every given field, without
   * duplicates.
   *
   * @throws DotNetParametersException the first time, if a given field suits no scheme
   */
  List<Candidate> next() {
    changes++;
    List<Candidate> candidates = new ArrayList<>();
    Map<String, DotNetParametersException> unsuited = new LinkedHashMap<>();
    given.keySet().forEach(field -> unsuited.put(field, suitsNone(field)));
    Stream.of(KnownSchemes.all(), FurtherSchemes.all())
        .flatMap(schemes -> schemes.entrySet().stream())
        // A field that suits no scheme has to be reported, whatever the secret is.
        .filter(scheme -> changes == 0 || takesSecret(scheme.getValue()))
        .filter(scheme -> changes < MAX_CHANGES || isOftenChanged(scheme.getValue().scheme()))
        .forEach(scheme -> add(candidates, scheme.getKey(), scheme.getValue().toMap(), unsuited));
    candidates.removeIf(candidate -> changes == 0 && !mayHaveKey(candidate));
    if (changes == 0) {
      for (DotNetParametersException e : unsuited.values()) {
        throw e;
      }
    }
    return candidates;
  }

  /** With rare ciphers and modes, not everything is tried at once. */
  private boolean isOftenChanged(Scheme scheme) {
    return switch (scheme.cipher().algorithm()) {
      case AES, TRIPLE_DES, DES ->
          switch (scheme.cipher().mode()) {
            case CBC, ECB -> true;
            case GCM -> scheme.layout().hasSalt() || isSaltIn(given);
            case CFB -> false;
          };
      case RIJNDAEL -> scheme.layout().hasSalt();
      case RC2, BLOWFISH -> false;
    };
  }

  /** Whether the salt is given. */
  static boolean isSaltIn(Map<String, ?> given) {
    return given.containsKey("saltHex") || given.containsKey("saltText");
  }

  private boolean mayHaveKey(Candidate candidate) {
    return takesSecret(candidate.parameters());
  }

  /** Whether the secret is of the scheme's kind, and if it is the key itself, of its size. */
  private boolean takesSecret(DotNetParameters parameters) {
    Optional<DotNetSecret> adapted = secret.adaptedTo(parameters);
    if (adapted.isEmpty()
        || !(parameters.scheme().keySource() instanceof KeySource.Explicit explicit)) {
      return adapted.isPresent();
    }
    try {
      return adapted.get().key(explicit.keyTextEncoding()).length
          == parameters.scheme().cipher().keyBytes();
    } catch (DotNetParametersException e) {
      return false;
    }
  }

  private void add(
      List<Candidate> to,
      String scheme,
      Map<String, Object> sample,
      Map<String, DotNetParametersException> unsuited) {
    for (Map<String, Object> varied : variedWithTwins(sample)) {
      Set<String> applied = new LinkedHashSet<>();
      given.keySet().stream().filter(field -> applies(field, varied)).forEach(applied::add);
      Map<String, Object> fields = with(varied, given, applied);
      // A scheme that lacks a given field cannot be the right one.
      boolean isOne = applied.size() == given.size() && seen.add(fields);
      if (changes > 0 && !isOne) {
        continue;
      }
      DotNetParameters parameters;
      try {
        parameters = DotNetParameters.parse(fields);
      } catch (DotNetParametersException e) {
        applied.forEach(field -> unsuited.computeIfPresent(field, (_, _) -> e));
        continue;
      }
      unsuited.keySet().removeAll(applied);
      if (isOne) {
        to.add(new Candidate(scheme, parameters, changes));
      }
    }
  }

  private List<Map<String, Object>> variedWithTwins(Map<String, Object> sample) {
    List<Map<String, Object>> varied = varied(sample);
    if (!withConstantIvs) {
      return varied;
    }
    List<Map<String, Object>> both = new ArrayList<>(varied);
    varied.forEach(fields -> Variation.withConstantIv(fields).ifPresent(both::add));
    return both;
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
  private List<Map<String, Object>> varied(Map<String, Object> sample) {
    List<Map<String, Object>> all = new ArrayList<>();
    vary(sample, Variation.of(sample, given.keySet(), isAscii), 0, changes, all);
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
        Code.UNKNOWN_FIELD, field, "is unknown: no known scheme has it");
  }
}
