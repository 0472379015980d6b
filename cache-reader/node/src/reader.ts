import { timingSafeEqual } from 'node:crypto';
import type { Reader, ReaderStats, TenantCredentials } from './api.js';
import type { Clock } from './clock.js';
import { Counters } from './counters.js';
import type { Credential } from './credential.js';
import type { Refusal } from './entry.js';
import { CredentialRejected, KeepwarmError } from './errors.js';
import { type CredentialId, checkId, checkTenant, keyOf } from './id.js';
import { Lookups } from './lookups.js';
import { type Kept, NearCache } from './near.js';
import type { Ports } from './ports.js';
import { Remote } from './remote.js';
import type { ReaderSettings } from './settings.js';
import { TenantLookups } from './tenant.js';

/** How many lookups are in progress in the background at most. */
const MAX_REFRESHES = 32;

/** The reader, apart from how its ports reach AWS. */
export class CachingReader implements Reader {
  readonly #ports: Ports;
  readonly #near: NearCache;
  readonly #remote: Remote;
  readonly #lookups: Lookups;
  readonly #tenants: TenantLookups;
  readonly #counters = new Counters();
  #refreshing = 0;
  #closed = false;

  constructor(ports: Ports, clock: Clock, settings: ReaderSettings) {
    this.#ports = ports;
    const counters = this.#counters;
    this.#near = new NearCache(clock, settings.nearTtl, settings.nearSize);
    this.#remote = new Remote(ports, clock, settings, counters);
    this.#lookups = new Lookups(this.#remote, this.#near, clock, settings, counters);
    this.#tenants = new TenantLookups(
      this.#remote,
      this.#near,
      this.#lookups,
      clock,
      settings.onMiss,
      counters,
    );
  }

  async get(tenant: string, name: string): Promise<Credential> {
    const id = { tenant, name };
    checkId(id);
    this.#checkOpen();
    const near = this.#near.fresh(keyOf(id));
    if (near !== undefined) {
      if (this.#near.claimRefresh(near)) {
        this.#refresh(id);
      }
      if (near.stale) {
        this.#counters.staleServed++;
      } else {
        this.#counters.nearHits++;
      }
      return this.#served(id, near);
    }
    const found = await this.#lookups.credential(id);
    if (found.stale) {
      this.#counters.staleServed++;
    }
    return this.#served(id, found);
  }

  async getAll(tenant: string): Promise<TenantCredentials> {
    checkTenant(tenant);
    this.#checkOpen();
    const { credentials, failures } = await this.#tenants.all(tenant);
    // The caller's own: others may have waited for the same.
    return { credentials: new Map(credentials), failures: new Map(failures) };
  }

  async withCredential<T>(
    id: CredentialId,
    fn: (credential: Credential) => T | PromiseLike<T>,
  ): Promise<T> {
    const first = await this.get(id.tenant, id.name);
    let newer: Credential;
    try {
      return await fn(first);
    } catch (error) {
      newer = await this.#newer(first, this.#rejection(error));
    }
    try {
      return await fn(newer);
    } catch (error) {
      throw this.#rejection(error);
    }
  }

  async invalidate(tenant: string, name: string): Promise<void> {
    this.forget(tenant, name);
    const id = { tenant, name };
    try {
      await this.#lookups.inTime(keyOf(id), (signal) =>
        this.#ports.bus.publishInvalidated(id, signal),
      );
    } finally {
      // What was looked up meanwhile may be what is now invalid.
      this.#near.forget(keyOf(id));
    }
  }

  forget(tenant: string, name: string): void {
    const id = { tenant, name };
    checkId(id);
    this.#checkOpen();
    this.#near.forget(keyOf(id));
  }

  stats(): ReaderStats {
    return this.#counters.snapshot();
  }

  close(): void {
    this.#closed = true;
    this.#near.clear();
    this.#remote.forgetKeys();
    this.#ports.close();
  }

  #refresh(id: CredentialId): void {
    if (this.#refreshing === MAX_REFRESHES) {
      return;
    }
    this.#refreshing++;
    this.#counters.refreshes++;
    const ended = () => {
      this.#refreshing--;
    };
    // Nobody waits for it; who asks next is told if it still fails.
    this.#lookups.credential(id).then(ended, ended);
  }

  /** What replaces a rejected credential; throws the rejection if nothing does. */
  async #newer(rejected: Credential, rejection: CredentialRejected): Promise<Credential> {
    let newer: Credential;
    try {
      newer = this.#served(rejected.id, await this.#lookups.newer(rejected));
    } catch (error) {
      rejection.cause ??= error;
      throw rejection;
    }
    if (newer.version === rejected.version && sameBytes(newer.bytes(), rejected.bytes())) {
      throw rejection;
    }
    return newer;
  }

  /** Throws on whatever is no rejection. */
  #rejection(error: unknown): CredentialRejected {
    if (!(error instanceof CredentialRejected)) {
      throw error;
    }
    this.#counters.rejections++;
    return error;
  }

  #served(id: CredentialId, { found }: Kept): Credential {
    if (found.kind === 'refusal') {
      throw refused(id, found);
    }
    if (!this.#near.isLive({ found })) {
      throw new KeepwarmError('UNAVAILABLE', `the entry of ${keyOf(id)} expired`);
    }
    return found.credential;
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new KeepwarmError('UNAVAILABLE', 'the reader is closed');
    }
  }
}

function refused(id: CredentialId, { code, failure }: Refusal): KeepwarmError {
  const what = {
    NOT_FOUND: `there is no credential ${keyOf(id)}`,
    REVOKED: `the credential ${keyOf(id)} is revoked`,
    UNDECODABLE: `the original of ${keyOf(id)} cannot be decoded: ${failure}`,
  };
  return new KeepwarmError(code, what[code], { failure });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
