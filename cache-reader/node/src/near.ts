import { type CheckedClock, type Moment, momentOf, since, sweeper } from './clock.js';
import type { Credential } from './credential.js';
import type { Refusal } from './entry.js';
import { type CredentialId, keyOf } from './id.js';
import { Lru } from './lru.js';

/** A credential as it was found. */
export interface Held {
  readonly kind: 'held';
  readonly credential: Credential;
  /** About how many bytes it has. */
  readonly size: number;
  /** In milliseconds since the epoch. */
  readonly softExpiresAt: number;
}

/** What a lookup ended with. */
export type Found = Held | Refusal;

/** What the near cache keeps of one credential. */
export interface Kept {
  readonly found: Found;
  /** The moment just before the request: the response may be as old as that. */
  readonly readAt: Moment;
  /** It is fresh for `freshFor` milliseconds from this moment on. */
  readonly freshFrom: Moment;
  readonly freshFor: number;
  /** Its hard expiry in elapsed time. */
  readonly goneFrom: number;
  /** Whether an outage prolonged its freshness. */
  readonly stale: boolean;
  /** Whether a caller has already claimed its refresh in the background. */
  refreshed: boolean;
}

/** A refusal is kept, and an outage is assumed to last, for `nearTtl` divided by this. */
export const SHORTER = 6;

/** How many forgotten credentials and tenants are remembered. */
const MAX_FORGOTTEN = 1000;

/**
 * The reader's cache in memory. An entry is kept until its hard expiry, but it is fresh only for a while.
 * After that it is served only during an outage. Both clocks decide: the wall clock can go back, and
 * elapsed time may stand still while the process is frozen.
 *
 * A value that was read before its credential was forgotten must not enter the cache afterwards. So
 * a lookup remembers the epoch in which it began, and `keep` refuses its result if the credential
 * was forgotten later.
 */
export interface NearCache {
  /** How often something was forgotten so far. */
  readonly epoch: () => number;

  /** Whether this credential, or any of this tenant, was not forgotten after the epoch. */
  isCurrent(keyOrTenant: string, epoch: number): boolean;

  /** The entry that may be served without a request. */
  fresh(key: string): Kept | undefined;

  /** Whether an entry may be served at all. */
  isLive(kept: Kept): boolean;

  /** Whether the caller is the one to refresh `kept` in the background: true at most once. */
  claimRefresh(kept: Kept): boolean;

  /** The credential kept, fresh or not. */
  held(key: string): Kept | undefined;

  /** Makes the entry to keep for the result of a request that was sent at `readAt`. */
  entry(found: Found, readAt: Moment): Kept;

  /** Keeps an entry, unless there is one that was read later, or it was forgotten since `begunIn`. */
  keep(key: string, entry: Kept, begunIn: number): void;

  /**
   * Serves a credential for a while longer, although nothing could confirm it. It serves the entry
   * that is kept now, because another lookup may have replaced the caller's. The entry keeps its
   * `readAt`.
   *
   * @returns the credential, marked as stale, or a refusal that is still fresh
   */
  prolong(key: string): Kept | undefined;

  /** Drops an entry, if it is still there. */
  drop(key: string, entry: Kept): void;

  /** Drops the entry if it was read before `readAt`. */
  supersede(key: string, readAt: Moment): void;

  /** Drops the entry, and the result of any lookup in progress. */
  forget(id: CredentialId): void;

  /** Drops everything, and the results of all lookups in progress. */
  clear(): void;
}

/**
 * @param ttl how long an entry is fresh, in milliseconds; nothing is kept if 0
 * @param size how many entries are kept at most
 * @param bytes how many bytes their credentials have at most
 */
export function nearCache(
  clock: CheckedClock,
  ttl: number,
  size: number,
  bytes: number,
): NearCache {
  const entries = new Lru<Kept>(size, bytes, ({ found }) =>
    found.kind === 'held' ? found.size : 0,
  );
  /** The epochs that began when a credential was forgotten, by its key and its tenant. */
  const forgotten = new Map<string, number>();
  let epoch = 0;
  /** A lookup that began in an earlier epoch may have missed that something was forgotten. */
  let earliest = 0;

  const isCurrent: NearCache['isCurrent'] = (key, begunIn) =>
    begunIn >= Math.max(earliest, forgotten.get(key) ?? 0);

  const expiryOf = (found: Found): number =>
    found.kind === 'held' ? found.credential.expiresAt : found.retryAt;

  const isLive: NearCache['isLive'] = ({ found, goneFrom }) =>
    clock.date() < expiryOf(found) && clock.elapsed() < goneFrom;

  // Even an outage serves live entries only.
  const sweep = sweeper(clock, () => entries.sweep((kept) => !isLive(kept)));

  const fresh: NearCache['fresh'] = (key) => {
    const kept = entries.get(key);
    if (kept !== undefined && since(clock, kept.freshFrom) < kept.freshFor && isLive(kept)) {
      return kept;
    }
    // Not with each hit, which has to be fast.
    sweep();
    return undefined;
  };

  return {
    epoch: () => epoch,

    isCurrent,

    fresh,

    isLive,

    claimRefresh: (kept) => {
      const { found, refreshed, readAt } = kept;
      const isDue =
        !refreshed &&
        found.kind === 'held' &&
        clock.date() >= found.softExpiresAt &&
        since(clock, readAt) >= ttl / 2;
      if (isDue) {
        kept.refreshed = true;
      }
      return isDue;
    },

    held: (key) => {
      const kept = entries.get(key);
      return kept?.found.kind === 'held' ? kept : undefined;
    },

    entry: (found, readAt) => ({
      found,
      readAt,
      freshFrom: readAt,
      freshFor: found.kind === 'held' ? ttl : ttl / SHORTER,
      goneFrom: clock.elapsed() + expiryOf(found) - clock.date(),
      stale: false,
      refreshed: false,
    }),

    keep: (key, entry, begunIn) => {
      sweep();
      const old = entries.get(key);
      const isOvertaken = old !== undefined && old.readAt.elapsed > entry.readAt.elapsed;
      if (ttl !== 0 && isCurrent(key, begunIn) && !isOvertaken) {
        entries.set(key, entry);
      }
    },

    prolong: (key) => {
      const entry = entries.get(key);
      if (entry?.found.kind !== 'held') {
        return fresh(key);
      }
      const isShort = entry.freshFor - since(clock, entry.freshFrom) < ttl / SHORTER;
      const prolonged = {
        ...entry,
        ...(isShort && { freshFrom: momentOf(clock), freshFor: ttl / SHORTER }),
        stale: true,
      };
      entries.set(key, prolonged);
      // Served even if the short time is already over: the outage was a moment ago.
      return isLive(prolonged) ? prolonged : undefined;
    },

    drop: (key, entry) => {
      if (entries.get(key) === entry) {
        entries.delete(key);
      }
    },

    supersede: (key, readAt) => {
      const kept = entries.get(key);
      if (kept !== undefined && kept.readAt.elapsed < readAt.elapsed) {
        entries.delete(key);
      }
    },

    forget: (id) => {
      epoch++;
      for (const key of [keyOf(id), id.tenant]) {
        forgotten.delete(key);
        forgotten.set(key, epoch);
      }
      for (const [oldest, begun] of forgotten) {
        if (forgotten.size <= MAX_FORGOTTEN) {
          break;
        }
        forgotten.delete(oldest);
        earliest = begun;
      }
      entries.delete(keyOf(id));
    },

    clear: () => {
      earliest = ++epoch;
      forgotten.clear();
      entries.clear();
    },
  };
}
