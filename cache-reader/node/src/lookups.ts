import { timingSafeEqual } from 'node:crypto';
import {
  type CheckedClock,
  type Moment,
  momentOf,
  pause,
  type Signal,
  since,
  within,
} from './clock.js';
import { type Counters, isOutage } from './counters.js';
import type { Credential } from './credential.js';
import {
  type Entry,
  type Reading,
  readingOfAnswer,
  readingOfTable,
  type Sealed,
  type Settled,
} from './entry.js';
import { KeepwarmError, WrongKeyError } from './errors.js';
import { Flights } from './flights.js';
import { type CredentialId, keyOf } from './id.js';
import { Lru } from './lru.js';
import { type Kept, type NearCache, SHORTER } from './near.js';
import type { Remote } from './remote.js';
import type { ReaderSettings } from './settings.js';

/** How often `wait` looks at the table, in milliseconds. */
const POLL_EVERY = 50;

/** The shortest time between two searches for a newer credential, in milliseconds. */
const LEAST_DAMPING = 1000;

/** Looks up single credentials without the near cache, and keeps the results in it. */
export interface Lookups {
  /**
   * Looks in the cache table and, on a miss, asks the decryptor. Concurrent callers share the
   * lookup. If nothing responds, the near entry is served until its hard expiry, unless this
   * process was frozen meanwhile: then the missing response says nothing about the table. Once the
   * table has responded, that applies only to the version that it named: any other response (a
   * tombstone, another version, nothing) is newer than the near entry.
   *
   * @param maxAge the greatest time since the table was asked, in milliseconds
   */
  credential(id: CredentialId, maxAge?: number): Promise<Kept>;

  /**
   * Looks for a newer credential than a rejected one, bypassing all caches; undefined if there is
   * none. A reader that does not resolve on a miss bypasses only its near cache. Does not look if
   * the near cache has a newer one already. If there was none, it does not look again within
   * `nearTtl`, or within a sixth of that if there was no response: it then ends as the last time.
   */
  newer(rejected: Credential): Promise<Kept | undefined>;

  /**
   * Asks the decryptor.
   *
   * @param newerThan the version that was rejected
   */
  resolve(id: CredentialId, newerThan: number | undefined, signal: Signal): Promise<Kept>;

  /**
   * Settles a reading: an entry that needs a freshness record is live if a record vouches for it,
   * and missing if none does.
   */
  settled(id: CredentialId, reading: Reading, readAt: Moment, signal: Signal): Promise<Settled>;

  /** Whether an entry may be used now, given the freshness records that are held. */
  isVouched(tenant: string, sealed: Sealed): boolean;

  /** Makes the near cache's entry from a reading; undefined if the reading is not usable. */
  entry(
    id: CredentialId,
    reading: Settled,
    readAt: Moment,
    signal: Signal,
  ): Promise<Kept | undefined>;

  /** Polls `table`, and returns the first result that is not undefined. */
  poll<T>(table: (signal: Signal) => Promise<T | undefined>, signal: Signal): Promise<T>;

  /**
   * Returns a function that says whether a later caller may share a lookup that begins now. It may
   * not once the credential was forgotten, once the lookup is older than `nearTtl`, or once its
   * deadline has passed, as after a freeze.
   */
  sharing(keyOrTenant: string): (within?: number) => boolean;

  /** Bounds `work` by the deadline. */
  inTime<T>(what: string, work: (signal: Signal) => Promise<T>): Promise<T>;
}

