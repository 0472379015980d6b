package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The {@code lambda} scheme of one profile. Thread-safe.
 *
 * <p>No message contains the function's answer: even an answer that does not fit the profile may
 * hold a credential.
 */
final class LambdaDecoder implements Decoder {
  /**
   * The function returned nothing or an empty credential. Some helpers swallow errors like this.
   */
  static final String NO_ANSWER = "NO_ANSWER";

  /** The answer is not JSON, or has no text where the profile says the credential is. */
  static final String BAD_ANSWER = "BAD_ANSWER";

  /** The function failed with an error that the profile lists. */
  static final String REFUSED = "REFUSED_BY_FUNCTION";

  /**
   * The longest answer that is accepted, in bytes: the longest credential with every byte escaped,
   * and the same amount around it.
   */
  private static final int MAX_ANSWER = 12 * Envelope.MAX_PLAINTEXT;

  private final LambdaProfile profile;
  private final FunctionInvoker functions;
  private final Semaphore places;

  LambdaDecoder(LambdaProfile profile, FunctionInvoker functions) {
    this.profile = profile;
    this.functions = functions;
    this.places = new Semaphore(profile.parallel(), true);
  }

  @Override
  public Outcome decode(SourceRow.Original original) {
    return decode(original, () -> Long.MAX_VALUE);
  }

  @Override
  public Outcome decode(SourceRow.Original original, LongSupplier millisLeft) {
    return switch (invoke(profile.request().fill(original), millisLeft)) {
      case FunctionInvoker.Returned returned -> read(returned.json());
      case FunctionInvoker.Failed failed -> failed(failed.errorType());
    };
  }

  private FunctionInvoker.Answer invoke(byte[] request, LongSupplier millisLeft) {
    boolean placed;
    try {
      placed = places.tryAcquire(timeout(millisLeft).toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
    if (!placed) {
      throw new KeepwarmException(
          ErrorCode.TIMEOUT,
          "function "
              + profile.function()
              + ": "
              + profile.parallel()
              + " calls are in flight already");
    }
    try {
      Duration timeout = timeout(millisLeft);
      if (!timeout.isPositive()) {
        throw new KeepwarmException(
            ErrorCode.TIMEOUT, "function " + profile.function() + ": no time left for a call");
      }
      return functions.invoke(profile.function(), request, timeout);
    } finally {
      places.release();
    }
  }

  /** The profile's timeout, or less: a call must not last longer than the invocation. */
  private Duration timeout(LongSupplier millisLeft) {
    long profiles = profile.timeout().toMillis();
    return Duration.ofMillis(Math.min(profiles, Math.max(0, millisLeft.getAsLong())));
  }

  private Outcome failed(String errorType) {
    if (profile.undecodableErrors().contains(errorType)) {
      return new Undecodable(REFUSED);
    }
    throw new KeepwarmException(
        errorType.equals(FunctionInvoker.Failed.TIMED_OUT)
            ? ErrorCode.TIMEOUT
            : ErrorCode.UNAVAILABLE,
        "function " + profile.function() + " failed: " + errorType);
  }

  private Outcome read(byte[] answer) {
    if (answer.length > MAX_ANSWER) {
      return new Undecodable(Failure.TOO_LARGE);
    }
    Object found;
    try {
      found = profile.pointer().find(Json.parse(Utf8.decode(answer)));
    } catch (KeepwarmException | CharacterCodingException e) {
      return new Undecodable(answer.length == 0 ? NO_ANSWER : BAD_ANSWER);
    }
    if (found == null || found.equals("")) {
      return new Undecodable(NO_ANSWER);
    }
    byte[] plaintext = found instanceof String text ? bytes(text) : null;
    if (plaintext == null) {
      return new Undecodable(BAD_ANSWER);
    }
    if (plaintext.length > Envelope.MAX_PLAINTEXT) {
      Arrays.fill(plaintext, (byte) 0);
      return new Undecodable(Failure.TOO_LARGE);
    }
    return new Decoded(plaintext);
  }

  /** The credential's bytes; null if the text cannot be one. */
  private byte @Nullable [] bytes(String text) {
    try {
      return profile.base64() ? Base64.getDecoder().decode(text) : Utf8.encode(text);
    } catch (IllegalArgumentException | CharacterCodingException e) {
      return null;
    }
  }
}
