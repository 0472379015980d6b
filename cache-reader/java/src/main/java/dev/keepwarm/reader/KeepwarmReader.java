package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;

/**
 * Reads credentials: from its near cache, or else from Keepwarm's cache table, or else from the
 * decryptor. Thread-safe. Make one per process and keep it.
 *
 * <p>If you implement this interface yourself, you need not override the default methods with
 * options. They throw {@link UnsupportedOperationException} if options are given.
 *
 * <p>Code that reads credentials should depend on this type. {@link #create} and {@link #builder}
 * make the real reader. The module {@code keepwarm-reader-testing} has one in memory for tests.
 *
 * <p>A credential is never returned at or after its hard expiry. Once a rotation, invalidation or
 * revocation is acknowledged, the old value is returned for at most {@code nearTtl}. There is one
 * exception: while the cache table does not respond, it is returned until its hard expiry at most.
 *
 * <p>Calls block, so make them preferably on a virtual thread. Every call has an asynchronous twin
 * that returns a future. Every call ends at the deadline at the latest. The time that a caller's
 * own function takes does not count. Calls throw {@link KeepwarmException} with one of these codes:
 *
 * <ul>
 *   <li>{@link ErrorCode#NOT_FOUND}: the source has no such credential
 *   <li>{@link ErrorCode#REVOKED}: it was revoked, and there is no newer version
 *   <li>{@link ErrorCode#UNDECODABLE}: the original cannot be decoded; {@link
 *       KeepwarmException#failure} says why
 *   <li>{@link ErrorCode#TAMPERED}: the entry cannot be unsealed; the reader does not retry
 *   <li>{@link ErrorCode#UNAVAILABLE}: a service that the reader needs does not respond
 *   <li>{@link ErrorCode#DENIED}: AWS refuses the call
 *   <li>{@link ErrorCode#TIMEOUT}: the deadline passed, or the thread was interrupted
 *   <li>{@link ErrorCode#INVALID_ID}: the tenant or the name is outside the grammar
 *   <li>{@link ErrorCode#INVALID_CONFIGURATION}: the table, the key, the resolving function or the
 *       bus that is configured does not exist
 * </ul>
 */
public interface KeepwarmReader extends AutoCloseable {
  /**
   * Makes a reader that the environment configures, see {@link ReaderBuilder#environment}.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if a variable is wrong or
   *     missing
   */
  static KeepwarmReader create() {
    return builder().environment(System.getenv()).build();
  }

  /** A builder, to configure a reader in code. */
  static ReaderBuilder builder() {
    return new ReaderBuilder();
  }

  /**
   * Prepares the first read, which would otherwise do this within its deadline: loads the classes
   * of a read and of a resolve, creates the clients, and opens connections to the table and to KMS.
   * Call it while a function initialises, or before a snapshot. It blocks. It needs no entry and no
   * permission. If a step fails, the first read reports it.
   *
   * <p>It asks the table for an entry of the tenant {@code keepwarm-prime}, which does not exist.
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

  /** Returns the credential. While the near cache has it, this is always the same object. */
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
   * As {@link #get(CredentialId, ReadOptions)}. The future is already complete if the near cache
   * has the credential. No thread waits for it.
   */
  CompletableFuture<Credential> getAsync(CredentialId id, ReadOptions options);

  /** As {@link #getAll(String, ReadOptions)}, without options. */
  TenantCredentials getAll(String tenant);

  /**
   * Returns all credentials of a tenant, with one request to the table. The result is never
   * silently incomplete: {@link TenantCredentials#failures} names the credentials that exist and
   * cannot be read. Fails with {@link ErrorCode#NOT_FOUND} if the tenant has none.
   *
   * <p>The call fills the near cache but does not read it, so it fails during an outage of the
   * table. It may share a request that another call has begun.
   *
   * @param options {@code maxAge}: how long ago a shared request may have begun; with {@code
   *     forceFetch} no request is shared
   */
  default TenantCredentials getAll(String tenant, ReadOptions options) {
    options.requireNone();
    return getAll(tenant);
  }

  /** As {@link #getAllAsync(String, ReadOptions)}, without options. */
  CompletableFuture<TenantCredentials> getAllAsync(String tenant);

  /** As {@link #getAll(String, ReadOptions)}. No thread waits for the future. */
  default CompletableFuture<TenantCredentials> getAllAsync(String tenant, ReadOptions options) {
    options.requireNone();
    return getAllAsync(tenant);
  }

  /** As {@link #withCredential(CredentialId, ReadOptions, CredentialUse)}, without options. */
  default <T, E extends Exception> T withCredential(CredentialId id, CredentialUse<T, E> use)
      throws E {
    return withCredential(id, ReadOptions.NONE, use);
  }

  /**
   * Runs {@code use} with the credential. If {@code use} throws {@link
   * CredentialRejectedException}, fetches the credential once more, bypassing all caches. If that
   * returns another version or value, runs {@code use} again with it.
   *
   * @param options the options of the first read
   * @return the result of {@code use}
   * @throws E the exception of {@code use}
   * @throws CredentialRejectedException the rejection, if there is no newer version or value. If
   *     the fetch failed, its exception is suppressed in the rejection
   */
  <T, E extends Exception> T withCredential(
      CredentialId id, ReadOptions options, CredentialUse<T, E> use) throws E;

  /** As {@link #withCredentialAsync(CredentialId, ReadOptions, CredentialUse)}, without options. */
  <T, E extends Exception> CompletableFuture<T> withCredentialAsync(
      CredentialId id, CredentialUse<T, E> use);

  /**
   * As {@link #withCredential(CredentialId, ReadOptions, CredentialUse)}; {@code use} runs on one
   * of the reader's threads and may block.
   */
  default <T, E extends Exception> CompletableFuture<T> withCredentialAsync(
      CredentialId id, ReadOptions options, CredentialUse<T, E> use) {
    options.requireNone();
    return withCredentialAsync(id, use);
  }

  /** As {@link #invalidate(CredentialId)}. */
  default void invalidate(String tenant, String name) {
    invalidate(new CredentialId(tenant, name));
  }

  /**
   * Publishes {@code Credential Invalidated} and forgets the credential here, so that all readers
   * fetch it again. Other readers may serve the old value until the invalidation is acknowledged,
   * and then for at most their {@code nearTtl}.
   */
  void invalidate(CredentialId id);

  /** As {@link #invalidate(CredentialId)}; the future completes with the id. */
  CompletableFuture<CredentialId> invalidateAsync(CredentialId id);

  /**
   * Drops the credential from this reader, and does not tell other readers. For a service that
   * subscribes to {@code Credential Changed}. A lookup in progress does not bring it back.
   */
  void forget(CredentialId id);

  /**
   * Drops all credentials and data keys from this reader, for example before a snapshot of the
   * process, which must not contain any.
   */
  void forgetAll();

  /** The counters since the reader was built. */
  ReaderStats stats();

  /**
   * Prints the counts since the last call, as one line of CloudWatch's embedded metric format. Call
   * it at the end of an invocation, for example.
   *
   * <p>Besides the counters, the line has {@code lookupMillis}: the durations of the lookups that
   * the near cache could not answer, in milliseconds. If there were more than a hundred, it has a
   * random sample of a hundred.
   */
  void printMetrics(PrintStream out);

  /**
   * Ends the calls in progress with {@link ErrorCode#UNAVAILABLE}, forgets everything, and closes
   * the AWS clients that this reader created. Later calls fail with {@link ErrorCode#UNAVAILABLE},
   * too.
   */
  @Override
  void close();
}
