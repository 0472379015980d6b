package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;

/** Asks the decryptor on a miss. Blocks; must be thread-safe. */
@FunctionalInterface
interface Resolver {
  /**
   * Asks the decryptor for one credential, or for all of a tenant's.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE}, {@link ErrorCode#DENIED} or {@link
   *     ErrorCode#TIMEOUT} if there is no response; {@link ErrorCode#TAMPERED} if the response
   *     contains something that is not an entry
   */
  ResolveAnswer resolve(ResolveRequest request);
}
