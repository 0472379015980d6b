package dev.keepwarm.decryptor.dotnet;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds out which of the {@link KnownSchemes} decode a few stored values to plausible text. Costs
 * some key derivations a scheme and value. Stateless.
 */
public final class DotNetDetector {

  /** In the order of preference where several read the values equally well. */
  private static final List<String> ENCODINGS =
      List.of("utf-8", "utf-8-bom", "utf-16le", "utf-16le-bom");

  private DotNetDetector() {}

  /**
   * What was found.
   *
   * @param matches the schemes that decode at least one value plausibly, best first
   * @param dpapiValues how many values are DPAPI's, which nothing here can decode
   * @param dataProtectionValues how many are ASP.NET Core Data Protection's, likewise
   */
  public record Detection(List<Match> matches, int dpapiValues, int dataProtectionValues) {
    /** Copies the list. */
    public Detection {
      matches = List.copyOf(matches);
    }
  }

  /**
   * A scheme that fits.
   *
   * @param scheme its name among the known ones
   * @param parameters what to put in a profile
   * @param plausible how many of the values it decodes to plausible text
   */
  public record Match(String scheme, DotNetParameters parameters, int plausible) {}

  /**
   * Tries the known schemes, in the notation the values are in, with every usual text encoding.
   *
   * @param values stored values encrypted in the same way; three or more leave little to chance
   * @param secret the passphrase, also tried as the text of a key; or the key
   * @param known parameters which are known already, by field, to take the place of the samples'
   *     own: {@code saltHex}, {@code ivHex}, {@code iterations}, {@code kdfHash} and so on
   * @throws DotNetParametersException if a field of {@code known} suits no scheme
   */
  public static Detection detect(
      Collection<String> values, DotNetSecret secret, Map<String, ?> known) {
    Map<String, Object> given = new LinkedHashMap<>(StoredForm.of(values).parameters());
    given.putAll(known);
    List<Match> matches =
        candidates(given).entrySet().stream()
            .flatMap(each -> best(each.getKey(), each.getValue(), values, secret).stream())
            // Stable: among equals the more common scheme stays in front.
            .sorted(
                Comparator.<Score>comparingInt(score -> score.match().plausible())
                    .thenComparingLong(Score::weight)
                    .reversed())
            .map(Score::match)
            .toList();
    return new Detection(
        matches,
        count(values, DotNetRefusal.DPAPI_VALUE),
        count(values, DotNetRefusal.DATA_PROTECTION_VALUE));
  }

  /**
   * How well a scheme fits.
   *
   * @param weight how much the texts speak for it: where a scheme takes ciphertext for an IV or
   *     uses another IV, the rest may be plausible too, but there is less of it
   */
  private record Score(Match match, long weight) {}

  /** The known schemes with the given fields in place of their own, as far as that makes sense. */
  private static Map<String, List<DotNetParameters>> candidates(Map<String, Object> given) {
    Map<String, DotNetParametersException> unsuited = new LinkedHashMap<>();
    given.keySet().forEach(field -> unsuited.put(field, suitsNone(field)));
    Map<String, List<DotNetParameters>> candidates = new LinkedHashMap<>();
    KnownSchemes.all()
        .forEach((name, scheme) -> {
          Map<String, Object> parameters = new LinkedHashMap<>(scheme.toMap());
          List<String> replaced =
              given.keySet().stream().filter(field -> applies(field, parameters)).toList();
          replaced.forEach(field -> parameters.put(field, given.get(field)));
          try {
            candidates.put(name, variants(parameters, given));
            unsuited.keySet().removeAll(replaced);
          } catch (DotNetParametersException e) {
            // Suits another scheme, or is reported below.
            replaced.forEach(field -> unsuited.computeIfPresent(field, (_, _) -> e));
          }
        });
    for (DotNetParametersException e : unsuited.values()) {
      throw e;
    }
    return candidates;
  }

  private static boolean applies(String field, Map<String, Object> parameters) {
    return parameters.containsKey(field) || field.equals("preDecode") || field.equals("postDecode");
  }

  private static List<DotNetParameters> variants(
      Map<String, Object> parameters, Map<String, Object> given) {
    if (given.containsKey("plaintextEncoding")) {
      return List.of(DotNetParameters.parse(parameters));
    }
    List<DotNetParameters> variants = new ArrayList<>();
    for (String encoding : ENCODINGS) {
      parameters.put("plaintextEncoding", encoding);
      variants.add(DotNetParameters.parse(parameters));
    }
    return variants;
  }

  /** The variant of a scheme that reads most of the values, if one reads any. */
  private static Optional<Score> best(
      String scheme,
      List<DotNetParameters> variants,
      Collection<String> values,
      DotNetSecret secret) {
    return variants.stream()
        .map(variant -> score(scheme, variant, values, secret))
        .filter(score -> score.match().plausible() > 0)
        // The first of the best, since max would take the last.
        .reduce((best, next) -> next.match().plausible() > best.match().plausible() ? next : best);
  }

  private static Score score(
      String scheme, DotNetParameters parameters, Collection<String> values, DotNetSecret secret) {
    List<String> texts =
        decoder(parameters, secret).stream()
            .flatMap(decoder -> values.stream().map(decoder::decode))
            .flatMap(outcome -> plausibleText(outcome).stream())
            .toList();
    return new Score(
        new Match(scheme, parameters, texts.size()),
        texts.stream().mapToLong(Plausibility::weight).sum());
  }

  private static Optional<DotNetDecoder> decoder(DotNetParameters parameters, DotNetSecret secret) {
    try {
      return secret.adaptedTo(parameters).map(each -> DotNetDecoder.of(parameters, each));
    } catch (DotNetParametersException e) {
      // The secret gives no key of this scheme's size, so the scheme is not the one.
      return Optional.empty();
    }
  }

  private static Optional<String> plausibleText(DotNetOutcome outcome) {
    return switch (outcome) {
      case DotNetOutcome.Decoded(String text) -> Optional.of(text).filter(Plausibility::of);
      case DotNetOutcome.Refused _ -> Optional.empty();
    };
  }

  private static int count(Collection<String> values, DotNetRefusal refusal) {
    Stream<Optional<DotNetRefusal>> recognised = values.stream().map(ForeignValue::inText);
    return Math.toIntExact(recognised.filter(Optional.of(refusal)::equals).count());
  }

  private static DotNetParametersException suitsNone(String field) {
    return new DotNetParametersException(
        Code.UNKNOWN_FIELD, field, "is in none of the known schemes");
  }
}
