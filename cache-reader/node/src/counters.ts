import type { ReaderStats } from './api.js';
import { KeepwarmError } from './errors.js';

/** What a reader counts. */
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

  /** Counts how a lookup failed. */
  failed(error: unknown): void {
    const code = error instanceof KeepwarmError ? error.code : undefined;
    if (code === 'TIMEOUT') {
      this.timeouts++;
    } else if (code === 'TAMPERED') {
      this.tampered++;
    }
  }

  snapshot(): ReaderStats {
    return { ...this };
  }
}

/**
 * Whether nobody answered, as opposed to an answer that nobody wanted. A table or key that is not
 * there counts: its removal by mistake takes from nobody what is near.
 */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof KeepwarmError &&
    ['UNAVAILABLE', 'TIMEOUT', 'INVALID_CONFIGURATION'].includes(error.code)
  );
}
