import type { Reader } from './api.js';
import type { CheckedClock } from './clock.js';
import { Counters } from './counters.js';
import type { Credential } from './credential.js';
import type { Refusal } from './entry.js';
import { CredentialRejected, KeepwarmError } from './errors.js';
import { type CredentialId, checkId, checkTenant, keyOf } from './id.js';
import { lookups } from './lookups.js';
import { type Kept, nearCache } from './near.js';
import type { Ports } from './ports.js';
import { remote } from './remote.js';
import type { ReaderSettings } from './settings.js';
import { tenantLookup } from './tenant.js';

/** How many lookups are in progress in the background at most. */
const MAX_REFRESHES = 32;

/** The reader, apart from how its ports reach AWS. */
export function readerOf(ports: Ports, clock: CheckedClock, settings: ReaderSettings): Reader {
  const counters = new Counters();
  const near = nearCache(clock, settings.nearTtl, settings.nearSize, settings.nearBytes);
  const others = remote(ports, clock, settings, counters);
  const single = lookups(others, near, clock, settings, counters);
  const all = tenantLookup(others, near, single, clock, settings.onMiss, counters);
  let refreshing = 0;
  let closed = false;

  const get: Reader['get'] = async (tenant, name) => {
    const id = checked(tenant, name);
    const kept = near.fresh(keyOf(id));
    if (kept !== undefined) {
      if (near.claimRefresh(kept)) {
        refresh(id);
      }
      if (kept.stale) {
        counters.staleServed++;
      } else {
        counters.nearHits++;
      }
      return served(id, kept);
    }
    const found = await single.credential(id);
    if (found.stale) {
      counters.staleServed++;
    }
    return served(id, found);
  };

  const getAll: Reader['getAll'] = async (tenant) => {
    checkTenant(tenant);
    checkOpen();
    const { credentials, failures } = await all(tenant);
    // The caller's own: others may have waited for the same.
    return { credentials: new Map(credentials), failures: new Map(failures) };
  };

  const withCredential: Reader['withCredential'] = async (id, fn) => {
    const first = await get(id.tenant, id.name);
    let second: Credential;
    try {
      return await fn(first);
    } catch (error) {
      second = await newer(first, rejectionOf(error));
    }
    try {
      return await fn(second);
    } catch (error) {
      throw rejectionOf(error);
    }
  };

  const invalidate: Reader['invalidate'] = async (tenant, name) => {
    const id = checked(tenant, name);
    const key = keyOf(id);
    near.forget(id);
    try {
      await single.inTime(key, (signal) => ports.bus.publish('Credential Invalidated', id, signal));
    } finally {
      // What was looked up meanwhile may be what is now invalid.
      near.forget(id);
    }
  };

  const refresh = (id: CredentialId): void => {
    if (refreshing === MAX_REFRESHES) {
      return;
    }
    refreshing++;
    counters.refreshes++;
    const ended = () => {
      refreshing--;
    };
    // Nobody waits for it; who asks next is told if it still fails.
    single.credential(id).then(ended, ended);
  };

  /** What replaces a rejected credential; throws the rejection if nothing does. */
  const newer = async (rejected: Credential, rejection: CredentialRejected) => {
    let found: Kept | undefined;
    try {
      found = await single.newer(rejected);
      if (found !== undefined) {
        return served(rejected.id, found);
      }
    } catch (error) {
      rejection.cause ??= error;
    }
    throw rejection;
  };

  /** Throws on whatever is no rejection. */
  const rejectionOf = (error: unknown): CredentialRejected => {
    if (!(error instanceof CredentialRejected)) {
      throw error;
    }
    counters.rejections++;
    return error;
  };

  const served = (id: CredentialId, kept: Kept): Credential => {
    const { found } = kept;
    if (found.kind === 'refusal') {
      throw refused(id, found);
    }
    if (!near.isLive(kept)) {
      throw new KeepwarmError('UNAVAILABLE', `the entry of ${keyOf(id)} expired${clock.complaint}`);
    }
    return found.credential;
  };

  const checked = (tenant: string, name: string): CredentialId => {
    const id = { tenant, name };
    checkId(id);
    checkOpen();
    return id;
  };

  const checkOpen = (): void => {
    if (closed) {
      throw new KeepwarmError('UNAVAILABLE', 'the reader is closed');
    }
  };

  return {
    get,
    getAll,
    withCredential,
    invalidate,
    forget: (tenant, name) => near.forget(checked(tenant, name)),
    stats: () => counters.snapshot(),
    close: () => {
      closed = true;
      near.clear();
      others.forgetKeys();
      ports.close();
    },
  };
}

function refused(id: CredentialId, { code, failure }: Refusal): KeepwarmError {
  const what = {
    NOT_FOUND: `there is no credential ${keyOf(id)}`,
    REVOKED: `the credential ${keyOf(id)} is revoked`,
    UNDECODABLE: `the original of ${keyOf(id)} cannot be decoded: ${failure}`,
  };
  return new KeepwarmError(code, what[code], { failure });
}
