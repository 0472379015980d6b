import { type Clock, pause, within } from './clock.js';
import { type Counters, isOutage } from './counters.js';
import type { Credential } from './credential.js';
import { type Reading, readingOfAnswer, readingOfTable } from './entry.js';
import { KeepwarmError } from './errors.js';
import { Flights } from './flights.js';
import { type CredentialId, keyOf } from './id.js';
import type { Kept, NearCache } from './near.js';
import type { Remote } from './remote.js';
import type { ReaderSettings } from './settings.js';

/** How often `wait` looks at the table, in milliseconds. */
const POLL_EVERY = 50;

/** Looks single credentials up, past the near cache, and keeps there what is found. */
export class Lookups {
  readonly #remote: Remote;
  readonly #near: NearCache;
  readonly #clock: Clock;
  readonly #settings: ReaderSettings;
  readonly #counters: Counters;
  readonly #flights = new Flights<Kept>();

  constructor(
    remote: Remote,
    near: NearCache,
    clock: Clock,
    settings: ReaderSettings,
    counters: Counters,
  ) {
    this.#remote = remote;
    this.#near = near;
    this.#clock = clock;
    this.#settings = settings;
    this.#counters = counters;
  }

  /**
   * Looks in the cache table and, on a miss, further on. Shared by all who ask meanwhile.
   *
   * If nobody answers, the near entry is served on, until its hard expiry. Once the table has
   * answered that holds only for the very version it named: anything else it said (a tombstone,
   * another version, nothing) is newer than what is near.
   */
  credential(id: CredentialId): Promise<Kept> {
    const key = keyOf(id);
    return this.#flights.join(key, this.sharing(), async () => {
      const begunIn = this.#near.epoch;
      let spare = this.#near.held(key);
      let missed = false;

      const readTable = async (signal: AbortSignal): Promise<Kept | undefined> => {
        const readAt = this.#clock.elapsed();
        const entry = await this.#remote.read(id, signal);
        const reading = readingOfTable(entry, this.#clock.now());
        if (spare !== undefined && !confirms(reading, spare)) {
          this.#near.drop(key, spare);
          spare = undefined;
        }
        return this.entry(id, reading, readAt, signal);
      };

      try {
        return await this.inTime(key, async (signal) => {
          let found = await readTable(signal);
          if (found === undefined) {
            missed = true;
            this.#counters.misses++;
            found = await this.#miss(id, readTable, signal);
          }
          this.#near.keep(key, found, begunIn);
          return found;
        });
      } catch (error) {
        this.#counters.failed(error);
        if (isOutage(error) && !missed) {
          this.#counters.outages++;
          const prolonged = spare && this.#near.prolong(key, spare);
          if (prolonged !== undefined) {
            return prolonged;
          }
        } else if (spare !== undefined) {
          this.#near.drop(key, spare);
        }
        throw error;
      }
    });
  }

  /**
   * Looks past all caches for something newer than a credential that was rejected. A reader that
   * does not resolve on a miss looks past its near cache only.
   */
  newer(rejected: Credential): Promise<Kept> {
    const { id, version } = rejected;
    const key = keyOf(id);
    return this.#flights.join(`${key} ${version}`, this.sharing(), async () => {
      const begunIn = this.#near.epoch;
      try {
        return await this.inTime(key, async (signal) => {
          const readAt = this.#clock.elapsed();
          const entry =
            this.#settings.onMiss === 'resolve'
              ? await this.#remote.resolve(id, version, signal)
              : await this.#remote.read(id, signal);
          const reading = readingOfAnswer(entry, this.#clock.now());
          const found = usable(id, await this.entry(id, reading, readAt, signal));
          this.#near.keep(key, found, begunIn);
          return found;
        });
      } catch (error) {
        this.#counters.failed(error);
        throw error;
      }
    });
  }

  /** What a reading comes to, for the near cache; undefined if it is of no use. */
  async entry(
    id: CredentialId,
    reading: Reading,
    readAt: number,
    signal: AbortSignal,
  ): Promise<Kept | undefined> {
    switch (reading.kind) {
      case 'missing':
        return undefined;
      case 'refusal':
        return this.#near.entry(reading, readAt);
      case 'live': {
        const { softExpiresAt, hardExpiresAt } = reading.sealed;
        const credential = await this.#remote.open(id, reading.sealed, signal);
        return this.#clock.now() < hardExpiresAt
          ? this.#near.entry({ kind: 'held', credential, softExpiresAt }, readAt)
          : undefined;
      }
    }
  }

  /** Asks `table` again and again; the first answer that is not undefined. */
  async poll<T>(
    table: (signal: AbortSignal) => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<T> {
    for (;;) {
      await pause(this.#clock, POLL_EVERY, signal);
      const answer = await table(signal);
      if (answer !== undefined) {
        return answer;
      }
    }
  }

  /**
   * Whether a lookup that begins now may answer for a caller that comes later: not after
   * something was forgotten, not as old news, and not past its deadline, as after a freeze.
   */
  sharing(): () => boolean {
    const begunIn = this.#near.epoch;
    const begunAt = this.#clock.elapsed();
    const { nearTtl, deadline } = this.#settings;
    const until = begunAt + Math.min(nearTtl, deadline);
    return () => this.#near.epoch === begunIn && this.#clock.elapsed() < until;
  }

  /** Bounds `work` by the deadline. */
  inTime<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { deadline } = this.#settings;
    const timeout = () =>
      new KeepwarmError('TIMEOUT', `no answer about ${what} within ${deadline} ms`);
    return within(this.#clock, deadline, timeout, work);
  }

  async #miss(
    id: CredentialId,
    readTable: (signal: AbortSignal) => Promise<Kept | undefined>,
    signal: AbortSignal,
  ): Promise<Kept> {
    switch (this.#settings.onMiss) {
      case 'resolve': {
        const readAt = this.#clock.elapsed();
        const entry = await this.#remote.resolve(id, undefined, signal);
        const reading = readingOfAnswer(entry, this.#clock.now());
        return usable(id, await this.entry(id, reading, readAt, signal));
      }
      case 'wait':
        return this.poll(readTable, signal);
      case 'fail':
        throw new KeepwarmError('UNAVAILABLE', `the cache has no entry of ${keyOf(id)}`);
    }
  }
}

function confirms(reading: Reading, near: Kept): boolean {
  return (
    reading.kind === 'live' &&
    near.found.kind === 'held' &&
    reading.sealed.version === near.found.credential.version
  );
}

function usable(id: CredentialId, found: Kept | undefined): Kept {
  if (found === undefined) {
    throw new KeepwarmError('UNAVAILABLE', `the answer has no usable entry of ${keyOf(id)}`);
  }
  return found;
}
