import type { TenantCredentials } from './api.js';
import { type CheckedClock, type Moment, momentOf, type Signal, since } from './clock.js';
import { type Counters, isOutage } from './counters.js';
import type { Credential } from './credential.js';
import { type Live, type Refusal, readingOfAnswer, type Sealed } from './entry.js';
import { type ErrorCode, KeepwarmError, WrongKeyError } from './errors.js';
import { Flights } from './flights.js';
import { type CredentialId, keyOf } from './id.js';
import type { Lookups } from './lookups.js';
import type { Kept, NearCache } from './near.js';
import type { Members, Remote } from './remote.js';
import type { OnMiss } from './settings.js';

/**
 * Looks up all of a tenant's credentials with one Query, and resolves the tenant if some are
 * missing.
 */
export type TenantLookup = (
  tenant: string,
  /** The maximum age of a lookup that it may share, in milliseconds. */
  maxAge?: number,
) => Promise<TenantCredentials>;

export function tenantLookup(
  remote: Remote,
  near: NearCache,
  lookups: Lookups,
  clock: CheckedClock,
  onMiss: OnMiss,
  counters: Counters,
): TenantLookup {
  const flights = new Flights<TenantCredentials>();

  const all: TenantLookup = (tenant, maxAge) => {
    const lookup = async (): Promise<TenantCredentials> => {
      const begunIn = near.epoch();
      const begun = momentOf(clock);
      let missed = false;
      let given: Signal | undefined;
      const isVouched = (sealed: Sealed): boolean => lookups.isVouched(tenant, sealed);
      /** The names of malformed items. */
      const malformed = new Map<string, ErrorCode>();
      const note = ({ failures }: Members): void => {
        for (const [name, code] of failures) {
          if (code === 'TAMPERED' && !malformed.has(name)) {
            malformed.set(name, code);
            counters.tampered++;
          }
        }
      };

      const readTable = async (signal: Signal): Promise<TenantCredentials | undefined> => {
        const readAt = momentOf(clock);
        const members = await remote.readTenant(tenant, signal);
        note(members);
        const now = clock.date();
        const readings = members.entries.map((entry) => readingOfAnswer(entry, now));
        const needy = readings.flatMap((one) => (one.kind === 'vouchable' ? [one.sealed] : []));
        await remote.awaitRecords(tenant, needy, readAt, signal);
        const reading = tenantReading(members, isVouched, clock.date());
        for (const name of [...reading.gone, ...reading.failures.keys()]) {
          // A credential that is gone from the table must not be served in an outage either.
          near.supersede(keyOf({ tenant, name }), readAt);
        }
        return isComplete(reading)
          ? open(tenant, reading, [], { readAt, begunIn }, signal)
          : undefined;
      };

      try {
        const found = await lookups.inTime(tenant, async (signal) => {
          given = signal;
          const there = await readTable(signal);
          if (there !== undefined) {
            return there;
          }
          missed = true;
          counters.misses++;
          switch (onMiss) {
            case 'resolve': {
              const readAt = momentOf(clock);
              const members = await remote.resolveTenant(tenant, signal);
              note(members);
              // The response need not name the malformed items of the table.
              const answer = tenantReading(members, isVouched, clock.date(), malformed);
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
        counters.ended(since(clock, begun));
        return found;
      } catch (error) {
        counters.failed(error);
        if (missed && malformed.size > 0) {
          // The malformed item is the one certain fault.
          const what = `an item of tenant ${tenant} is malformed`;
          throw new KeepwarmError('TAMPERED', what, { cause: error });
        }
        if (isOutage(error) && !missed && !given?.frozen) {
          counters.outages++;
        }
        throw error;
      }
    };
    return flights.join(tenant, lookups.sharing(tenant), lookup, maxAge);
  };

  const open = async (
    tenant: string,
    reading: TenantReading,
    unavailable: readonly string[],
    { readAt, begunIn }: { readonly readAt: Moment; readonly begunIn: number },
    signal: Signal,
  ): Promise<TenantCredentials> => {
    const credentials = new Map<string, Credential>();
    const failures = new Map(reading.failures);
    for (const name of unavailable) {
      failures.set(name, 'UNAVAILABLE');
    }
    /**
     * An entry under another KMS key must be sealed again, which the tenant's resolve does not do.
     */
    const entryOf = async (id: CredentialId, one: Live | Refusal): Promise<Kept | undefined> => {
      try {
        return await lookups.entry(id, one, readAt, signal);
      } catch (error) {
        if (!(error instanceof WrongKeyError) || one.kind !== 'live') {
          throw error;
        }
        counters.wrongKeys++;
        return onMiss === 'resolve' ? lookups.resolve(id, one.sealed.version, signal) : undefined;
      }
    };
    const openOne = async ([id, one]: readonly [CredentialId, Live | Refusal]): Promise<void> => {
      try {
        const entry = await entryOf(id, one);
        if (entry === undefined) {
          failures.set(id.name, 'UNAVAILABLE');
          return;
        }
        near.keep(keyOf(id), entry, begunIn);
        if (entry.found.kind === 'held') {
          credentials.set(id.name, entry.found.credential);
        } else if (entry.found.code !== 'NOT_FOUND') {
          // A credential that the source does not have is not one of the tenant's.
          failures.set(id.name, entry.found.code);
        }
      } catch (error) {
        const isItsOwn =
          error instanceof WrongKeyError ||
          (error instanceof KeepwarmError && error.code === 'TAMPERED');
        if (!isItsOwn) {
          throw error;
        }
        // One bad entry must not affect its siblings.
        counters.failed(error);
        near.supersede(keyOf(id), readAt);
        failures.set(id.name, error.code);
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
  /** Credentials that are refused, and why; including `NOT_FOUND`. */
  readonly refusals: readonly (readonly [CredentialId, Refusal])[];
  /** Tombstones, which say nothing about the source. */
  readonly gone: readonly string[];
  /** Entries past their hard expiry. */
  readonly lapsed: readonly string[];
  /** Why other credentials have no usable entry. */
  readonly failures: ReadonlyMap<string, ErrorCode>;
  /**
   * How many credentials the tenant had when the newest entry was written, including revoked ones.
   */
  readonly siblings: number;
  /**
   * Whether all entries have the same `siblings`: of concurrent writes, the last may have an old
   * number.
   */
  readonly agreed: boolean;
  /** Whether an entry is recent enough that its `siblings` can be relied on. */
  readonly vouched: boolean;
  /** How many of the source's credentials have an answer: a value, or a reason why not. */
  readonly answered: number;
}

/**
 * @param isVouched whether a freshness record vouches for an entry past its hard expiry
 * @param others known failures; their names need not be among the members
 */
function tenantReading(
  members: Members,
  isVouched: (sealed: Sealed) => boolean,
  now: number,
  others: ReadonlyMap<string, ErrorCode> = new Map(),
): TenantReading {
  const live: [CredentialId, Live][] = [];
  const refusals: [CredentialId, Refusal][] = [];
  const gone: string[] = [];
  const lapsed: string[] = [];
  const failures = new Map([...others, ...members.failures]);
  const counts = new Set<number>();
  let siblings = 0;
  let newest = Number.NEGATIVE_INFINITY;
  let vouched = false;
  for (const entry of members.entries) {
    failures.delete(entry.id.name);
    const reading = readingOfAnswer(entry, now);
    if (entry.state !== 'INVALID') {
      if (entry.writtenAt > newest) {
        newest = entry.writtenAt;
        siblings = entry.siblings;
      }
      if (reading.kind !== 'refusal' || reading.code !== 'NOT_FOUND' || now < reading.retryAt) {
        // An expired `NOT_FOUND` entry may have an old count: it is not rewritten with its siblings.
        counts.add(entry.siblings);
      }
    }
    const { kind } = reading;
    if (kind === 'live' || (kind === 'vouchable' && isVouched(reading.sealed))) {
      live.push([entry.id, { kind: 'live', sealed: reading.sealed }]);
      vouched = true;
    } else if (kind === 'refusal') {
      refusals.push([entry.id, reading]);
      vouched ||= entry.state === 'FAILED' && now < reading.retryAt;
    } else {
      (entry.state === 'READY' ? lapsed : gone).push(entry.id.name);
    }
  }
  const agreed = counts.size <= 1;
  const values = live.length + refusals.filter(([, { code }]) => code !== 'NOT_FOUND').length;
  const answered = values + failures.size;
  return { live, refusals, gone, lapsed, failures, siblings, agreed, vouched, answered };
}

/** Whether these are, for certain, all of the tenant's credentials. */
function isComplete(reading: TenantReading): boolean {
  const { vouched, agreed, gone, lapsed, answered, siblings } = reading;
  return vouched && agreed && gone.length === 0 && lapsed.length === 0 && answered >= siblings;
}

/**
 * The names in the decryptor's response that the source has, but that have no usable entry. There
 * is no better response to wait for.
 *
 * @throws KeepwarmError `UNAVAILABLE` if the response does not even name all of them
 */
function unavailable({ gone, lapsed, answered, siblings }: TenantReading): readonly string[] {
  const missing = siblings - answered - lapsed.length;
  if (missing > gone.length) {
    throw new KeepwarmError(
      'UNAVAILABLE',
      "the decryptor's response does not have all credentials",
    );
  }
  // Some tombstones belong to credentials that exist, and the response does not say which.
  return missing > 0 ? [...lapsed, ...gone] : lapsed;
}
