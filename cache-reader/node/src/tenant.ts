import type { TenantCredentials } from './api.js';
import { type Clock, type Moment, momentOf, type Signal } from './clock.js';
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
export type TenantLookup = (tenant: string) => Promise<TenantCredentials>;

export function tenantLookup(
  remote: Remote,
  near: NearCache,
  lookups: Lookups,
  clock: Clock,
  onMiss: OnMiss,
  counters: Counters,
): TenantLookup {
  const flights = new Flights<TenantCredentials>();

  const all: TenantLookup = (tenant) =>
    flights.join(tenant, lookups.sharing(), async () => {
      const begunIn = near.epoch();
      let missed = false;
      let given: Signal | undefined;

      const readTable = async (signal: Signal): Promise<TenantCredentials | undefined> => {
        const readAt = momentOf(clock);
        const reading = tenantReading(await remote.readTenant(tenant, signal), clock.now());
        for (const id of reading.gone) {
          // What the table does not have any more must not be served in an outage either.
          near.supersede(keyOf(id), readAt);
        }
        return isComplete(reading)
          ? open(tenant, reading, [], { readAt, begunIn }, signal)
          : undefined;
      };

      try {
        return await lookups.inTime(tenant, async (signal) => {
          given = signal;
          const found = await readTable(signal);
          if (found !== undefined) {
            return found;
          }
          missed = true;
          counters.misses++;
          switch (onMiss) {
            case 'resolve': {
              const readAt = momentOf(clock);
              const entries = await remote.resolveTenant(tenant, signal);
              const answer = tenantReading(entries, clock.now());
              return open(tenant, answer, unavailable(answer), { readAt, begunIn }, signal);
            }
            case 'wait':
              return lookups.poll(readTable, signal);
            case 'fail':
              throw new KeepwarmError(
                'UNAVAILABLE',
                `the cache does not have all entries of tenant ${tenant}`,
              );
          }
        });
      } catch (error) {
        counters.failed(error);
        if (isOutage(error) && !missed && !given?.frozen) {
          counters.outages++;
        }
        throw error;
      }
    });

  const open = async (
    tenant: string,
    reading: TenantReading,
    unavailable: readonly CredentialId[],
    { readAt, begunIn }: { readonly readAt: Moment; readonly begunIn: number },
    signal: Signal,
  ): Promise<TenantCredentials> => {
    const credentials = new Map<string, Credential>();
    const failures = new Map<string, ErrorCode>();
    for (const { name } of unavailable) {
      failures.set(name, 'UNAVAILABLE');
    }
    const openOne = async ([id, one]: readonly [CredentialId, Live | Refusal]): Promise<void> => {
      try {
        const entry = await lookups.entry(id, one, readAt, signal);
        if (entry === undefined) {
          failures.set(id.name, 'UNAVAILABLE');
          return;
        }
        near.keep(keyOf(id), entry, begunIn);
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
        counters.failed(error);
        near.supersede(keyOf(id), readAt);
        failures.set(id.name, 'TAMPERED');
      }
    };
    await Promise.all([...reading.live, ...reading.refusals].map(openOne));
    if (credentials.size === 0 && failures.size === 0) {
      throw new KeepwarmError('NOT_FOUND', `there is no credential of tenant ${tenant}`);
    }
    return { credentials, failures };
  };

  return all;
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
