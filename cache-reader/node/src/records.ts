import {
  type CheckedClock,
  type Moment,
  momentOf,
  orAborted,
  type Signal,
  since,
  within,
} from './clock.js';
import type { Counters } from './counters.js';
import type { Entry, Sealed } from './entry.js';
import { KeepwarmError } from './errors.js';
import { Flights } from './flights.js';
import { isObject } from './json.js';
import { Lru } from './lru.js';
import type { CacheTable } from './ports.js';
import { type FreshnessRecord, recordOf } from './record.js';
import type { Vouching } from './vouching.js';

/** How long the reader waits before it requests a slot's record again that did not help, in ms. */
const AGAIN_AFTER = 60_000;

/**
 * How far a record's `checkedAt` may be ahead of the clock, in ms. One further ahead must not keep
 * others out.
 */
const MOST_AHEAD = 60_000;

/** The maximum number of records held, and of their bytes. */
const MOST_HELD = 4096;
const MOST_BYTES = 4 << 20;

/** How many slots one tenant's entries may name: two, while the number of slots is changed. */
const MOST_SLOTS = 2;

/** How long an entry may be used, as far as is known. Both are ms since the epoch. */
export interface Life {
  /** From this time on it is worth reading the table ahead of need. */
  readonly softExpiresAt: number;
  /** Its own hard expiry, or a later one if a freshness record vouches for it. */
  readonly hardExpiresAt: number;
}

/**
 * The freshness records that a reader holds, and how long they let it use entries.
 *
 * An entry says which slot's record may vouch for it, so a deployment without records costs
 * nothing. A record is held until it ends, by both clocks. The reader requests a record when an
 * entry needs it, at the same time as the entry's data key from KMS. If a tenant's slot is known,
 * and no record of it is held or the one held is a turn old, it requests the record ahead of need,
 * at the same time as the entry.
 */
export interface Records {
  /**
   * Requests the record of a tenant that is about to be read, if its slot is known, and no record
   * of it is held or the one held is a turn old. Does not wait for the response.
   */
  ahead(tenant: string): void;

  /** Remembers which slot's record may vouch for an entry. */
  seen(entry: Entry): void;

  /** How long an entry may be used, given the records that are held. */
  life(tenant: string, sealed: Sealed): Life;

  /**
   * Requests the records that entries need, and waits for them.
   *
   * @param readAt a record that was requested before this moment is requested again if it does not
   *   help
   * @param meanwhile runs at the same time as the requests, if there are any
   */
  await(
    tenant: string,
    needy: readonly Sealed[],
    readAt: Moment,
    meanwhile: () => Promise<unknown>,
    signal: Signal,
  ): Promise<void>;

  /** Drops all records and the known slots. */
  clear(): void;
}

/** The last read of a slot's record. */
interface Held {
  readonly record: FreshnessRecord | undefined;
  readonly askedAt: Moment;
  /** When the record ends in elapsed time. */
  readonly goneFrom: number;
}

/**
 * @param used called for tenants whose use readers are to report; the slots of `nearSize` tenants
 *   are remembered
 * @param size of how many tenants the slot is remembered
 */