export function lookups(
  remote: Remote,
  near: NearCache,
  clock: CheckedClock,
  { deadline, nearTtl, nearSize, onMiss }: ReaderSettings,
  counters: Counters,
): Lookups {
  const flights = new Flights<Kept>();
  const damping = Math.max(nearTtl, LEAST_DAMPING);
  const asked = new Lru<Asked>(nearSize);

  const credential: Lookups['credential'] = (id, maxAge) => {
    const key = keyOf(id);
    const lookup = async (): Promise<Kept> => {
      const begunIn = near.epoch();
      const begun = momentOf(clock);
      let spare = near.held(key);
      let missed = false;
      let unopened: Sealed | undefined;
      let expired: Sealed | undefined;
      let given: Signal | undefined;

      const readTable = async (signal: Signal): Promise<Kept | undefined> => {
        const readAt = momentOf(clock);
        const item = await remote.read(id, signal);
        expired = item?.state === 'READY' ? item.sealed : undefined;
        const reading = readingOfTable(item, clock.date());
        if (spare !== undefined && !confirms(reading, spare)) {
          near.drop(key, spare);
          spare = undefined;
        }
        const found = await settled(id, reading, readAt, signal);
        if (spare !== undefined && found.kind === 'missing') {
          near.drop(key, spare);
          spare = undefined;
        }
        if (found.kind === 'live' && found.sealed.dataKey === unopened?.dataKey) {
          return undefined;
        }
        try {
          return await entry(id, found, readAt, signal);
        } catch (error) {
          if (!(error instanceof WrongKeyError) || found.kind !== 'live') {
            throw error;
          }
          counters.wrongKeys++;
          unopened = found.sealed;
          return undefined;
        }
      };

      try {
        return await inTime(key, async (signal) => {
          given = signal;
          let found = await readTable(signal);
          if (found === undefined) {
            missed = true;
            counters.misses++;
            if (onMiss === 'resolve' && unopened === undefined && expired !== undefined) {
              // The decryptor most probably seals under the same data key.
              remote.unwrapBeside(id.tenant, expired, signal);
            }
            found = await miss(id, unopened, readTable, signal);
          }
          near.keep(key, found, begunIn);
          counters.ended(since(clock, begun));
          return found;
        });
      } catch (error) {
        counters.failed(error);
        if (isOutage(error) && !missed) {
          if (!given?.frozen) {
            counters.outages++;
            const prolonged = spare && near.prolong(key);
            if (prolonged !== undefined) {
              return prolonged;
            }
          }
        } else if (spare !== undefined) {
          near.drop(key, spare);
        }
        throw error;
      }
    };
    return flights.join(key, sharing(key), lookup, maxAge);
  };

  const newer: Lookups['newer'] = async (rejected) => {
    const { id, version } = rejected;
    const key = keyOf(id);
    const kept = near.fresh(key);
    if (kept !== undefined && isNews(kept, rejected)) {
      return kept;
    }
    const last = asked.get(key);
    if (last?.version === version && last.isRecent()) {
      return last.end();
    }
    const isShared = recently(key, Math.min(damping, deadline));
    const found = await flights.join(`${key} ${version}`, isShared, () => forced(rejected));
    return isUnchanged(found, rejected) ? undefined : found;
  };

  const forced = async (rejected: Credential): Promise<Kept> => {
    const { id, version } = rejected;
    const key = keyOf(id);
    const begunIn = near.epoch();
    const isRecent = recently(key, damping);
    const isRecentFailure = recently(key, Math.max(nearTtl / SHORTER, LEAST_DAMPING));
    try {
      return await inTime(key, async (signal) => {
        const readAt = momentOf(clock);
        const found =
          onMiss === 'resolve'
            ? await remote.resolve(id, version, signal)
            : await remote.read(id, signal);
        const kept = await answered(id, found, readAt, signal);
        near.keep(key, kept, begunIn);
        if (isUnchanged(kept, rejected)) {
          asked.set(key, { version, isRecent, end: () => undefined });
        }
        counters.ended(since(clock, readAt));
        return kept;
      });
    } catch (error) {
      counters.failed(error);
      const end = () => {
        throw error;
      };
      asked.set(key, { version, isRecent: isRecentFailure, end });
      throw error;
    }
  };

  const miss = async (
    id: CredentialId,
    unopened: Sealed | undefined,
    readTable: (signal: Signal) => Promise<Kept | undefined>,
    signal: Signal,
  ): Promise<Kept> => {
    switch (onMiss) {
      case 'resolve':
        // An entry under another KMS key looks usable in the table. `newerThan` tells the decryptor
        // to replace it.
        return resolve(id, unopened?.version, signal);
      case 'wait':
        return poll(readTable, signal);
      case 'fail':
        throw new KeepwarmError('UNAVAILABLE', `the cache has no usable entry of ${keyOf(id)}`);
    }
  };

  const resolve: Lookups['resolve'] = async (id, newerThan, signal) => {
    const readAt = momentOf(clock);
    return answered(id, await remote.resolve(id, newerThan, signal), readAt, signal);
  };

  /** Turns a final response into an entry of the near cache; throws if it is not usable. */
  const answered = async (
    id: CredentialId,
    found: Entry | undefined,
    readAt: Moment,
    signal: Signal,
  ): Promise<Kept> => {
    const reading = await settled(id, readingOfAnswer(found, clock.date()), readAt, signal);
    const kept = await entry(id, reading, readAt, signal);
    if (kept === undefined) {
      const complaint = clock.complaint || '; is the clock of this host right?';
      const why = found?.state === 'READY' ? `: it had expired on arrival${complaint}` : '';
      throw new KeepwarmError(
        'UNAVAILABLE',
        `the decryptor's response has no usable entry of ${keyOf(id)}${why}`,
      );
    }
    return kept;
  };

  const settled: Lookups['settled'] = async (id, reading, readAt, signal) => {
    if (reading.kind !== 'vouchable') {
      return reading;
    }
    const { sealed } = reading;
    await remote.awaitRecords(id.tenant, [sealed], readAt, signal);
    return isVouched(id.tenant, sealed) ? { kind: 'live', sealed } : { kind: 'missing' };
  };

  const isVouched: Lookups['isVouched'] = (tenant, sealed) =>
    clock.date() < remote.life(tenant, sealed).hardExpiresAt;

  const entry: Lookups['entry'] = async (id, reading, readAt, signal) => {
    switch (reading.kind) {
      case 'missing':
        return undefined;
      case 'refusal':
        return near.entry(reading, readAt);
      case 'live': {
        const { sealed } = reading;
        const size = sealed.envelope.length;
        const life = remote.life(id.tenant, sealed);
        const { softExpiresAt, hardExpiresAt } = life;
        const credential = await remote.open(id, sealed, life, signal);
        return clock.date() < hardExpiresAt
          ? near.entry({ kind: 'held', credential, size, softExpiresAt }, readAt)
          : undefined;
      }
    }
  };

  const poll: Lookups['poll'] = async (table, signal) => {
    for (;;) {
      await pause(clock, POLL_EVERY, signal);
      const answer = await table(signal);
      if (answer !== undefined) {
        return answer;
      }
    }
  };

  const sharing: Lookups['sharing'] = (key) => recently(key, Math.min(nearTtl, deadline));

  /**
   * Returns a function that says whether fewer than `ms` milliseconds have passed since this call,
   * and nothing was forgotten.
   */
  const recently = (keyOrTenant: string, ms: number): ((within?: number) => boolean) => {
    const begunIn = near.epoch();
    const begun = momentOf(clock);
    return (within = ms) =>
      near.isCurrent(keyOrTenant, begunIn) && since(clock, begun) < Math.min(ms, within);
  };

  const inTime: Lookups['inTime'] = (what, work) => {
    const timeout = (frozen: boolean) => {
      const why = frozen ? '; the process was frozen meanwhile' : '';
      return new KeepwarmError('TIMEOUT', `no answer about ${what} within ${deadline} ms${why}`);
    };
    return within(clock, deadline, timeout, work);
  };

  return { credential, newer, resolve, settled, isVouched, entry, poll, sharing, inTime };
}

/** The last search for something newer than a version, and how it ended. */
interface Asked {
  readonly version: number;
  readonly isRecent: () => boolean;
  readonly end: () => undefined;
}

/** Whether the near entry is newer than a rejected credential. */
function isNews(kept: Kept, rejected: Credential): boolean {
  const { found } = kept;
  return found.kind === 'refusal' || found.credential.version === rejected.version
    ? !isUnchanged(kept, rejected)
    : found.credential.version > rejected.version;
}

function isUnchanged({ found }: Kept, rejected: Credential): boolean {
  if (found.kind === 'refusal' || found.credential.version !== rejected.version) {
    return false;
  }
  const [a, b] = [found.credential.bytes(), rejected.bytes()];
  return a.length === b.length && timingSafeEqual(a, b);
}

function confirms(reading: Reading, near: Kept): boolean {
  return (
    (reading.kind === 'live' || reading.kind === 'vouchable') &&
    near.found.kind === 'held' &&
    reading.sealed.version === near.found.credential.version
  );
}
