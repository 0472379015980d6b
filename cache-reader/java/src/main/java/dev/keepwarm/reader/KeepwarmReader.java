package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;

/**
 * Reads credentials: out of its near cache, or else out of Keepwarm's cache table, or else from the
 * decryptor. Thread-safe; make one for a process and keep it.
 *
 * <p>Code that reads credentials takes this type. {@link #create} and {@link #builder} make the
 * real one; the module {@code keepwarm-reader-testing} has one in memory for tests.
 *
 * <p>A credential is never returned at or after its hard expiry. After a rotation, invalidation or
 * revocation was acknowledged, the old value is returned for {@code nearTtl} at most; while the
 * cache table does not answer, until its hard expiry at most.
 *
 * <p>Calls block, best on a virtual thread; every call has a twin that returns a future. All of
 * them, except what a caller's own function takes, end at the deadline. They throw {@link
 * KeepwarmException} with one of these codes:
 *
 * <ul>
 *   <li>{@link ErrorCode#NOT_FOUND}: the source has no such credential
 *   <li>{@link ErrorCode#REVOKED}: it was revoked, and there is no newer version
 *   <li>{@link ErrorCode#UNDECODABLE}: the original cannot be decoded; {@link
 *       KeepwarmException#failure} says why
 *   <li>{@link ErrorCode#TAMPERED}: the entry does not unseal; nothing else is tried
 *   <li>{@link ErrorCode#UNAVAILABLE}: something needed does not answer
 *   <li>{@link ErrorCode#DENIED}: AWS refuses the call
 *   <li>{@link ErrorCode#TIMEOUT}: the deadline passed, or the thread was interrupted
 *   <li>{@link ErrorCode#INVALID_ID}: tenant or name are outside the grammar
 *   <li>{@link ErrorCode#INVALID_CONFIGURATION}: the table, the key or the resolving function that
 *       is configured does not exist
 * </ul>
 */
public interface KeepwarmReader extends AutoCloseable {
  /**
   * A reader as the environment sets it up, see {@link ReaderBuilder#environment}.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}
   */
  static KeepwarmReader create() {
    return builder().environment(System.getenv()).build();
  }

  /** A builder, for what the environment does not set up. */
  static ReaderBuilder builder() {
    return new ReaderBuilder();
  }

  /**
   * Does what a first read needs and its deadline should not count: loads the classes of a read and
   * of a resolve, makes the clients, and opens connections to the table and to KMS. Call it while a
   * function initialises, or before a snapshot. Blocks; needs no entry and no right, and whatever
   * fails meanwhile is left for the first read to find out.
   *
   * <p>It asks the table for an entry of the tenant {@code keepwarm-prime}, which nobody has.
   */
  void prime();

  /** As {@link #get(CredentialId, ReadOptions)}, without options. */
  default Credential get(String tenant, String name) {
    return get(new CredentialId(tenant, name));
  }

  /** As {@link #get(CredentialId, ReadOptions)}, without options. */
  default Credential get(CredentialId id) {
    return get(id, ReadOptions.NONE);
  }

  /** The credential. The same object as before, as long as the near cache has it. */
  Credential get(CredentialId id, ReadOptions options);

  /** As {@link #getAsync(CredentialId, ReadOptions)}, without options. */
  default CompletableFuture<Credential> getAsync(String tenant, String name) {
    return Futures.of(() -> getAsync(new CredentialId(tenant, name)));
  }

  /** As {@link #getAsync(CredentialId, ReadOptions)}, without options. */
  default CompletableFuture<Credential> getAsync(CredentialId id) {
    return getAsync(id, ReadOptions.NONE);
  }

  /**
   * As {@link #get(CredentialId, ReadOptions)}. Already complete if the near cache has the
   * credential. No thread waits for it.
   */
  CompletableFuture<Credential> getAsync(CredentialId id, ReadOptions options);

  /**
   * All of a tenant's credentials, by one request to the table. Never silently incomplete: what
   * exists and cannot be had is named in {@link TenantCredentials#failures}. A tenant without any
   * is {@link ErrorCode#NOT_FOUND}.
   *
   * <p>Fills the near cache, and does not read it: in an outage of the table there is no answer.
   */
  TenantCredentials getAll(String tenant);

  /** As {@link #getAll}. */
  CompletableFuture<TenantCredentials> getAllAsync(String tenant);

  /** As {@link #withCredential(CredentialId, ReadOptions, CredentialUse)}, without options. */
  default <T, E extends Exception> T withCredential(CredentialId id, CredentialUse<T, E> use)
      throws E {
    return withCredential(id, ReadOptions.NONE, use);
  }

  /**
   * Runs {@code use} with the credential. If it throws {@link CredentialRejectedException}, fetches
   * once past all caches, and if that brings another version or value, runs {@code use} once more
   * with it.
   *
   * @param options of the first read
   * @return what {@code use} returned
   * @throws E what {@code use} threw
   * @throws CredentialRejectedException the rejection, if there is nothing newer; if that could not
   *     be found out, with the reason as a suppressed exception
   */
  <T, E extends Exception> T withCredential(
      CredentialId id, ReadOptions options, CredentialUse<T, E> use) throws E;

  /** As {@link #withCredential}; {@code use} runs on a thread of the reader's and may block. */
  <T, E extends Exception> CompletableFuture<T> withCredentialAsync(
      CredentialId id, CredentialUse<T, E> use);

  /** As {@link #invalidate(CredentialId)}. */
  default void invalidate(String tenant, String name) {
    invalidate(new CredentialId(tenant, name));
  }

  /**
   * Tells everybody that the credential must not be used any more as it is: forgets it here and
   * publishes {@code Credential Invalidated}. Other readers may serve it until that is acknowledged
   * and for their {@code nearTtl} after that.
   */
  void invalidate(CredentialId id);

  /** As {@link #invalidate(CredentialId)}; the future completes with the id. */
  CompletableFuture<CredentialId> invalidateAsync(CredentialId id);

  /**
   * Drops the credential here and tells nobody: for a service that subscribes to {@code Credential
   * Changed}. A lookup that is in progress does not bring it back.
   */
  void forget(CredentialId id);

  /**
   * Drops all credentials and data keys here: before a snapshot of the process, which must not hold
   * any.
   */
  void forgetAll();

  /** What was counted so far. */
  ReaderStats stats();

  /**
   * Prints what was counted since the last time as one line of CloudWatch's embedded metric format:
   * at the end of an invocation, say.
   */
  void printMetrics(PrintStream out);

  /**
   * Ends the calls in progress with {@link ErrorCode#UNAVAILABLE}, forgets everything and closes
   * the AWS clients that this reader made. Calls that come later fail with {@link
   * ErrorCode#UNAVAILABLE}, too.
   */
  @Override
  void close();
}
