import type { Clock } from './clock.js';
import type { Credential } from './credential.js';
import type { Refusal } from './entry.js';
import { Lru } from './lru.js';

/** A credential as it was found. */
export interface Held {
  readonly kind: 'held';
  readonly credential: Credential;
  /** In milliseconds since the epoch. */
  readonly softExpiresAt: number;
}

/** What a lookup ended with. */
export type Found = Held | Refusal;

/** What the near cache keeps of one credential. Times but those in `found` are elapsed time. */
export interface Kept {
  readonly found: Found;
  /** Just before the request whose answer this is: the answer may be as old. */
  readonly readAt: number;
  readonly freshUntil: number;
  /** Whether an outage prolonged `freshUntil`. */
  readonly stale: boolean;
  /** From when on it is worth asking the table ahead of `freshUntil`; never, once somebody did. */
  refreshFrom: number;
}

/** By how much shorter a refusal is kept, and an outage is believed to last. */
const SHORTER = 6;

/**
 * The reader's own cache, in its process.
 *
 * An entry is kept until its hard expiry, but fresh only for a while: after that it is what is
 * left when nobody answers. Freshness is elapsed time, because a wall clock can go back; hard
 * expiry is wall time, because other machines set it.
 *
 * What was read before a credential was forgotten must not come in afterwards. A lookup therefore
 * remembers the epoch in which it began, and `keep` refuses it in a later one.
 */
export class NearCache {
  readonly #clock: Clock;
  readonly #ttl: number;
  readonly #kept: Lru<Kept>;
  #epoch = 0;

  constructor(clock: Clock, ttl: number, size: number) {
    this.#clock = clock;
    this.#ttl = ttl;
    this.#kept = new Lru(size);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** What may be served without asking anybody. */
  fresh(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    return kept !== undefined && this.#clock.elapsed() < kept.freshUntil && this.isLive(kept)
      ? kept
      : undefined;
  }

  /** Whether the caller is the one to refresh `kept` in the background: true at most once. */
  claimRefresh(kept: Kept): boolean {
    const { found } = kept;
    if (
      found.kind !== 'held' ||
      this.#clock.now() < found.softExpiresAt ||
      this.#clock.elapsed() < kept.refreshFrom
    ) {
      return false;
    }
    kept.refreshFrom = Number.POSITIVE_INFINITY;
    return true;
  }

  /** The credential kept, fresh or not. */
  held(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    return kept?.found.kind === 'held' ? kept : undefined;
  }

  /** What was found by a request sent at `readAt`, as it is to be kept. */
  entry(found: Found, readAt: number): Kept {
    const ttl = found.kind === 'held' ? this.#ttl : this.#ttl / SHORTER;
    const refreshFrom = readAt + ttl / 2;
    return { found, readAt, freshUntil: readAt + ttl, stale: false, refreshFrom };
  }

  /** Keeps an entry, unless there is one that was read later or `begunIn` is over. */
  keep(key: string, entry: Kept, begunIn: number): void {
    const old = this.#kept.get(key);
    if (
      this.#ttl !== 0 &&
      begunIn === this.#epoch &&
      (old === undefined || old.readAt <= entry.readAt)
    ) {
      this.#kept.set(key, entry);
    }
  }

  /**
   * Keeps serving an entry for a while, although nobody could say that it is still right.
   *
   * @returns what is kept now, if it is still of use
   */
  prolong(key: string, entry: Kept): Kept | undefined {
    let kept = this.#kept.get(key);
    if (kept === entry) {
      const until = this.#clock.elapsed() + this.#ttl / SHORTER;
      kept = { ...entry, stale: true, freshUntil: Math.max(entry.freshUntil, until) };
      this.#kept.set(key, kept);
    }
    return kept !== undefined && this.isLive(kept) ? kept : undefined;
  }

  /** Drops an entry, if it is still there. */
  drop(key: string, entry: Kept): void {
    if (this.#kept.get(key) === entry) {
      this.#kept.delete(key);
    }
  }

  /** Drops what was read before `readAt`. */
  supersede(key: string, readAt: number): void {
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.readAt < readAt) {
      this.#kept.delete(key);
    }
  }

  /** Drops what is kept, and what any lookup in progress finds. */
  forget(key: string): void {
    this.#epoch++;
    this.#kept.delete(key);
  }

  /** Drops everything, and what any lookup in progress finds. */
  clear(): void {
    this.#epoch++;
    this.#kept.clear();
  }

  /** Whether an entry may be served at all. */
  isLive({ found }: Pick<Kept, 'found'>): boolean {
    const until = found.kind === 'held' ? found.credential.expiresAt : found.retryAt;
    return this.#clock.now() < until;
  }
}
