import type { Credential } from './credential.js';
import type { ErrorCode } from './errors.js';
import type { CredentialId } from './id.js';
import type { Duration } from './settings.js';

/** A signal that ends a call, such as an `AbortSignal`. */
export interface AbortSignalLike {
  /** Whether it has aborted. */
  readonly aborted: boolean;
  /** Why, once it has. */
  readonly reason?: unknown;
  /** Calls the listener when it aborts. */
  addEventListener(type: 'abort', listener: () => void): void;
  /** Removes a listener. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Options of one call. */
export interface CallOptions {
  /**
   * If it aborts, the call rejects with its reason. Other calls that wait for the same lookup continue.
   */
  readonly signal?: AbortSignalLike | undefined;
}

/** Options of one read. */
export interface GetOptions extends CallOptions {
  /**
   * The maximum time since the entry was read from the table, even during an outage. By default
   * `nearTtl` decides.
   */
  readonly maxAge?: Duration | undefined;
  /** Whether to read the table, whatever the near cache has: the same as `maxAge: 0`. */
  readonly forceFetch?: boolean | undefined;
}

/**
 * Reads credentials. Every method rejects with a {@link KeepwarmError}, or with the reason of the
 * call's own signal. An id is one object, or a tenant and a name.
 */
export interface Reader {
  /** Returns the credential, from the near cache, the cache table or the decryptor. */
  get(id: CredentialId, options?: GetOptions): Promise<Credential>;
  get(tenant: string, name: string, options?: GetOptions): Promise<Credential>;

  /**
   * Returns all credentials of a tenant. The result is never silently incomplete: `failures` names
   * those that cannot be read. Rejects with `NOT_FOUND` if the tenant has none. It always
   * reads the table, not the near cache. It may share a request that another call began at most
   * `maxAge` ago; with `forceFetch` it shares none.
   */
  getAll(tenant: string, options?: GetOptions): Promise<TenantCredentials>;

  /**
   * Runs `fn` with the credential. If `fn` throws `CredentialRejected`, fetches the credential once
   * bypassing all caches. If that brings another version or value, runs `fn` once more with it.
   * Otherwise, or if that is rejected too, rejects with the rejection. Its `cause` says why nothing
   * newer could be fetched.
   */
  withCredential<T>(
    id: CredentialId,
    fn: (credential: Credential) => T | PromiseLike<T>,
    options?: GetOptions,
  ): Promise<T>;
  withCredential<T>(
    tenant: string,
    name: string,
    fn: (credential: Credential) => T | PromiseLike<T>,
    options?: GetOptions,
  ): Promise<T>;

  /** Publishes `Credential Invalidated`, and forgets the credential here. */
  invalidate(id: CredentialId, options?: CallOptions): Promise<void>;
  invalidate(tenant: string, name: string, options?: CallOptions): Promise<void>;

  /**
   * Drops the credential from this reader, and does not tell other readers. A lookup in progress does
   * not bring it back.
   */
  forget(id: CredentialId): void;
  forget(tenant: string, name: string): void;

  /** Drops all credentials and data keys from this reader, for example before a snapshot. */
  forgetAll(): void;

  /** The counters since the reader was made. */
  stats(): ReaderStats;

  /**
   * Prints what was counted since the last call, as one line of CloudWatch's embedded metric format.
   * Besides the counters, the line has `lookupMillis`: how long the lookups took that the near cache
   * could not answer, in milliseconds. If there were more than a hundred, it has a random hundred.
   *
   * @param print by default `console.log`
   */
  printMetrics(print?: (line: string) => void): void;

  /** Closes connections and forgets every credential and key. Later calls reject with `UNAVAILABLE`. */
  close(): void;

  /** Closes the reader, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** All credentials of a tenant, by name. */
export interface TenantCredentials {
  /** Those that can be read. */
  readonly credentials: ReadonlyMap<string, Credential>;
  /** Why a credential that exists cannot be read: a stable code. */
  readonly failures: ReadonlyMap<string, ErrorCode>;
}

/** A reader's counters since it was made. */
export interface ReaderStats {
  /** Answers from the near cache, including refusals. */
  readonly nearHits: number;
  /** Requests to the cache table. */
  readonly cacheReads: number;
  /** Reads that found no usable entry, or not all entries of a tenant. */
  readonly misses: number;
  /** Requests to the decryptor. */
  readonly resolves: number;
  /** Requests to KMS. */
  readonly unwraps: number;
  /** Lookups in the background. */
  readonly refreshes: number;
  /** Answers from the near cache past `nearTtl`, because of an outage. */
  readonly staleServed: number;
  /** Lookups that failed because the cache table did not respond. */
  readonly outages: number;
  /** Calls that the deadline ended. */
  readonly timeouts: number;
  /** Entries that could not be unsealed or were malformed; worth an alarm. */
  readonly tampered: number;
  /** Entries under a KMS key that is not configured: resolved, as on a miss. */
  readonly wrongKeys: number;
  /** Credentials that a caller's function rejected. */
  readonly rejections: number;
}
