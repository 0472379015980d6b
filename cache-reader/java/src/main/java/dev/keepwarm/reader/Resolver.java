package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;

/** The way to the decryptor on a miss. Blocking and thread-safe. */
@FunctionalInterface
public interface Resolver {
  /**
   * Asks the decryptor for one credential or for all of a tenant's.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE}, {@link ErrorCode#DENIED} or {@link
   *     ErrorCode#TIMEOUT} if there is no answer, {@link ErrorCode#TAMPERED} if what is in the
   *     answer is not an entry
   */
  ResolveAnswer resolve(ResolveRequest request);
}
