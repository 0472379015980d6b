import type { ReaderStats } from './api.js';
import { KeepwarmError } from './errors.js';
import { LookupTimes } from './times.js';

/** A reader's counters. */
export class Counters {
  nearHits = 0;
  cacheReads = 0;
  misses = 0;
  resolves = 0;
  unwraps = 0;
  refreshes = 0;
  staleServed = 0;
  outages = 0;
  timeouts = 0;
  tampered = 0;
  wrongKeys = 0;
  rejections = 0;
  readonly #times = new LookupTimes();

  /** Counts how a lookup failed. */
  failed(error: unknown): void {
    const code = error instanceof KeepwarmError ? error.code : undefined;
    if (code === 'TIMEOUT') {
      this.timeouts++;
    } else if (code === 'TAMPERED') {
      this.tampered++;
    }
  }

  /** Records a lookup that has ended with an answer after `millis` milliseconds. */
  ended(millis: number): void {
    this.#times.add(millis);
  }

  /** How long lookups took since the last call, in milliseconds. */
  drainTimes(): number[] {
    return this.#times.drain();
  }

  snapshot(): ReaderStats {
    return { ...this };
  }
}

/**
 * Whether the table did not respond, as opposed to an unwelcome response. A missing table or key counts:
 * its removal by mistake must not take away what the near cache has.
 */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof KeepwarmError &&
    ['UNAVAILABLE', 'TIMEOUT', 'INVALID_CONFIGURATION'].includes(error.code)
  );
}
