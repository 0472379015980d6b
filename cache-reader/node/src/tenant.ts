import type { TenantCredentials } from './api.js';
import type { Clock } from './clock.js';
import { type Counters, isOutage } from './counters.js';
import type { Credential } from './credential.js';
import { type Entry, type Live, type Refusal, readingOfAnswer } from './entry.js';
import { type ErrorCode, KeepwarmError } from './errors.js';
import { Flights } from './flights.js';
import { type CredentialId, keyOf } from './id.js';
import type { Lookups } from './lookups.js';
import type { NearCache } from './near.js';
import type { Remote } from './remote.js';
import type { OnMiss } from './settings.js';

/** Looks all of a tenant's credentials up, by one Query, and resolves the tenant if some lack. */
export class TenantLookups {
  readonly #remote: Remote;
  readonly #near: NearCache;
  readonly #lookups: Lookups;
  readonly #clock: Clock;
  readonly #onMiss: OnMiss;
  readonly #counters: Counters;
  readonly #flights = new Flights<TenantCredentials>();

  constructor(
    remote: Remote,
    near: NearCache,
    lookups: Lookups,
    clock: Clock,
    onMiss: OnMiss,
    counters: Counters,
  ) {
    this.#remote = remote;
    this.#near = near;
    this.#lookups = lookups;
    this.#clock = clock;
    this.#onMiss = onMiss;
    this.#counters = counters;
  }

  all(tenant: string): Promise<TenantCredentials> {
    return this.#flights.join(tenant, this.#lookups.sharing(), async () => {
      const begunIn = this.#near.epoch;
      let missed = false;

      const readTable = async (signal: AbortSignal): Promise<TenantCredentials | undefined> => {
        const readAt = this.#clock.elapsed();
        const entries = await this.#remote.readTenant(tenant, signal);
        const reading = tenantReading(entries, this.#clock.now());
        for (const id of reading.gone) {
          // What the table does not have any more must not be served in an outage either.
          this.#near.supersede(keyOf(id), readAt);
        }
        return isComplete(reading)
          ? this.#open(tenant, reading, [], { readAt, begunIn }, signal)
          : undefined;
      };

      try {
        return await this.#lookups.inTime(tenant, async (signal) => {
          const all = await readTable(signal);
          if (all !== undefined) {
            return all;
          }
          missed = true;
          this.#counters.misses++;
          switch (this.#onMiss) {
            case 'resolve': {
              const readAt = this.#clock.elapsed();
              const entries = await this.#remote.resolveTenant(tenant, signal);
              const answer = tenantReading(entries, this.#clock.now());
              return this.#open(tenant, answer, unavailable(answer), { readAt, begunIn }, signal);
            }
            case 'wait':
              return this.#lookups.poll(readTable, signal);
            case 'fail':
              throw new KeepwarmError(
                'UNAVAILABLE',
                `the cache does not have all entries of tenant ${tenant}`,
              );
          }
        });
      } catch (error) {
        this.#counters.failed(error);
        if (isOutage(error) && !missed) {
          this.#counters.outages++;
        }
        throw error;
      }
    });
  }

  async #open(
    tenant: string,
    reading: TenantReading,
    unavailable: readonly CredentialId[],
    { readAt, begunIn }: { readonly readAt: number; readonly begunIn: number },
    signal: AbortSignal,
  ): Promise<TenantCredentials> {
    const credentials = new Map<string, Credential>();
    const failures = new Map<string, ErrorCode>();
    for (const { name } of unavailable) {
      failures.set(name, 'UNAVAILABLE');
    }
    const open = async ([id, one]: readonly [CredentialId, Live | Refusal]): Promise<void> => {
      try {
        const entry = await this.#lookups.entry(id, one, readAt, signal);
        if (entry === undefined) {
          failures.set(id.name, 'UNAVAILABLE');
          return;
        }
        this.#near.keep(keyOf(id), entry, begunIn);
        if (entry.found.kind === 'held') {
          credentials.set(id.name, entry.found.credential);
        } else if (entry.found.code !== 'NOT_FOUND') {
          // What the source does not have is not one of the tenant's credentials.
          failures.set(id.name, entry.found.code);
        }
      } catch (error) {
        if (!(error instanceof KeepwarmError) || error.code !== 'TAMPERED') {
          throw error;
        }
        // One bad entry; its siblings are none the worse for it.
        this.#counters.failed(error);
        this.#near.supersede(keyOf(id), readAt);
        failures.set(id.name, 'TAMPERED');
      }
    };
    await Promise.all([...reading.live, ...reading.refusals].map(open));
    if (credentials.size === 0 && failures.size === 0) {
      throw new KeepwarmError('NOT_FOUND', `there is no credential of tenant ${tenant}`);
    }
    return { credentials, failures };
  }
}

/** What a tenant's entries mean to a reader at one moment. */
interface TenantReading {
  readonly live: readonly (readonly [CredentialId, Live])[];
  /** What cannot be had, and why; `NOT_FOUND` among them. */
  readonly refusals: readonly (readonly [CredentialId, Refusal])[];
  /** Tombstones, which say nothing about the source. */
  readonly gone: readonly CredentialId[];
  /** Past their hard expiry. */
  readonly lapsed: readonly CredentialId[];
  /** How many credentials the source had when the newest entry was written. */
  readonly siblings: number;
  /** Whether an entry is so young that its `siblings` can be relied on. */
  readonly vouched: boolean;
  /** How many of the source's credentials there is an answer for: the value, or why not. */
  readonly answered: number;
}

function tenantReading(entries: readonly Entry[], now: number): TenantReading {
  const live: [CredentialId, Live][] = [];
  const refusals: [CredentialId, Refusal][] = [];
  const gone: CredentialId[] = [];
  const lapsed: CredentialId[] = [];
  let siblings = 0;
  let newest = Number.NEGATIVE_INFINITY;
  let vouched = false;
  for (const entry of entries) {
    if (entry.state !== 'INVALID' && entry.writtenAt > newest) {
      newest = entry.writtenAt;
      siblings = entry.siblings;
    }
    const reading = readingOfAnswer(entry, now);
    if (reading.kind === 'live') {
      live.push([entry.id, reading]);
      vouched = true;
    } else if (reading.kind === 'refusal') {
      refusals.push([entry.id, reading]);
      vouched ||= entry.state === 'FAILED' && now < reading.retryAt;
    } else {
      (entry.state === 'READY' ? lapsed : gone).push(entry.id);
    }
  }
  const answered = live.length + refusals.filter(([, { code }]) => code !== 'NOT_FOUND').length;
  return { live, refusals, gone, lapsed, siblings, vouched, answered };
}

/** Whether these are, for certain, all of the tenant's credentials. */
function isComplete({ vouched, gone, lapsed, answered, siblings }: TenantReading): boolean {
  return vouched && gone.length === 0 && lapsed.length === 0 && answered >= siblings;
}

/**
 * Of the decryptor's answer, which is as good as it gets: what the source has and for which there
 * is nothing usable.
 *
 * @throws KeepwarmError `UNAVAILABLE` if some of it is not even named
 */
function unavailable({ gone, lapsed, answered, siblings }: TenantReading): readonly CredentialId[] {
  const missing = siblings - answered - lapsed.length;
  if (missing > gone.length) {
    throw new KeepwarmError('UNAVAILABLE', 'the answer lacks credentials');
  }
  // Some of the tombstones are of credentials that exist, and it does not say which.
  return missing > 0 ? [...lapsed, ...gone] : lapsed;
}
