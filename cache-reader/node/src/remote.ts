import type { Clock } from './clock.js';
import type { Counters } from './counters.js';
import { Credential } from './credential.js';
import { DataKeys } from './datakeys.js';
import type { Entry, Sealed } from './entry.js';
import { unseal } from './envelope.js';
import { type CredentialId, keyOf } from './id.js';
import { entryOf } from './item.js';
import type { Ports } from './ports.js';
import type { ReaderSettings } from './settings.js';

/** What a reader asks others for, one request each. */
export class Remote {
  readonly #ports: Ports;
  readonly #counters: Counters;
  readonly #dataKeys: DataKeys;

  constructor(ports: Ports, clock: Clock, settings: ReaderSettings, counters: Counters) {
    this.#ports = ports;
    this.#counters = counters;
    const { dataKeyTtl, nearSize } = settings;
    this.#dataKeys = new DataKeys(
      (tenant, wrapped, signal) => {
        counters.unwraps++;
        return ports.keys.unwrap(tenant, wrapped, signal);
      },
      clock,
      dataKeyTtl,
      nearSize,
    );
  }

  /** Reads one entry; undefined if there is none. */
  async read(id: CredentialId, signal: AbortSignal): Promise<Entry | undefined> {
    this.#counters.cacheReads++;
    const item = await this.#ports.table.read(id, signal);
    return item === undefined ? undefined : entryOf(item);
  }

  /** Reads all entries of a tenant. */
  async readTenant(tenant: string, signal: AbortSignal): Promise<Entry[]> {
    this.#counters.cacheReads++;
    return (await this.#ports.table.readTenant(tenant, signal)).map(entryOf);
  }

  /** Lets the decryptor resolve one credential; undefined if its answer has no entry of it. */
  async resolve(
    id: CredentialId,
    newerThan: number | undefined,
    signal: AbortSignal,
  ): Promise<Entry | undefined> {
    this.#counters.resolves++;
    const request = newerThan === undefined ? id : { ...id, newerThan };
    const entries = await this.#ports.resolver.resolve(request, signal);
    return entries.find((entry) => keyOf(entry.id) === keyOf(id));
  }

  /** Lets the decryptor resolve all of a tenant's credentials. */
  async resolveTenant(tenant: string, signal: AbortSignal): Promise<Entry[]> {
    this.#counters.resolves++;
    const entries = await this.#ports.resolver.resolve({ tenant }, signal);
    return entries.filter((entry) => entry.id.tenant === tenant);
  }

  /** Unseals; asks KMS only if the data key is not known. */
  async open(id: CredentialId, sealed: Sealed, signal: AbortSignal): Promise<Credential> {
    const key = await this.#dataKeys.unwrap(id.tenant, sealed.dataKey, signal);
    const plaintext = unseal(key, id, sealed);
    try {
      return new Credential(id, plaintext, sealed.version, sealed.hardExpiresAt);
    } finally {
      plaintext.fill(0);
    }
  }

  /** Drops all data keys. */
  forgetKeys(): void {
    this.#dataKeys.clear();
  }
}
