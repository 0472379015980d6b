package dev.keepwarm.bench.starts;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.peers.Build;
import dev.keepwarm.bench.peers.Peer;
import dev.keepwarm.bench.peers.Peers;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** The ways to build a decryptor that are built. */
final class Variants {
  static final String NAIVE = "naive";
  static final String PINNED = "pinned";
  static final String RUST = "rust";

  private static final int TRAINING = 20;

  private Variants() {}

  /**
   * The built variants. Notes name the others.
   *
   * @param work the directory for unpacked packages
   */
  static List<Variant> of(Run run, Path work, Starter starter, Result result)
      throws IOException, InterruptedException, FunctionException {
    List<Variant> variants = new ArrayList<>();
    variants.add(peer(NAIVE, "naive Java, JVM's defaults", Peers.naiveJava(run)));
    variants.add(
        peer(
            "naive-lambda",
            "naive Java, Lambda's flags",
            Peers.naiveJava(run, Packages.LAMBDA_FLAGS.toArray(String[]::new))));
    variants.add(peer("node", "Node, AWS SDK", Peers.node(run)));
    if (run.smoke() && !isRustBuilt(run)) {
      result.note("The Rust decryptor was left out of this smoke run, since it is not built yet.");
    } else {
      switch (Peers.rust(run)) {
        case Build.Built built -> variants.add(peer(RUST, "Rust, AWS SDK", built.peer()));
        case Build.Missing missing -> result.note(missing.reason());
      }
    }
    if (Packages.areBuilt(run.home())) {
      own(Packages.unpack(run.home(), work), run, work, starter, variants);
    } else {
      result.note(
          "Keepwarm's packages were left out, since they are not built:"
              + " `./mvnw -pl infra/packaging -DskipTests package`.");
    }
    return variants;
  }

  private static void own(
      Packages packages, Run run, Path work, Starter starter, List<Variant> variants)
      throws IOException, InterruptedException, FunctionException {
    variants.add(own("managed", "managed layout, without SnapStart", packages.managed()));
    Variant flat = own("flat", "its jars on one class path", packages.flat());
    variants.add(flat);
    if (!run.smoke()) {
      variants.add(appCds(flat, packages, work, starter));
    }
    variants.add(new Variant(PINNED, "pinned package", Variant.Trust.SYSTEM, packages.pinned()));
  }

  /** Whether it is already built: building takes minutes, too long for a smoke run. */
  private static boolean isRustBuilt(Run run) throws IOException {
    Path target = run.home().resolve("bench/peers/rust-decryptor/target");
    if (!Files.isDirectory(target)) {
      return false;
    }
    try (Stream<Path> built =
        Files.find(target, 3, (file, unused) -> file.endsWith("debug/rust-decryptor"))) {
      return built.findAny().isPresent();
    }
  }

  private static Variant appCds(Variant flat, Packages packages, Path work, Starter starter)
      throws InterruptedException, FunctionException {
    Path archive = work.resolve("resolver.jsa");
    starter.train(
        flat, new Scenario(true, false, 1), "-XX:ArchiveClassesAtExit=" + archive, TRAINING);
    return own(
        "appcds", "one class path, AppCDS", packages.flat("-XX:SharedArchiveFile=" + archive));
  }

  private static Variant own(
      String id, String label, Function<Map<String, String>, ProcessFunction.Builder> function) {
    return new Variant(id, label, Variant.Trust.VARIABLE, function);
  }

  private static Variant peer(String id, String label, Peer peer) {
    return new Variant(
        id, label, Variant.Trust.VARIABLE, account -> peer.function(account, Peer.STORING));
  }
}
