package dev.keepwarm.reader.testing;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.CredentialRejectedException;
import dev.keepwarm.reader.CredentialUse;
import dev.keepwarm.reader.JsonBinding;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.ReadOptions;
import dev.keepwarm.reader.ReaderStats;
import dev.keepwarm.reader.TenantCredentials;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A reader for tests. It returns the credentials that the test has set. It sends no requests and
 * caches nothing, and entries never expire. Thread-safe.
 *
 * <pre>{@code
 * MemoryReader reader = new MemoryReader();
 * reader.set("acme", "bank", "one");
 * reader.rejectOnce("acme", "bank", "two");
 * assertThat(pay(reader)).isEqualTo("paid with two");
 * }</pre>
 */
public final class MemoryReader implements KeepwarmReader {
  private static final Duration LIFE = Duration.ofHours(1);

  /** The state of one credential, as the test has set it. */
  private record Entry(
      @Nullable Credential credential,
      @Nullable KeepwarmException error,
      boolean rejects,
      @Nullable String newer) {
    static final Entry NONE = new Entry(null, null, false, null);

    Entry withError(KeepwarmException failure) {
      return new Entry(credential, failure, rejects, newer);
    }

    Entry rejecting(boolean rejecting, @Nullable String next) {
      return new Entry(credential, error, rejecting, next);
    }
  }

  private final InstantSource clock;
  private final JsonBinding json;
  private final Map<CredentialId, Entry> entries = new LinkedHashMap<>();
  private final List<CredentialId> invalidated = new ArrayList<>();
  private long reads;
  private long rejections;
  private boolean closed;

  /** A reader without credentials. Its {@code json(Class)} fails, because it has no binding. */
  public MemoryReader() {
    this(
        new JsonBinding() {
          @Override
          public <T> T read(String text, Class<T> type) {
            throw new KeepwarmException(
                ErrorCode.INVALID_CONFIGURATION,
                "json(Class) requires a JSON binding: pass one to the reader");
          }
        });
  }

  /**
   * A reader without credentials.
   *
   * @param json the JSON library for {@code json(Class)}
   */
  public MemoryReader(JsonBinding json) {
    this(json, InstantSource.system());
  }

  /**
   * A reader without credentials, with a clock.
   *
   * @param json the JSON library for {@code json(Class)}
   * @param clock a credential gets an expiry one hour after it was set, by this clock
   */
  public MemoryReader(JsonBinding json, InstantSource clock) {
    this.json = json;
    this.clock = clock;
  }

