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
 * The peers, built and ready to start. {@code bench/peers/README.md} describes their requests,
 * responses and variables.
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
   * The Rust decryptor, built now if necessary. That takes minutes, so a smoke run uses it only if
   * it is already built.
   *
   * @return {@link Build.Missing} without Rust, or if it must not be built
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
   * Starts a peer a few times and checks that it decodes correctly: by id, behind Keepwarm's scheme
   * {@code lambda}, and by storing an entry that Keepwarm's own code can unseal. For that it uses
   * an original and an entry of a tenant with the peer's name.
   *
   * @param stack the stack; its functions need not run
   * @throws FunctionException if the peer fails
   * @throws IllegalStateException if it behaves differently; the message names the check, and
   *     contains no values
   */
  public static void verify(Peer peer, LocalDeployment stack, Originals originals)
      throws FunctionException, InterruptedException {
    new Verification(peer, stack, originals).run();
  }
}