export function recordsOf(
  table: CacheTable,
  used: (tenant: string, probe: number) => void,
  clock: CheckedClock,
  { nearSize, deadline }: { readonly nearSize: number; readonly deadline: number },
  counters: Counters,
): Records {
  const held = new Lru<Held>(MOST_HELD, MOST_BYTES, ({ record }) => record?.bytes.length ?? 0);
  const slots = new Lru<number>(nearSize);
  const flights = new Flights<void>();

  const isLive = ({ record, goneFrom }: Held): boolean =>
    record !== undefined && clock.date() < record.freshUntil && clock.elapsed() < goneFrom;

  const isLongAgo = ({ askedAt }: Held): boolean => since(clock, askedAt) >= AGAIN_AFTER;

  /** Whether the table should already have a newer record. */
  const isOld = (last: Held): boolean => {
    const { record } = last;
    return (
      record === undefined ||
      !isLive(last) ||
      clock.date() - record.checkedAt >= (record.freshUntil - record.checkedAt) / 3
    );
  };

  /**
   * Whether to keep the held record: an eventually consistent read may return the record of an
   * earlier turn. Of the parts of one turn the last one written counts, whatever its `checkedAt`.
   */
  const staysInsteadOf = (read: FreshnessRecord | undefined, last: Held): boolean => {
    const { record } = last;
    if (record === undefined || record.checkedAt - clock.date() > MOST_AHEAD) {
      return false;
    }
    return read === undefined
      ? isLive(last)
      : read.bytes.equals(record.bytes) ||
          read.checkedAt < record.checkedAt - (record.freshUntil - record.checkedAt) / 6;
  };

  const request = async (slot: number, signal: Signal): Promise<FreshnessRecord | undefined> => {
    counters.cacheReads++;
    let bytes: unknown;
    try {
      const item = await table.readRecord(slot, signal);
      if (item === undefined) {
        return undefined;
      }
      bytes = isObject(item.record) ? item.record.B : undefined;
    } catch (error) {
      if (error instanceof KeepwarmError && error.code === 'DENIED') {
        // A role without permission to read records works without them.
        return undefined;
      }
      throw error;
    }
    const record = typeof bytes === 'string' ? recordOf(Buffer.from(bytes, 'base64'), slot) : null;
    if (record === null) {
      counters.tampered++;
    }
    return record ?? undefined;
  };

  const ask = (slot: number): Promise<void> => {
    const askedAt = momentOf(clock);
    const timeout = () =>
      new KeepwarmError('TIMEOUT', `no freshness record of slot ${slot} within ${deadline} ms`);
    return flights.join(
      `${slot}`,
      () => since(clock, askedAt) < deadline,
      async () => {
        const record = await within(clock, deadline, timeout, (signal) => request(slot, signal));
        const last = held.get(`${slot}`);
        held.set(
          `${slot}`,
          last !== undefined && staysInsteadOf(record, last)
            ? { ...last, askedAt }
            : {
                record,
                askedAt,
                goneFrom: clock.elapsed() + (record?.freshUntil ?? 0) - clock.date(),
              },
        );
      },
    );
  };

  const askedAgain = async (slot: number, signal: Signal): Promise<void> => {
    try {
      await ask(slot);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof KeepwarmError) || error.code !== 'TIMEOUT') {
        throw error;
      }
      // The deadline was that of the first caller; this one has time left.
      await ask(slot);
    }
  };

  /** Until when the record held vouches; 0 if it does not. */
  const vouchedUntil = (tenant: string, { slot, id, signer }: Vouching): number => {
    const last = held.get(`${slot}`);
    const record = last?.record;
    if (last === undefined || record === undefined || !isLive(last) || !record.names(id)) {
      return 0;
    }
    if (!record.isSignedBy(signer)) {
      if (record.namesSigner(signer)) {
        counters.tampered++;
        held.set(`${slot}`, { ...last, record: undefined });
      }
      return 0;
    }
    const probe = record.probe(id);
    if (probe !== undefined) {
      used(tenant, probe);
    }
    // If the wall clock was set back since, the record must not live longer because of that.
    const left = Math.floor(last.goneFrom - clock.elapsed());
    return Math.min(record.freshUntil, clock.date() + left);
  };

  /** Whether requesting the record may help an entry for which the held one does not vouch. */
  const mayHelp = (tenant: string, vouching: Vouching, readAt: Moment): boolean => {
    const last = held.get(`${vouching.slot}`);
    return (
      vouchedUntil(tenant, vouching) <= clock.date() &&
      (last === undefined ||
        isLongAgo(last) ||
        (!isLive(last) && last.askedAt.elapsed < readAt.elapsed))
    );
  };

  return {
    ahead: (tenant) => {
      const slot = slots.get(tenant);
      if (slot !== undefined) {
        const last = held.get(`${slot}`);
        if (last === undefined || (isLongAgo(last) && isOld(last))) {
          ask(slot).catch(() => {});
        }
      }
    },

    seen: (entry) => {
      if (entry.state === 'READY' && entry.sealed.vouching !== undefined) {
        slots.set(entry.id.tenant, entry.sealed.vouching.slot);
      }
    },

    life: (tenant, { sealedAt, softExpiresAt, hardExpiresAt, vouching }) => {
      if (vouching === undefined) {
        return { softExpiresAt, hardExpiresAt };
      }
      const vouched = Math.min(vouching.sealedUntil, vouchedUntil(tenant, vouching));
      const hard = Math.max(hardExpiresAt, vouched);
      // Half of the life of an entry that no record vouches for: a record that was renewed in time
      // leaves more than that.
      return { softExpiresAt: hard - (hardExpiresAt - sealedAt) / 2, hardExpiresAt: hard };
    },

    await: async (tenant, needy, readAt, meanwhile, signal) => {
      const wanted = new Set<number>();
      for (const { vouching } of needy) {
        if (vouching && wanted.size < MOST_SLOTS && mayHelp(tenant, vouching, readAt)) {
          wanted.add(vouching.slot);
        }
      }
      if (wanted.size > 0) {
        const asked = Promise.all([...wanted].map((slot) => askedAgain(slot, signal)));
        // A failure is reported to the caller that uses the result, if there is one.
        const other = meanwhile().catch(() => {});
        await orAborted(signal, asked);
        await orAborted(signal, other);
      }
    },

    clear: () => {
      held.clear();
      slots.clear();
    },
  };
}
