import type { Credential } from './credential.js';
import type { ErrorCode } from './errors.js';
import type { CredentialId } from './id.js';
import type { Duration } from './settings.js';

/** What stops a wait: an `AbortSignal` is one. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Options of one call. */
export interface CallOptions {
  /** Once it aborts, the call rejects with its reason. Others who wait for the same go on. */
  readonly signal?: AbortSignalLike | undefined;
}

/** Options of one read. */
export interface GetOptions extends CallOptions {
  /**
   * How old what the table said may be at most. What is near and older is not served, in an outage
   * either.
   */
  readonly maxAge?: Duration | undefined;
  /** Whether to read the table, whatever is near: as `maxAge: 0`. */
  readonly forceFetch?: boolean | undefined;
}

/**
 * Reads credentials. Every method rejects with a {@link KeepwarmError}, or with the reason of the
 * call's own signal. An id is one object, or a tenant and a name.
 */
export interface Reader {
  /** The credential, from the near cache, the cache table or the decryptor. */
  get(id: CredentialId, options?: GetOptions): Promise<Credential>;
  get(tenant: string, name: string, options?: GetOptions): Promise<Credential>;

  /**
   * All credentials of a tenant, never silently incomplete: what cannot be had stands in
   * `failures`. Rejects with `NOT_FOUND` if the tenant has none.
   */
  getAll(tenant: string, options?: CallOptions): Promise<TenantCredentials>;

  /**
   * Runs `fn` with the credential. If `fn` throws {@link CredentialRejected}, fetches once past
   * all caches and, if that brings another version or value, runs `fn` once more with it.
   * Otherwise, and if that is rejected too, the rejection is thrown on; if nothing newer could be
   * had, with the reason as its `cause`.
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

  /** Publishes `Credential Invalidated`, and drops the credential here. */
  invalidate(id: CredentialId, options?: CallOptions): Promise<void>;
  invalidate(tenant: string, name: string, options?: CallOptions): Promise<void>;

  /** Drops the credential here and tells nobody. A lookup in progress does not bring it back. */
  forget(id: CredentialId): void;
  forget(tenant: string, name: string): void;

  /** Drops all credentials and data keys here: before a snapshot of the process, say. */
  forgetAll(): void;

  /** How often what happened since the reader was made. */
  stats(): ReaderStats;

  /**
   * Prints what was counted since the last time as one line of CloudWatch's embedded metric format:
   * at the end of an invocation, say.
   *
   * @param print by default `console.log`
   */
  printMetrics(print?: (line: string) => void): void;

  /** Closes connections and forgets every credential and key. Later calls are refused. */
  close(): void;

  /** Closes, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A tenant's credentials by name. */
export interface TenantCredentials {
  readonly credentials: ReadonlyMap<string, Credential>;
  /** The codes of those that cannot be had. */
  readonly failures: ReadonlyMap<string, ErrorCode>;
}

/** Counters, since the reader was made. */
export interface ReaderStats {
  /** Answers out of the near cache, refusals among them. */
  readonly nearHits: number;
  /** Requests to the cache table. */
  readonly cacheReads: number;
  /** Reads that found no usable entry, or not all of a tenant's. */
  readonly misses: number;
  /** Requests to the decryptor. */
  readonly resolves: number;
  /** Requests to KMS. */
  readonly unwraps: number;
  /** Lookups in the background. */
  readonly refreshes: number;
  /** Answers out of the near cache past `nearTtl`, because of an outage. */
  readonly staleServed: number;
  /** Lookups that failed because the cache table did not answer. */
  readonly outages: number;
  /** Calls that the deadline ended. */
  readonly timeouts: number;
  /** Entries that did not unseal, or were not entries: worth an alarm. */
  readonly tampered: number;
  /** Entries in the table under another KMS key than those configured: resolved, as misses are. */
  readonly wrongKeys: number;
  /** Credentials that a caller's function rejected. */
  readonly rejections: number;
}
