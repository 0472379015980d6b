import type { KeyObject } from 'node:crypto';
import { type Clock, orAborted } from './clock.js';
import { Lru } from './lru.js';
import type { KeyService } from './ports.js';

/**
 * The data keys that were unwrapped lately. A key is known by its tenant and its wrapped form, so
 * that one tenant's entry under another's key is never opened with what is kept.
 */
export class DataKeys {
  readonly #unwrap: KeyService['unwrap'];
  readonly #clock: Clock;
  readonly #ttl: number;
  readonly #kept: Lru<{ readonly key: KeyObject; readonly until: number }>;
  readonly #underWay = new Map<string, Promise<KeyObject>>();

  constructor(unwrap: KeyService['unwrap'], clock: Clock, ttl: number, size: number) {
    this.#unwrap = unwrap;
    this.#clock = clock;
    this.#ttl = ttl;
    this.#kept = new Lru(size);
  }

  async unwrap(tenant: string, wrapped: string, signal: AbortSignal): Promise<KeyObject> {
    const id = `${tenant} ${wrapped}`;
    for (;;) {
      const kept = this.#kept.get(id);
      if (kept !== undefined && this.#clock.elapsed() < kept.until) {
        return kept.key;
      }
      const joined = this.#underWay.get(id);
      if (joined === undefined) {
        return await this.#begin(id, tenant, wrapped, signal);
      }
      try {
        return await orAborted(signal, joined);
      } catch (error) {
        signal.throwIfAborted();
        if ((error as { code?: unknown }).code !== 'TIMEOUT') {
          throw error;
        }
        // The deadline was that of the call that began it; this one has time left.
      }
    }
  }

  clear(): void {
    this.#kept.clear();
  }

  #begin(id: string, tenant: string, wrapped: string, signal: AbortSignal): Promise<KeyObject> {
    const unwrapped = this.#unwrap(tenant, wrapped, signal)
      .then((key) => {
        this.#kept.set(id, { key, until: this.#clock.elapsed() + this.#ttl });
        return key;
      })
      .finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, unwrapped);
    return unwrapped;
  }
}
