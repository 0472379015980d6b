package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import software.amazon.awssdk.core.SdkBytes;

/** Makes and unwraps data keys; KMS in production. Blocking and thread-safe. */
public interface KeyService {
  /**
   * Makes a data key for a tenant.
   *
   * @param nowMillis becomes its {@link DataKey#createdAt}
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} or {@link ErrorCode#DENIED}
   */
  DataKey generate(String tenant, long nowMillis);

  /**
   * Unwraps a tenant's data key.
   *
   * @throws WrongKeyException if {@code wrapped} was made under another KMS key
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if {@code wrapped} was changed or was not
   *     made for this tenant, {@link ErrorCode#UNAVAILABLE} or {@link ErrorCode#DENIED}
   */
  DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt);
}
