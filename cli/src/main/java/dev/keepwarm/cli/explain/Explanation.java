package dev.keepwarm.cli.explain;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The scheme of a helper, as its source shows it. Immutable. It holds no passphrase and no key,
 * even if the source contains one.
 *
 * @param parameters the fields of the {@code dotnet} scheme that were read, in the order of the
 *     documentation
 * @param reasons where each of them comes from
 * @param secrets which fields the profile's secret must have, for people
 * @param unseen the parts that could not be read, for people; empty if the parameters are complete
 */
public record Explanation(
    Map<String, @Nullable Object> parameters,
    List<Reason> reasons,
    List<String> secrets,
    List<String> unseen) {

  /**
   * Where a field comes from.
   *
   * @param field its name
   * @param line the line of the source, from 1; 0 if it is a default of .NET
   * @param why the call or property, without any constant of the source
   */
  public record Reason(String field, int line, String why) {}

  public Explanation {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    reasons = List.copyOf(reasons);
    secrets = List.copyOf(secrets);
    unseen = List.copyOf(unseen);
  }

  /**
   * Reads a source.
   *
   * @param source VB.NET or C#; any text is accepted, even if nothing can be read from it
   */
  public static Explanation of(String source) {
    return new Explainer(HelperCode.of(source)).explain();
  }
}