  /** Sets a credential of version 1, which replaces any other. */
  public Credential set(String tenant, String name, String value) {
    return set(new CredentialId(tenant, name), 1, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Sets a credential, which replaces any other. */
  public synchronized Credential set(CredentialId id, long version, byte[] value) {
    Instant expiresAt = clock.instant().plus(LIFE);
    Credential credential = Credential.of(id, version, expiresAt, value, json);
    Entry old = entry(id);
    entries.put(id, new Entry(credential, null, old.rejects(), old.newer()));
    return credential;
  }

  /** Gives the credential its next version, with another value. */
  public Credential rotate(String tenant, String name, String value) {
    return put(new CredentialId(tenant, name), value);
  }

  private synchronized Credential put(CredentialId id, String value) {
    Credential old = entry(id).credential();
    return set(id, old == null ? 1 : old.version() + 1, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Makes reads of the credential fail with {@code REVOKED}, until it is set or rotated. */
  public void revoke(String tenant, String name) {
    fail(tenant, name, ErrorCode.REVOKED);
  }

  /** Makes reads of the credential fail with a code, until it is set or rotated. */
  public void fail(String tenant, String name, ErrorCode code) {
    fail(tenant, name, code, null);
  }

  /**
   * Makes reads of the credential fail with a code and a failure, until it is set or rotated.
   *
   * @param failure why it cannot be decoded, for {@code UNDECODABLE}
   */
  public synchronized void fail(
      String tenant, String name, ErrorCode code, @Nullable String failure) {
    CredentialId id = new CredentialId(tenant, name);
    entries.put(
        id,
        entry(id)
            .withError(
                new KeepwarmException(code, id + " fails, as the test says", failure, null)));
  }

  /**
   * Makes {@code withCredential} treat the next function that uses this credential as if it had
   * thrown {@link CredentialRejectedException}, whatever it does.
   */
  public void rejectOnce(String tenant, String name) {
    rejectNext(new CredentialId(tenant, name), null);
  }

  /**
   * Does the same, and then rotates the credential to {@code newer}, so that the function runs
   * again.
   */
  public void rejectOnce(String tenant, String name, String newer) {
    rejectNext(new CredentialId(tenant, name), newer);
  }

  /** The ids that {@code invalidate} was called with, in order. */
  public synchronized List<CredentialId> invalidated() {
    return List.copyOf(invalidated);
  }

  @Override
  public void prime() {}

  @Override
  public Credential get(CredentialId id, ReadOptions options) {
    return read(id);
  }

  @Override
  public CompletableFuture<Credential> getAsync(CredentialId id, ReadOptions options) {
    return future(() -> read(id));
  }

  @Override
  public TenantCredentials getAll(String tenant) {
    return getAll(tenant, ReadOptions.NONE);
  }

  @Override
  public synchronized TenantCredentials getAll(String tenant, ReadOptions options) {
    CredentialId.checkTenant(tenant);
    checkOpen();
    reads++;
    Map<String, Credential> credentials = new LinkedHashMap<>();
    Map<String, ErrorCode> failures = new LinkedHashMap<>();
    entries.forEach((id, entry) -> {
      if (id.tenant().equals(tenant)) {
        if (entry.error() == null && entry.credential() != null) {
          credentials.put(id.name(), entry.credential());
        } else if (entry.error() != null && entry.error().code() != ErrorCode.NOT_FOUND) {
          failures.put(id.name(), entry.error().code());
        }
      }
    });
    if (credentials.isEmpty() && failures.isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.NOT_FOUND, "there is no credential of tenant " + tenant);
    }
    return new TenantCredentials(tenant, credentials, failures);
  }

  @Override
  public CompletableFuture<TenantCredentials> getAllAsync(String tenant) {
    return getAllAsync(tenant, ReadOptions.NONE);
  }

  @Override
  public CompletableFuture<TenantCredentials> getAllAsync(String tenant, ReadOptions options) {
    return future(() -> getAll(tenant, options));
  }

  @Override
  public <T, E extends Exception> T withCredential(
      CredentialId id, ReadOptions options, CredentialUse<T, E> use) throws E {
    Credential first = read(id);
    CredentialRejectedException rejection;
    try {
      T result = use.apply(first);
      if (!rejects(id)) {
        return result;
      }
      rejection = new CredentialRejectedException("rejected, as the test says");
    } catch (CredentialRejectedException e) {
      rejection = e;
    }
    bringNewer(id);
    Credential second = newer(first, rejection);
    try {
      return use.apply(second);
    } catch (CredentialRejectedException e) {
      countRejection();
      throw e;
    }
  }

  /** Runs the blocking call on the calling thread. */
  @Override
  public <T, E extends Exception> CompletableFuture<T> withCredentialAsync(
      CredentialId id, CredentialUse<T, E> use) {
    return withCredentialAsync(id, ReadOptions.NONE, use);
  }

  /** Runs the blocking call on the calling thread. */
  @Override
  public <T, E extends Exception> CompletableFuture<T> withCredentialAsync(
      CredentialId id, ReadOptions options, CredentialUse<T, E> use) {
    return future(() -> withCredential(id, options, use));
  }

  @Override
  public synchronized void invalidate(CredentialId id) {
    checkOpen();
    invalidated.add(id);
  }

  @Override
  public CompletableFuture<CredentialId> invalidateAsync(CredentialId id) {
    return future(() -> {
      invalidate(id);
      return id;
    });
  }

  @Override
  public void forget(CredentialId id) {}

  @Override
  public void forgetAll() {}

  /** Reads count as near hits. */
  @Override
  public synchronized ReaderStats stats() {
    return new ReaderStats(reads, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, rejections);
  }

  /** Prints the counters as they are. */
  @Override
  public void printMetrics(PrintStream out) {
    out.println(stats().counts());
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private synchronized Credential read(CredentialId id) {
    if (id == null) {
      throw new KeepwarmException(ErrorCode.INVALID_ID, "the id is null");
    }
    checkOpen();
    reads++;
    return current(id);
  }

  private Credential current(CredentialId id) {
    Entry entry = entry(id);
    KeepwarmException error = entry.error();
    if (error != null) {
      // A new exception for each caller, with the caller's own stack.
      throw new KeepwarmException(
          error.code(), id + " fails, as the test says", error.failure(), null);
    }
    if (entry.credential() == null) {
      throw new KeepwarmException(ErrorCode.NOT_FOUND, "there is no credential " + id);
    }
    return entry.credential();
  }

  private synchronized void rejectNext(CredentialId id, @Nullable String newer) {
    entries.put(id, entry(id).rejecting(true, newer));
  }

  private synchronized boolean rejects(CredentialId id) {
    return entry(id).rejects();
  }

  /** Rotates the credential, if the test has set a newer value for a rejection. */
  private synchronized void bringNewer(CredentialId id) {
    Entry entry = entry(id);
    entries.put(id, entry.rejecting(false, null));
    String newer = entry.newer();
    if (newer != null) {
      put(id, newer);
    }
  }

  private synchronized Credential newer(Credential first, CredentialRejectedException rejection) {
    rejections++;
    Credential second;
    try {
      second = current(first.id());
    } catch (KeepwarmException e) {
      rejection.addSuppressed(e);
      throw rejection;
    }
    if (second.version() == first.version() && Arrays.equals(second.bytes(), first.bytes())) {
      throw rejection;
    }
    return second;
  }

  private synchronized void countRejection() {
    rejections++;
  }

  private Entry entry(CredentialId id) {
    return entries.getOrDefault(id, Entry.NONE);
  }

  private void checkOpen() {
    if (closed) {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the reader is closed");
    }
  }

  private static <T> CompletableFuture<T> future(Callable<T> call) {
    try {
      return CompletableFuture.completedFuture(call.call());
    } catch (Exception e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
