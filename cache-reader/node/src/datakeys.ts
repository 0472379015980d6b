import type { KeyObject } from 'node:crypto';
import {
  type Clock,
  type Moment,
  momentOf,
  orAborted,
  type Signal,
  since,
  sweeper,
} from './clock.js';
import { KeepwarmError } from './errors.js';
import { Lru } from './lru.js';
import type { KeyService } from './ports.js';

/**
 * A cache of unwrapped data keys. A key is identified by its tenant and its wrapped form, so that an
 * entry under another tenant's key is never opened with a cached key. Concurrent callers share one
 * call to KMS.
 */
export interface DataKeys {
  /** @param wrapped in base64 */
  get(tenant: string, wrapped: string, signal: Signal): Promise<KeyObject>;

  /** Whether a key of the tenant is known. A tenant usually has one. */
  knows(tenant: string): boolean;

  clear(): void;
}

/**
 * @param ttl how long a key is kept, in milliseconds
 * @param size how many are kept at most
 */
export function dataKeys(
  unwrap: KeyService['unwrap'],
  clock: Clock,
  ttl: number,
  size: number,
): DataKeys {
  const kept = new Lru<{ readonly key: KeyObject; readonly at: Moment }>(size);
  const latest = new Lru<Moment>(size);
  const sweep = sweeper(clock, () => {
    kept.sweep(({ at }) => since(clock, at) >= ttl);
    latest.sweep((at) => since(clock, at) >= ttl);
  });
  const inProgress = new Map<string, Promise<KeyObject>>();
  return {
    get: async (tenant, wrapped, signal) => {
      const id = `${tenant} ${wrapped}`;
      sweep();
      for (;;) {
        const known = kept.get(id);
        if (known !== undefined && since(clock, known.at) < ttl) {
          return known.key;
        }
        const joined = inProgress.get(id);
        if (joined === undefined) {
          const at = momentOf(clock);
          const begun = unwrap(tenant, wrapped, signal)
            .then((key) => {
              kept.set(id, { key, at });
              latest.set(tenant, at);
              return key;
            })
            .finally(() => inProgress.delete(id));
          inProgress.set(id, begun);
          return await begun;
        }
        try {
          return await orAborted(signal, joined);
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof KeepwarmError) || error.code !== 'TIMEOUT') {
            throw error;
          }
          // The deadline was that of the call that began it; this one has time left.
        }
      }
    },

    knows: (tenant) => {
      const at = latest.get(tenant);
      return at !== undefined && since(clock, at) < ttl;
    },

    clear: () => {
      kept.clear();
      latest.clear();
    },
  };
}
