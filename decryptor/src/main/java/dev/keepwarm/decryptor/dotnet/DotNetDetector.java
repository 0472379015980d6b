package dev.keepwarm.decryptor.dotnet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds out with which of the {@link KnownSchemes} a few stored values were encrypted, or says that
 * the values do not decide it. Takes a few seconds at most for ten values. Stateless.
 */
public final class DotNetDetector {

  /**
   * How much likelier than chance a scheme has to be, in bits, beyond the number of schemes tried.
   * Values of another kind match by mistake once in a million times.
   */
  static final double BEYOND_CHANCE = 20;

  /** How much likelier than any other scheme it has to be, in bits: a factor of a thousand. */
  static final double BEYOND_OTHERS = 10;

  /** The bits that rule out chance, however many schemes are tried. */
  private static final double CERTAIN = 60;

  /** By how many bits per character the beginnings may be costlier than the rest. */
  private static final double UNLIKE_BITS_PER_CHAR = 0.45;

  private static final double RANDOM_BITS_PER_CHAR = 3;

  /** The most iterations that are tried together with other changed constants. */
  private static final int MANY_ITERATIONS = 20_000;

  private static final int SOME_ITERATIONS = 10_000;

  private static final int FEW_ITERATIONS = 1000;

  /** The most matches that are reported. */
  private static final int MAX_MATCHES = 10;

  private static final String CONSTANT_IV =
      "the key fits, but the IV is a constant that is not in the values, and without it the first"
          + " block of each value is lost: put ivHex into --known, or give known plaintexts";

  private static final String WORKED_OUT_IV =
      "the IV is a constant that is not in the values; it was computed from their beginnings, so"
          + " compare a result with a known plaintext";

  private static final String EITHER_IV =
      "either the IV is in front of each value, or it is a constant that is not in the values, and"
          + " the first block of each value is lost: put ivHex into --known, or give more values or"
          + " known plaintexts";

  private static final String NOT_ALL =
      "the best scheme decodes only some of the values: give values of one kind, known plaintexts,"
          + " or known parameters";

  private static final String TOO_SHORT =
      "several schemes decode these values equally well: give longer or more values, or put the"
          + " mode and the IV into --known";

  private static final String NO_WINNER =
      "several schemes are about equally likely: give more values, known plaintexts, or known"
          + " parameters";

  private DotNetDetector() {}

  /** How sure a detection is. */
  public enum Verdict {
    /** The first match is a thousand times likelier than any other, and a million than chance. */
    FOUND,
    /** The values do not decide it; the advice says what would. */
    AMBIGUOUS,
    /** No scheme is likelier than chance. */
    NONE
  }

  /**
   * The result of a detection.
   *
   * @param matches the schemes that are likelier than chance, best first; equivalent ones appear
   *     once
   * @param advice if ambiguous, the open point and how to settle it; if a scheme was found, a point
   *     to check, mostly empty
   * @param recognised how many values are of kinds that this class cannot decode, by kind
   */
  public record Detection(
      Verdict verdict, List<Match> matches, String advice, Map<DotNetRefusal, Integer> recognised) {
    /** Copies the collections. */
    public Detection {
      matches = List.copyOf(matches);
      recognised = Map.copyOf(recognised);
    }
  }

  /**
   * A scheme that fits.
   *
   * @param scheme the name of the known scheme; some of its constants may have been replaced
   * @param parameters the parameters for a profile
   * @param plausible how many of the values it decodes to plausible text
   * @param bits how much likelier than chance it is: the logarithm to the base of 2
   */
  public record Match(String scheme, DotNetParameters parameters, int plausible, int bits) {}

  /** Like {@link #detect(Collection, DotNetSecret, Map, List)}, without known texts. */
  public static Detection detect(
      Collection<String> values, DotNetSecret secret, Map<String, ?> known) {
    return detect(values, secret, known, List.of());
  }

