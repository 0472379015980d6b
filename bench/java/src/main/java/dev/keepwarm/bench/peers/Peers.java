package dev.keepwarm.bench.peers;

import dev.keepwarm.bench.Run;
import dev.keepwarm.local.KeepwarmStack;
import dev.keepwarm.local.aws.FunctionException;
import java.io.IOException;
import java.util.List;

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
   * Starts a peer some times and checks that it decodes right: by id, behind Keepwarm's scheme
   * {@code lambda}, and storing what Keepwarm's own code can unseal. It needs an original and an
   * entry for that, of a tenant that is called after the peer.
   *
   * @param stack whose functions need not run
   * @throws FunctionException if the peer fails
   * @throws IllegalStateException if it does anything else; says what, and nothing of any value
   */
  public static void verify(Peer peer, KeepwarmStack stack, Originals originals)
      throws FunctionException, InterruptedException {
    new Verification(peer, stack, originals).run();
  }
}
