package dev.keepwarm.bench.starts;

import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.util.Map;
import java.util.function.Function;

/**
 * One way to build a decryptor function. Immutable.
 *
 * @param id the id of its row
 * @param label its name in the report
 * @param trust where its TLS client looks for certification authorities
 * @param function begins to build a function with the variables of the account's functions
 */
record Variant(
    String id,
    String label,
    Trust trust,
    Function<Map<String, String>, ProcessFunction.Builder> function) {

  /** Where a TLS client looks for certification authorities. */
  enum Trust {
    /** In a file that a variable names. */
    VARIABLE,
    /** Only in the system's own file. */
    SYSTEM
  }
}
