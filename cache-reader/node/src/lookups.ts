import { type Clock, type Moment, momentOf, pause, type Signal, since, within } from './clock.js';
import { type Counters, isOutage } from './counters.js';
import type { Credential } from './credential.js';
import { type Entry, type Reading, readingOfAnswer, readingOfTable } from './entry.js';
import { KeepwarmError } from './errors.js';
import { Flights } from './flights.js';
import { type CredentialId, keyOf } from './id.js';
import type { Kept, NearCache } from './near.js';
import type { Remote } from './remote.js';
import type { ReaderSettings } from './settings.js';

/** How often `wait` looks at the table, in milliseconds. */
const POLL_EVERY = 50;

/** Looks single credentials up, past the near cache, and keeps there what is found. */
export interface Lookups {
  /**
   * Looks in the cache table and, on a miss, further on. Shared by all who ask meanwhile.
   *
   * If nobody answers, the near entry is served on, until its hard expiry; not if that is because
   * this process was frozen meanwhile, which says nothing about the table. Once the table has
   * answered that holds only for the very version it named: anything else it said (a tombstone,
   * another version, nothing) is newer than what is near.
   */
  credential(id: CredentialId): Promise<Kept>;

  /**
   * Looks past all caches for something newer than a credential that was rejected. A reader that
   * does not resolve on a miss looks past its near cache only.
   */
  newer(rejected: Credential): Promise<Kept>;

  /** What a reading comes to, for the near cache; undefined if it is of no use. */
  entry(
    id: CredentialId,
    reading: Reading,
    readAt: Moment,
    signal: Signal,
  ): Promise<Kept | undefined>;

  /** Asks `table` again and again; the first answer that is not undefined. */
  poll<T>(table: (signal: Signal) => Promise<T | undefined>, signal: Signal): Promise<T>;

  /**
   * Whether a lookup that begins now may answer for a caller that comes later: not after
   * something was forgotten, not as old news, and not past its deadline, as after a freeze.
   */
  sharing(): () => boolean;

  /** Bounds `work` by the deadline. */
  inTime<T>(what: string, work: (signal: Signal) => Promise<T>): Promise<T>;
}

export function lookups(
  remote: Remote,
  near: NearCache,
  clock: Clock,
  { deadline, nearTtl, onMiss }: ReaderSettings,
  counters: Counters,
): Lookups {
  const flights = new Flights<Kept>();

  const credential: Lookups['credential'] = (id) => {
    const key = keyOf(id);
    return flights.join(key, sharing(), async () => {
      const begunIn = near.epoch();
      let spare = near.held(key);
      let missed = false;
      let given: Signal | undefined;

      const readTable = async (signal: Signal): Promise<Kept | undefined> => {
        const readAt = momentOf(clock);
        const reading = readingOfTable(await remote.read(id, signal), clock.now());
        if (spare !== undefined && !confirms(reading, spare)) {
          near.drop(key, spare);
          spare = undefined;
        }
        return entry(id, reading, readAt, signal);
      };

      try {
        return await inTime(key, async (signal) => {
          given = signal;
          let found = await readTable(signal);
          if (found === undefined) {
            missed = true;
            counters.misses++;
            found = await miss(id, readTable, signal);
          }
          near.keep(key, found, begunIn);
          return found;
        });
      } catch (error) {
        counters.failed(error);
        if (isOutage(error) && !missed) {
          if (!given?.frozen) {
            counters.outages++;
            const prolonged = spare && near.prolong(key, spare);
            if (prolonged !== undefined) {
              return prolonged;
            }
          }
        } else if (spare !== undefined) {
          near.drop(key, spare);
        }
        throw error;
      }
    });
  };

  const newer: Lookups['newer'] = ({ id, version }) => {
    const key = keyOf(id);
    return flights.join(`${key} ${version}`, sharing(), async () => {
      const begunIn = near.epoch();
      try {
        return await inTime(key, async (signal) => {
          const readAt = momentOf(clock);
          const found =
            onMiss === 'resolve'
              ? await remote.resolve(id, version, signal)
              : await remote.read(id, signal);
          const kept = await answered(id, found, readAt, signal);
          near.keep(key, kept, begunIn);
          return kept;
        });
      } catch (error) {
        counters.failed(error);
        throw error;
      }
    });
  };

  const miss = async (
    id: CredentialId,
    readTable: (signal: Signal) => Promise<Kept | undefined>,
    signal: Signal,
  ): Promise<Kept> => {
    switch (onMiss) {
      case 'resolve': {
        const readAt = momentOf(clock);
        return answered(id, await remote.resolve(id, undefined, signal), readAt, signal);
      }
      case 'wait':
        return poll(readTable, signal);
      case 'fail':
        throw new KeepwarmError('UNAVAILABLE', `the cache has no entry of ${keyOf(id)}`);
    }
  };

  /** What an entry comes to that nobody can improve on. */
  const answered = async (
    id: CredentialId,
    found: Entry | undefined,
    readAt: Moment,
    signal: Signal,
  ): Promise<Kept> => {
    const kept = await entry(id, readingOfAnswer(found, clock.now()), readAt, signal);
    if (kept === undefined) {
      throw new KeepwarmError('UNAVAILABLE', `the answer has no usable entry of ${keyOf(id)}`);
    }
    return kept;
  };

  const entry: Lookups['entry'] = async (id, reading, readAt, signal) => {
    switch (reading.kind) {
      case 'missing':
        return undefined;
      case 'refusal':
        return near.entry(reading, readAt);
      case 'live': {
        const { softExpiresAt, hardExpiresAt } = reading.sealed;
        const credential = await remote.open(id, reading.sealed, signal);
        return clock.now() < hardExpiresAt
          ? near.entry({ kind: 'held', credential, softExpiresAt }, readAt)
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

  const sharing: Lookups['sharing'] = () => {
    const begunIn = near.epoch();
    const begun = momentOf(clock);
    const shared = Math.min(nearTtl, deadline);
    return () => near.epoch() === begunIn && since(clock, begun) < shared;
  };

  const inTime: Lookups['inTime'] = (what, work) => {
    const timeout = (frozen: boolean) => {
      const why = frozen ? ': the process did not run meanwhile' : '';
      return new KeepwarmError('TIMEOUT', `no answer about ${what} within ${deadline} ms${why}`);
    };
    return within(clock, deadline, timeout, work);
  };

  return { credential, newer, entry, poll, sharing, inTime };
}

function confirms(reading: Reading, near: Kept): boolean {
  return (
    reading.kind === 'live' &&
    near.found.kind === 'held' &&
    reading.sealed.version === near.found.credential.version
  );
}
