import type { Reader, ReaderStats } from './api.js';
import { callOf, getCallOf, unlessAborted } from './call.js';
import { type CheckedClock, since } from './clock.js';
import { Counters } from './counters.js';
import type { Credential } from './credential.js';
import type { Refusal } from './entry.js';
import { CredentialRejected, KeepwarmError } from './errors.js';
import { type CredentialId, checkId, checkTenant, idAndRest, keyOf } from './id.js';
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
  let printed: ReaderStats = counters.snapshot();

  const getIt = async (id: CredentialId, maxAge?: number): Promise<Credential> => {
    checkOpen();
    const isTooOld = (kept: Kept): boolean =>
      maxAge !== undefined && since(clock, kept.readAt) >= maxAge;
    const kept = near.fresh(keyOf(id));
    if (kept !== undefined && !isTooOld(kept)) {
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
    const found = await single.credential(id, maxAge);
    if (found.stale) {
      if (isTooOld(found)) {
        throw new KeepwarmError(
          'UNAVAILABLE',
          `no value of ${keyOf(id)} is as recent as maxAge requires`,
        );
      }
      counters.staleServed++;
    }
    return served(id, found);
  };

  const get = async (...args: unknown[]): Promise<Credential> => {
    const [id, options] = idAndRest(args);
    checkId(id);
    const { signal, maxAge } = getCallOf(options);
    return unlessAborted(signal, () => getIt(id, maxAge));
  };

  const getAll: Reader['getAll'] = async (tenant, options) => {
    checkTenant(tenant);
    const { signal, maxAge } = getCallOf(options);
    checkOpen();
    const { credentials, failures } = await unlessAborted(signal, () => all(tenant, maxAge));
    // Copies, because other callers may share the result.
    return { credentials: new Map(credentials), failures: new Map(failures) };
  };

  const withCredential = async (...args: unknown[]): Promise<unknown> => {
    const [id, fn, options] = idAndRest(args);
    checkId(id);
    if (typeof fn !== 'function') {
      throw new KeepwarmError('INVALID_CONFIGURATION', 'fn: must be a function');
    }
    const { signal, maxAge } = getCallOf(options);
    const first = await unlessAborted(signal, () => getIt(id, maxAge));
    let second: Credential;
    try {
      return await fn(first);
    } catch (error) {
      const rejection = rejectionOf(error);
      second = await unlessAborted(signal, () => newer(first, rejection));
    }
    try {
      return await fn(second);
    } catch (error) {
      throw rejectionOf(error);
    }
  };

  const invalidate = async (...args: unknown[]): Promise<void> => {
    const [id, options] = idAndRest(args);
    checkId(id);
    const { signal: given } = callOf(options);
    checkOpen();
    near.forget(id);
    try {
      await unlessAborted(given, () =>
        single.inTime(keyOf(id), (signal) =>
          ports.bus.publish('Credential Invalidated', id, signal),
        ),
      );
    } finally {
      // A lookup that ran meanwhile may have kept the value that is now invalid.
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
    // No caller waits for it. If a later lookup fails too, its caller gets the error.
    single.credential(id).then(ended, ended);
  };

  /** Returns the replacement of a rejected credential; throws the rejection if there is none. */
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

  /** Throws the error itself if it is not a rejection. */
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

  const checkOpen = (): void => {
    if (closed) {
      throw new KeepwarmError('UNAVAILABLE', 'the reader is closed');
    }
  };

  const forgetAll = (): void => {
    near.clear();
    others.forgetKeys();
  };

  const close = (): void => {
    closed = true;
    forgetAll();
    ports.close();
  };

  return {
    get,
    getAll,
    withCredential: withCredential as Reader['withCredential'],
    invalidate,
    forget: (...args: unknown[]) => {
      const [id] = idAndRest(args);
      checkId(id);
      checkOpen();
      near.forget(id);
    },
    forgetAll,
    stats: () => counters.snapshot(),
    printMetrics: (print = console.log) => {
      const now = counters.snapshot();
      const times = counters.drainTimes();
      print(metricsOf(now, printed, times, settings.cacheTable, clock.now()));
      printed = now;
    },
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

/**
 * One line of CloudWatch's embedded metric format: what was counted between two moments.
 *
 * @param times how long lookups took, in milliseconds; a hundred at most
 */
function metricsOf(
  now: ReaderStats,
  before: ReaderStats,
  times: readonly number[],
  cacheTable: string,
  timestamp: number,
): string {
  const names = Object.keys(now) as (keyof ReaderStats)[];
  const metrics = {
    Namespace: 'Keepwarm',
    Dimensions: [['part', 'cache']],
    Metrics: [
      ...names.map((Name) => ({ Name, Unit: 'Count' })),
      ...(times.length > 0 ? [{ Name: 'lookupMillis', Unit: 'Milliseconds' }] : []),
    ],
  };
  return JSON.stringify({
    _aws: { Timestamp: timestamp, CloudWatchMetrics: [metrics] },
    part: 'reader',
    // The table's name, also if its ARN is configured: it tells the metrics of several stacks
    // apart.
    cache: cacheTable.slice(cacheTable.lastIndexOf('/') + 1),
    ...Object.fromEntries(names.map((name) => [name, now[name] - before[name]])),
    ...(times.length > 0 ? { lookupMillis: times } : {}),
  });
}

function refused(id: CredentialId, { code, failure }: Refusal): KeepwarmError {
  const what = {
    NOT_FOUND: `there is no credential ${keyOf(id)}`,
    REVOKED: `the credential ${keyOf(id)} is revoked`,
    UNDECODABLE: `the original of ${keyOf(id)} cannot be decoded: ${failure}`,
  };
  return new KeepwarmError(code, what[code], { failure });
}
