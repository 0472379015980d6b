package dev.keepwarm.reader;

import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** How the model checker goes through the interleavings. */
final class Interleavings {
  private Interleavings() {}

  /**
   * Three threads with two operations each. Caffeine's operations count as one step: its own
   * interleavings are tested where it is made, and its maintenance runs on threads that nobody here
   * controls.
   */
  static ModelCheckingOptions options() {
    return atomic("com.github.benmanes.caffeine.")
        .threads(3)
        .actorsPerThread(2)
        .actorsAfter(1)
        .iterations(4)
        .invocationsPerIteration(150);
  }

  /** Two threads with one operation each, in which the map's operations count as one step. */
  static ModelCheckingOptions pair() {
    return atomic("java.util.concurrent.ConcurrentHashMap")
        .threads(2)
        .actorsPerThread(1)
        .actorsAfter(0)
        .iterations(1)
        .invocationsPerIteration(2_000);
  }

  private static ModelCheckingOptions atomic(String prefix) {
    return new ModelCheckingOptions()
        .addGuarantee(
            ManagedStrategyGuaranteeKt.forClasses(name -> name.startsWith(prefix))
                .allMethods()
                .treatAsAtomic())
        .addGuarantee(
            ManagedStrategyGuaranteeKt.forClasses(name ->
                    name.startsWith("dev.keepwarm.core.")
                        || name.startsWith("dev.keepwarm.reader.ReaderBuilder")
                        || name.startsWith("dev.keepwarm.reader.Clients"))
                .allMethods()
                .ignore())
        .minimizeFailedScenario(false)
        .actorsBefore(0);
  }
}
