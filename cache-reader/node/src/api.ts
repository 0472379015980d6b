import type { Credential } from './credential.js';
import type { ErrorCode } from './errors.js';
import type { CredentialId } from './id.js';

/** Reads credentials. Every method rejects with a {@link KeepwarmError}. */
export interface Reader {
  /** The credential, from the near cache, the cache table or the decryptor. */
  get(tenant: string, name: string): Promise<Credential>;

  /**
   * All credentials of a tenant, never silently incomplete: what cannot be had stands in
   * `failures`. Rejects with `NOT_FOUND` if the tenant has none.
   */
  getAll(tenant: string): Promise<TenantCredentials>;

  /**
   * Runs `fn` with the credential. If `fn` throws {@link CredentialRejected}, fetches once past
   * all caches and, if that brings another version or value, runs `fn` once more with it.
   * Otherwise, and if that is rejected too, the rejection is thrown on; if nothing newer could be
   * had, with the reason as its `cause`.
   */
  withCredential<T>(
    id: CredentialId,
    fn: (credential: Credential) => T | PromiseLike<T>,
  ): Promise<T>;

  /** Publishes `Credential Invalidated`, and drops the credential here. */
  invalidate(tenant: string, name: string): Promise<void>;

  /** Drops the credential here and tells nobody. A lookup in progress does not bring it back. */
  forget(tenant: string, name: string): void;

  /** How often what happened since the reader was made. */
  stats(): ReaderStats;

  /** Closes connections and forgets every credential and key. Later calls are refused. */
  close(): void;
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
