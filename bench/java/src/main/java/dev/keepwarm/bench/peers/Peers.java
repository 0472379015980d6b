package dev.keepwarm.bench.peers;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.bench.Run;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.local.LocalDeployment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The peers, built and ready to start. What they are asked, what they answer and which variables
 * they read is in {@code bench/peers/README.md}.
 */
public final class Peers {

  private Peers() {}

  /**
   * The Java decryptor that most teams would write.
   *
   * @param jvmOptions for example Lambda's own flags, or a trust store; none for the JVM's defaults
   * @throws IOException if it is not built
   */
  public static Peer naiveJava(Run run, String... jvmOptions) throws IOException {
    return NaiveJava.of(run.home(), List.of(jvmOptions));
  }

  /**
   * The Rust decryptor, built now unless it is already, which takes minutes; so a smoke run takes
   * it only if it is.
   *
   * @return {@link Build.Missing} where there is no Rust, or it is not to be built
   * @throws IOException if the build fails
   */
  public static Build rust(Run run) throws IOException, InterruptedException {
    Path directory = run.home().resolve("bench/peers/rust-decryptor");
    return BuildScript.run(
        directory,
        run.smoke() ? List.of("--if-built") : List.of(),
        binary -> new Peer("rust-decryptor", List.of(binary.toString()), directory, null));
  }

  /**
   * The Node decryptor, bundled now.
   *
   * @throws IOException if that fails
   */
  public static Peer node(Run run) throws IOException, InterruptedException {
    Path loop = run.home().resolve("examples/direct-deposit/lambda/runtime.mjs");
    Build build =
        BuildScript.run(
            run.home().resolve("bench/peers/node-decryptor"),
            List.of(),
            bundle ->
                new Peer(
                    "node-decryptor",
                    List.of("node", loop.toString()),
                    Objects.requireNonNull(bundle.getParent()),
                    "decryptor.handler"));
    return switch (build) {
      case Build.Built built -> built.peer();
      case Build.Missing missing -> throw new IOException(missing.reason());
    };
  }

  /**
   * Starts a peer some times and checks that it decodes right: by id, behind Keepwarm's scheme
   * {@code lambda}, and storing what Keepwarm's own code can unseal. It needs an original and an
   * entry for that, of a tenant that is called after the peer.
   *
   * @param stack whose functions need not run
   * @throws FunctionException if the peer fails
   * @throws IllegalStateException if it does anything else; says what, and nothing of any value
   */
  public static void verify(Peer peer, LocalDeployment stack, Originals originals)
      throws FunctionException, InterruptedException {
    new Verification(peer, stack, originals).run();
  }
}