  /**
   * Tries the known schemes in the notation of the values, with every usual text encoding and
   * padding, and with constants of other samples.
   *
   * @param values stored values encrypted in the same way; three or more leave little to chance
   * @param secret the passphrase, also tried as the text of a key; or the key
   * @param known parameters that are already known, by field, which replace those of the samples:
   *     {@code saltHex}, {@code ivHex}, {@code iterations}, {@code kdfHash} and so on. A scheme
   *     that lacks one of them is not tried
   * @param expected the values' texts as far as they are known, in the values' order; an unknown
   *     constant IV follows from them
   * @throws DotNetParametersException if a field of {@code known} suits no scheme
   */
  public static Detection detect(
      Collection<String> values,
      DotNetSecret secret,
      Map<String, ?> known,
      List<Optional<String>> expected) {
    List<String> all = List.copyOf(values);
    List<String> told = new ArrayList<>();
    List<Optional<String>> expectedOfTold = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      // An empty text without padding is stored as an empty value, which proves nothing.
      if (!all.get(i).isBlank()) {
        told.add(all.get(i));
        if (i < expected.size()) {
          expectedOfTold.add(expected.get(i));
        }
      }
    }
    Map<String, Object> given = new LinkedHashMap<>(StoredForm.parameters(told, known));
    given.putAll(known);
    try (Question question = new Question(given, secret, told, expectedOfTold)) {
      return detect(question);
    }
  }

  private static Detection detect(Question question) {
    Candidates candidates =
        new Candidates(question.given(), question.secret(), !question.expected().isEmpty());
    int values = question.values().size();
    List<Trial.Result> results = new ArrayList<>();
    boolean isKeyFound = false;
    int tried = 0;
    while (candidates.hasNext() && !isKeyFound) {
      List<Candidates.Candidate> next =
          candidates.next().stream()
              .filter(candidate -> isWorthTrying(candidate, question.given()))
              .toList();
      tried += next.size();
      for (Candidates.Candidate candidate : next) {
        Trial trial = new Trial(candidate, question);
        results.addAll(trial.results());
        results.addAll(withSolvedIv(trial, candidate, question));
      }
      isKeyFound = isAnyWhole(results, values);
    }
    if (!isKeyFound) {
      List<Candidates.Candidate> scanned = IterationScan.candidates(question);
      // Each number that was tried was another chance to match.
      tried += scanned.isEmpty() ? 0 : IterationScan.TRIED;
      for (Candidates.Candidate candidate : scanned) {
        results.addAll(new Trial(candidate, question).results());
        results.addAll(siblings(candidate.scheme(), candidate.parameters(), question));
      }
    }
    Optional<Trial.Result> best =
        results.stream().max(Comparator.comparingDouble(Trial.Result::bits));
    // A result far better than chance has the right key, but perhaps not the right IV.
    if (best.isPresent() && best.get().bits() >= CERTAIN && !isIvGiven(question.given())) {
      List<Map<String, Object>> siblings = Variation.siblings(best.get().parameters().toMap());
      tried += siblings.size();
      results.addAll(siblings(best.get().scheme(), best.get().parameters(), question));
    }
    double chance = Math.log((double) tried * Trial.MAX_VARIANTS) / Math.log(2);
    List<Trial.Result> likely =
        results.stream()
            .filter(result -> result.bits() >= chance + BEYOND_CHANCE)
            // A stable sort: of equal ones, the more common scheme stays in front.
            .sorted(Comparator.comparingDouble(Trial.Result::bits).reversed())
            .toList();
    return detection(question, distinct(likely, question.values()), chance);
  }

  /** The results for the same key with the IV from elsewhere. */
  private static List<Trial.Result> siblings(
      String scheme, DotNetParameters parameters, Question question) {
    return Variation.siblings(parameters.toMap()).stream()
        .map(DotNetParameters::parse)
        .map(sibling -> new Candidates.Candidate(scheme, sibling, Candidates.MAX_CHANGES))
        .flatMap(sibling -> new Trial(sibling, question).results().stream())
        .toList();
  }

  /** Leaves out rare constants that cost much. */
  private static boolean isWorthTrying(Candidates.Candidate candidate, Map<String, Object> given) {
    return candidate.changes() == 0
        || given.containsKey("iterations")
        || !(candidate.fields().get("iterations") instanceof Integer iterations)
        || iterations <= mostIterations(candidate, given);
  }

  private static int mostIterations(Candidates.Candidate candidate, Map<String, Object> given) {
    // These two hashes take four times as long as others.
    boolean isSlow = Set.of("SHA384", "SHA512").contains(candidate.fields().get("kdfHash"));
    if (candidate.changes() < Candidates.MAX_CHANGES) {
      return isSlow ? SOME_ITERATIONS : Integer.MAX_VALUE;
    }
    if (Candidates.isSaltIn(given) && !isSlow && !isAnotherPassword(candidate)) {
      // One derivation for all values and schemes.
      return Integer.MAX_VALUE;
    }
    if (isRare(candidate)) {
      return FEW_ITERATIONS;
    }
    // If the salt is in the value, only the hash and the number of iterations are unknown.
    boolean isSalted = candidate.fields().containsKey("saltLengthBytes");
    return !isSlow ? MANY_ITERATIONS : isSalted ? SOME_ITERATIONS : FEW_ITERATIONS;
  }

  private static boolean isRare(Candidates.Candidate candidate) {
    Map<String, Object> fields = candidate.fields();
    return isAnotherPassword(candidate)
        || "kdf-first-bytes".equals(fields.get("ivSource"))
        || (fields.get("saltLengthBytes") instanceof Integer length
            && !List.of(8, 16, 32).contains(length));
  }

  private static boolean isAnotherPassword(Candidates.Candidate candidate) {
    return candidate.fields().containsKey("passphraseHash")
        || !"utf-8".equals(candidate.fields().get("passphraseEncoding"));
  }

  private static boolean isIvGiven(Map<String, Object> given) {
    return Stream.of("ivHex", "ivBase64", "ivText", "ivSource").anyMatch(given::containsKey);
  }

  /** Whether a result decodes all values, and no further candidate can put it in doubt. */
  private static boolean isAnyWhole(List<Trial.Result> results, int values) {
    return results.stream()
        .anyMatch(result -> result.plausible() == values && result.bits() >= CERTAIN);
  }

  private static boolean isUtf16(Scheme scheme) {
    return scheme.plaintextEncoding() == TextEncoding.UTF_16LE
        || scheme.plaintextEncoding() == TextEncoding.UTF_16LE_BOM;
  }

  /** With known texts, the IV follows from the key. */
  private static List<Trial.Result> withSolvedIv(
      Trial trial, Candidates.Candidate candidate, Question question) {
    Object ivHex = candidate.fields().get("ivHex");
    if (question.expected().isEmpty()
        || !(ivHex instanceof String iv)
        || question.given().containsKey("ivHex")) {
      return List.of();
    }
    List<Trial.Result> results = new ArrayList<>();
    for (TextEncoding encoding : List.of(TextEncoding.UTF_8, TextEncoding.UTF_16LE)) {
      trial
          .withIvOfKnownText(encoding)
          .map(solved -> new Trial(solved, question).results())
          .orElse(List.of())
          .stream()
          // The IV was computed to fit, so its bits prove nothing.
          .map(result ->
              new Trial.Result(
                  result.scheme(),
                  result.parameters(),
                  result.decoder(),
                  result.bits() - 4.0 * iv.length(),
                  result.plausible(),
                  result.isExpected()))
          .forEach(results::add);
    }
    return results;
  }

  private static Detection detection(Question question, List<Trial.Result> likely, double chance) {
    if (likely.isEmpty()) {
      return detection(Verdict.NONE, question, likely, chance, "");
    }
    Trial.Result best = likely.getFirst();
    String aboutIv = "";
    if (!best.isExpected()) {
      if (IvDoubt.concerns(best.parameters().scheme())) {
        IvDoubt doubt = IvDoubt.of(best, question, isIvGiven(question.given()));
        if (doubt.answer() == IvDoubt.Answer.WORKED_OUT) {
          Optional<Trial.Result> settled = withIv(doubt.iv(), best, question);
          if (settled.isPresent()) {
            List<Trial.Result> all = new ArrayList<>(likely);
            all.addFirst(settled.get());
            return detection(Verdict.FOUND, question, all, chance, WORKED_OUT_IV);
          }
        }
        aboutIv =
            switch (doubt.answer()) {
              case OWN -> "";
              case CONSTANT, WORKED_OUT -> CONSTANT_IV;
              case EITHER -> EITHER_IV;
            };
      } else {
        aboutIv = adviceAboutIv(question, best);
      }
    }
    String advice = aboutIv.isEmpty() ? advice(question, likely) : aboutIv;
    return detection(
        advice.isEmpty() ? Verdict.FOUND : Verdict.AMBIGUOUS, question, likely, chance, advice);
  }

  /** The best result for the same key with this IV, if it decodes nearly everything. */
  private static Optional<Trial.Result> withIv(byte[] iv, Trial.Result result, Question question) {
    DotNetParameters parameters =
        DotNetParameters.parse(
            IvDoubt.withConstant(result.parameters().toMap(), HexFormat.of().formatHex(iv)));
    int values = question.values().size();
    return new Trial(
            new Candidates.Candidate(result.scheme(), parameters, Candidates.MAX_CHANGES), question)
        .results().stream()
            .filter(each -> each.plausible() >= values - values / 4)
            // In windows-1252, any bytes are a valid text.
            .filter(each -> isUtf16(each.parameters().scheme()) == isUtf16(parameters.scheme()))
            .filter(each ->
                each.parameters().scheme().plaintextEncoding() != TextEncoding.WINDOWS_1252
                    || parameters.scheme().plaintextEncoding() == TextEncoding.WINDOWS_1252)
            .max(Comparator.comparingDouble(Trial.Result::bits));
  }

  private static Detection detection(
      Verdict verdict, Question question, List<Trial.Result> likely, double chance, String advice) {
    return new Detection(
        verdict,
        likely.stream()
            .limit(MAX_MATCHES)
            .map(result ->
                new Match(
                    result.scheme(),
                    result.parameters(),
                    result.plausible(),
                    (int) Math.floor(result.bits() - chance)))
            .toList(),
        advice,
        recognised(question.values()));
  }

  /** The doubt that remains about the best result; empty if there is none. */
  private static String advice(Question question, List<Trial.Result> likely) {
    List<String> values = question.values();
    Trial.Result best = likely.getFirst();
    if (!best.isExpected() && best.plausible() < values.size() - values.size() / 4) {
      return NOT_ALL;
    }
    if (likely.size() == 1 || likely.get(1).bits() < best.bits() - BEYOND_OTHERS) {
      return "";
    }
    return agree(best, likely.get(1), values) ? TOO_SHORT : NO_WINNER;
  }

  /**
   * Tells an untried constant IV from an IV in front of each value. In both cases all but the first
   * block decodes. Under a constant IV, the first blocks resemble each other as texts do.
   */
  private static String adviceAboutIv(Question question, Trial.Result best) {
    List<String> values = question.values();
    Scheme scheme = best.parameters().scheme();
    // An IV that was given is only doubted if the texts begin like random bytes.
    double unlike = isIvGiven(question.given()) ? RANDOM_BITS_PER_CHAR : UNLIKE_BITS_PER_CHAR;
    if ((scheme.layout() == Layout.CIPHERTEXT || scheme.layout() == Layout.SALT_CIPHERTEXT)
        && scheme.ivSource() != IvSource.NONE
        && (isUtf16(scheme)
            ? !beginsAsText(best, values)
            : beginsUnlikeTheRest(best, values, unlike))) {
      return CONSTANT_IV;
    }
    boolean isAfterSalt = scheme.layout() == Layout.SALT_IV_CIPHERTEXT;
    if (scheme.layout() != Layout.IV_CIPHERTEXT && !isAfterSalt) {
      return "";
    }
    List<byte[]> blocks =
        values.stream().flatMap(value -> best.decoder().prependedBlock(value).stream()).toList();
    double constant = Evidence.ofConstantIv(blocks, isUtf16(scheme));
    blocks.forEach(block -> Arrays.fill(block, (byte) 0));
    if (constant > BEYOND_OTHERS) {
      return CONSTANT_IV;
    }
    return constant < -BEYOND_OTHERS || isAfterSalt ? "" : EITHER_IV;
  }

  /** Whether UTF-16 texts begin plausibly. Under a wrong IV they begin with random characters. */
  private static boolean beginsAsText(Trial.Result result, List<String> values) {
    DotNetParameters parameters = result.parameters();
    int chars = parameters.scheme().cipher().blockBytes() / 2;
    double evidence = 0;
    for (String value : values) {
      if (result.decode(value) instanceof DotNetOutcome.Decoded(String text)) {
        String begin = text.substring(0, Math.min(chars, text.length()));
        evidence += Evidence.ofUtf16(begin);
      }
    }
    return evidence >= 0;
  }

  /** Whether texts begin with far more punctuation than the rest has, as under a wrong text IV. */
  private static boolean beginsUnlikeTheRest(
      Trial.Result result, List<String> values, double unlike) {
    int chars = result.parameters().scheme().cipher().blockBytes();
    double begin = 0;
    int beginChars = 0;
    double rest = 0;
    int restChars = 0;
    for (String value : values) {
      if (result.decode(value) instanceof DotNetOutcome.Decoded(String text)
          && text.length() > chars) {
        begin += Evidence.cost(text.substring(0, chars));
        beginChars += chars;
        rest += Evidence.cost(text.substring(chars));
        restChars += text.length() - chars;
      }
    }
    return beginChars > 0
        && restChars >= 8
        && begin / beginChars - rest / restChars > unlike
        && begin - beginChars * (rest / restChars) > BEYOND_OTHERS;
  }

  /** Leaves out results that are equivalent to an earlier one. */
  private static List<Trial.Result> distinct(List<Trial.Result> likely, List<String> values) {
    List<Trial.Result> distinct = new ArrayList<>();
    for (Trial.Result result : likely) {
      if (distinct.size() <= MAX_MATCHES
          && distinct.stream().noneMatch(each -> isSame(each, result, values))) {
        distinct.add(result);
      }
    }
    return distinct;
  }

  /** Whether two results decode all values alike, these and any others. */
  private static boolean isSame(Trial.Result one, Trial.Result other, List<String> values) {
    Scheme first = one.parameters().scheme();
    Scheme second = other.parameters().scheme();
    return first.padding() == second.padding()
        && first.plaintextEncoding() == second.plaintextEncoding()
        && first.layout() == second.layout()
        && first.lengths().equals(second.lengths())
        && first.cipher().mode() == second.cipher().mode()
        && first.cipher().feedbackBytes() == second.cipher().feedbackBytes()
        && first.plaintextPrefixBytes() == second.plaintextPrefixBytes()
        && agree(one, other, values);
  }

  private static boolean agree(Trial.Result one, Trial.Result other, List<String> values) {
    int opened = 0;
    for (String value : values) {
      Opened first = one.decoder().open(value);
      Opened second = other.decoder().open(value);
      if (first instanceof Opened.Blocks(byte[] a) && second instanceof Opened.Blocks(byte[] b)) {
        opened++;
        if (!Arrays.equals(a, b)) {
          return false;
        }
      } else if (first instanceof Opened.Blocks || second instanceof Opened.Blocks) {
        return false;
      }
    }
    return opened > 0;
  }

  private static Map<DotNetRefusal, Integer> recognised(Collection<String> values) {
    Map<DotNetRefusal, Integer> recognised = new EnumMap<>(DotNetRefusal.class);
    for (String value : values) {
      ForeignValue.inText(value)
          .or(() -> TextNotation.HEX_UPPER.decode(value).flatMap(ForeignValue::inBytes))
          .or(() -> TextNotation.BASE64.decode(value).flatMap(ForeignValue::inBytes))
          .ifPresent(kind -> recognised.merge(kind, 1, Integer::sum));
    }
    return recognised;
  }
}
