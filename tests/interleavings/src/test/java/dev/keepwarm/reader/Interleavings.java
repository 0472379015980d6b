package dev.keepwarm.reader;

import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** The options of the model checker. */
final class Interleavings {
  private Interleavings() {}

  /**
   * Three threads with two operations each. An operation of Caffeine counts as one step: Caffeine
   * tests its own interleavings, and its maintenance runs on threads that the model checker does
   * not control.
   */
  static ModelCheckingOptions options() {
    return atomic("com.github.benmanes.caffeine.")
        .threads(3)
        .actorsPerThread(2)
        .actorsAfter(1)
        .iterations(4)
        .invocationsPerIteration(150);
  }

  /** Two threads with one operation each. An operation of the map counts as one step. */
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
