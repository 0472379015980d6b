package dev.keepwarm.decryptor;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.WarmUp;
import dev.keepwarm.engine.snapshot.Restorable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The Lambda function that readers invoke on a miss. The warmer invokes it too, so that an instance
 * stays initialised.
 */
public final class ResolveHandler implements RequestStreamHandler {
  /** The longest request that is accepted, in bytes: more than twice the longest valid one. */
  static final int MAX_REQUEST = 4096;

  /** Lambda's variable that says how the process was started. */
  private static final String INITIALIZATION = "AWS_LAMBDA_INITIALIZATION_TYPE";

  private final Supplier<Decryptor> decryptor;

  /** For Lambda: composed from the process's environment. */
  public ResolveHandler() {
    Restorable<DecryptorComposition> composition =
        Restorable.of(
            () -> compose(System.getenv(), System.out, ResolveHandler::start), Primer::run);
    this.decryptor = () -> composition.get().decryptor();
  }

  /** On a given decryptor. */
  public ResolveHandler(Decryptor decryptor) {
    this.decryptor = () -> decryptor;
  }

  /** Runs a preparation in the background while the process starts. */
  private static void start(Runnable preparation) {
    Thread.ofPlatform().daemon().name("keepwarm-preparation").start(preparation);
  }

  /** Runs the preparations, except before a snapshot, which must not hold a key. */
  static DecryptorComposition compose(
      Map<String, String> environment, PrintStream out, Executor preparing) {
    DecryptorComposition composition = DecryptorComposition.of(environment, out);
    if (!Objects.equals(environment.get(INITIALIZATION), "snap-start")) {
      composition.decryptor().preparations().forEach(preparing::execute);
    }
    return composition;
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, Context context)
      throws IOException {
    output.write(
        answer(input.readNBytes(MAX_REQUEST), context::getRemainingTimeInMillis)
            .toJson()
            .getBytes(StandardCharsets.UTF_8));
  }

  private ResolveAnswer answer(byte[] request, LongSupplier millisLeft) {
    try {
      String text = new String(request, StandardCharsets.UTF_8);
      WarmUp warmUp = WarmUp.parse(text);
      if (warmUp != null) {
        decryptor.get().warmUp(warmUp, millisLeft);
        return new ResolveAnswer.Resolved(List.of());
      }
      return decryptor.get().resolve(ResolveRequest.parse(text), millisLeft);
    } catch (KeepwarmException e) {
      return new ResolveAnswer.Refused(e.code(), String.valueOf(e.getMessage()));
    }
  }
}
