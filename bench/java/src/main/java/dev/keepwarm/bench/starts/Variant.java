package dev.keepwarm.bench.starts;

import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.util.Map;
import java.util.function.Function;

/**
 * One way to build a decryptor function. Immutable.
 *
 * @param id of its row
 * @param label what the report calls it
 * @param trust where its TLS client looks for certification authorities
 * @param function begins a function for the variables that a function of the account finds
 */
record Variant(
    String id,
    String label,
    Trust trust,
    Function<Map<String, String>, ProcessFunction.Builder> function) {

  /** Where a TLS client looks for certification authorities. */
  enum Trust {
    /** Where a variable says. */
    VARIABLE,
    /** In the system's own file and nowhere else. */
    SYSTEM
  }
}
