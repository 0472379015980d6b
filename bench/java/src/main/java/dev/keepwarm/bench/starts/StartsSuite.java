package dev.keepwarm.bench.starts;

import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.Originals;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Suite;
import dev.keepwarm.bench.Table;
import dev.keepwarm.bench.WorkDirectory;
import dev.keepwarm.emulator.lambda.FunctionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * The suite {@code starts}: the time from the start of a process to the response to its first
 * request, which resolves a credential that is not in the cache, for every way to build a
 * decryptor.
 */
public final class StartsSuite implements Suite {
  /** The share of the naive build's time that the pinned resolver may take. */
  private static final double SHARE = 0.25;

  private static final double MEGABYTES = 85;

  @Override
  public Result measure(Run run) throws Exception {
    Result result = new Result("Cold starts of decryptors");
    result.note(
        "The managed layout is measured without SnapStart, which is not available here. Peak memory"
            + " is Linux's VmHWM in MB of 10^6 bytes, the highest of all starts. It includes mapped"
            + " files: of the pinned resolver's peak, 34 MB are its AOT cache and 16 MB the JVM's"
            + " own code.");
    try (WorkDirectory work = WorkDirectory.create("keepwarm-starts")) {
      measure(run, work.path(), result);
    }
    return result;
  }

  private static void measure(Run run, Path work, Result result)
      throws IOException, InterruptedException, GeneralSecurityException, FunctionException {
    Certificates certificates = Certificates.make();
    Optional<TrustedBundle> bundle = systemBundle(certificates, work);
    try (Endpoints endpoints = Endpoints.start(run.home(), certificates.server())) {
      Originals originals = new Originals(Originals.DEFAULT_ITERATIONS);
      Starter starter = new Starter(endpoints, originals, trust(certificates, work), bundle);
      List<Variant> variants = Variants.of(run, work, starter, result);
      for (Scenario scenario : scenarios(run, result)) {
        List<Variant> started = variants;
        if (scenario.tls() && bundle.isEmpty()) {
          started =
              variants.stream().filter(variant -> variant.trust() != Variant.Trust.SYSTEM).toList();
          result.note(
              "Over TLS the variants with a native client were left out: they trust only the"
                  + " system's authorities, and this system does not let us show them others.");
        }
        System.err.println("bench: starts " + scenario.label());
        tabulate(scenario, measure(started, scenario, starter), result);
      }
    } finally {
      bundle.ifPresent(TrustedBundle::close);
    }
  }

  private static List<Scenario> scenarios(Run run, Result result) throws InterruptedException {
    if (run.smoke()) {
      return List.of(new Scenario(false, false, 1), new Scenario(true, false, 1));
    }
    List<Scenario> scenarios =
        new ArrayList<>(List.of(new Scenario(true, false, 10), new Scenario(false, false, 10)));
    if (hasTaskset()) {
      scenarios.add(new Scenario(true, true, 6));
      scenarios.add(new Scenario(false, true, 6));
    } else {
      result.note("Starts with one CPU were left out: there is no `taskset` here.");
    }
    return scenarios;
  }

  /**
   * Measures by turns, in a different order each round; the first round only warms the endpoints.
   */
  private static Map<Variant, List<Start>> measure(
      List<Variant> variants, Scenario scenario, Starter starter)
      throws FunctionException, InterruptedException {
    Map<Variant, List<Start>> starts = new LinkedHashMap<>();
    // In the order of the table.
    variants.forEach(variant -> starts.put(variant, new ArrayList<>()));
    List<Variant> order = new ArrayList<>(variants);
    for (int round = scenario.rounds() == 1 ? 1 : 0; round <= scenario.rounds(); round++) {
      for (Variant variant : order) {
        Start start = starter.start(variant, scenario);
        if (round > 0) {
          starts.computeIfAbsent(variant, added -> new ArrayList<>()).add(start);
        }
      }
      Collections.rotate(order, 1);
    }
    return starts;
  }

  private static void tabulate(Scenario scenario, Map<Variant, List<Start>> starts, Result result) {
    Table table =
        result.table(scenario.id(), "First response " + scenario.label(), "ms").bars(false);
    Set<String> measured = new HashSet<>();
    starts.forEach((variant, samples) -> {
      measured.add(variant.id());
      table
          .row(variant.id(), variant.label(), values(samples, Start::responseMillis))
          .with("init ms", Figures.median(values(samples, Start::initMillis)))
          .with("peak MB", most(samples, Start::peakMegabytes));
    });
    if (measured.contains(Variants.NAIVE)) {
      table.peer(Variants.NAIVE);
    }
    if (measured.contains(Variants.RUST)) {
      table.floor(Variants.RUST);
    }
    if (scenario.tls() && !scenario.oneCpu() && measured.contains(Variants.PINNED)) {
      goals(table, starts, measured, result);
    }
  }

  private static void goals(
      Table table, Map<Variant, List<Start>> starts, Set<String> measured, Result result) {
    if (measured.contains(Variants.NAIVE)) {
      result.atMost(
          "first response over TLS, pinned : naive, which is 300 ms where the naive one takes 1,200",
          table.ratio(Variants.PINNED, Variants.NAIVE),
          SHARE);
    }
    starts.forEach((variant, samples) -> {
      if (variant.id().equals(Variants.PINNED)) {
        result.atMost(
            "peak memory of the pinned resolver over TLS, the most of all starts, MB",
            most(samples, Start::peakMegabytes),
            MEGABYTES);
      }
    });
    if (measured.contains(Variants.RUST)) {
      result.note(
          String.format(
              Locale.ROOT,
              "Over TLS the pinned resolver's first response takes %.1f times as long as the Rust"
                  + " decryptor's.",
              table.ratio(Variants.PINNED, Variants.RUST)));
    }
  }

  private static Optional<TrustedBundle> systemBundle(Certificates certificates, Path work)
      throws IOException, GeneralSecurityException {
    Optional<Path> system = TrustedBundle.system();
    if (system.isEmpty()) {
      return Optional.empty();
    }
    Path bundle = work.resolve("authorities.pem");
    certificates.writeBundle(system.get(), bundle);
    return TrustedBundle.mount(bundle);
  }

  /** For the JDK, for Rust and for Node. */
  private static Map<String, String> trust(Certificates certificates, Path work)
      throws IOException, GeneralSecurityException {
    Path store = work.resolve("authorities.p12");
    certificates.writeTrustStore(store);
    Path alone = work.resolve("authority.pem");
    certificates.writeAuthority(alone);
    Path bundle = work.resolve("authorities.pem");
    return Map.of(
        "JAVA_TOOL_OPTIONS", "-Djavax.net.ssl.trustStore=" + store,
        "NODE_EXTRA_CA_CERTS", alone.toString(),
        "SSL_CERT_FILE", (Files.exists(bundle) ? bundle : alone).toString());
  }

  private static boolean hasTaskset() throws InterruptedException {
    try {
      return new ProcessBuilder("taskset", "--cpu-list", "0", "true").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static double[] values(List<Start> starts, ToDoubleFunction<Start> figure) {
    return starts.stream().mapToDouble(figure).toArray();
  }

  private static double most(List<Start> starts, ToDoubleFunction<Start> figure) {
    return starts.stream().mapToDouble(figure).max().orElseThrow();
  }
}
