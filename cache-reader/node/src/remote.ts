import { type Clock, type Signal, within } from './clock.js';
import type { Counters } from './counters.js';
import { Credential } from './credential.js';
import { dataKeys } from './datakeys.js';
import type { Entry, Sealed } from './entry.js';
import { unseal } from './envelope.js';
import { type CredentialId, keyOf } from './id.js';
import { entryOf } from './item.js';
import type { Ports } from './ports.js';
import type { ReaderSettings } from './settings.js';
import { useReports } from './uses.js';

/** What a reader asks others for, one request each. */
export interface Remote {
  /** Reads one entry; undefined if there is none. */
  read(id: CredentialId, signal: Signal): Promise<Entry | undefined>;

  /** Reads all entries of a tenant. */
  readTenant(tenant: string, signal: Signal): Promise<Entry[]>;

  /** Lets the decryptor resolve one credential; undefined if its answer has no entry of it. */
  resolve(
    id: CredentialId,
    newerThan: number | undefined,
    signal: Signal,
  ): Promise<Entry | undefined>;

  /** Lets the decryptor resolve all of a tenant's credentials. */
  resolveTenant(tenant: string, signal: Signal): Promise<Entry[]>;

  /** Unseals; asks KMS only if the data key is not known. */
  open(id: CredentialId, sealed: Sealed, signal: Signal): Promise<Credential>;

  /** Drops all data keys. */
  forgetKeys(): void;
}

export function remote(
  { table, keys, resolver, bus }: Ports,
  clock: Clock,
  { dataKeyTtl, nearSize, deadline }: ReaderSettings,
  counters: Counters,
): Remote {
  const unwrapped = dataKeys(
    (tenant, wrapped, signal) => {
      counters.unwraps++;
      return keys.unwrap(tenant, wrapped, signal);
    },
    clock,
    dataKeyTtl,
    nearSize,
  );
  const used = useReports((tenant) => {
    const publish = (signal: Signal) => bus.publish('Tenant Used', { tenant }, signal);
    // Nobody waits for it. At worst the tenant is resolved once, when it is next used.
    within(clock, deadline, () => new Error(), publish).catch(() => {});
  }, nearSize);
  return {
    read: async (id, signal) => {
      counters.cacheReads++;
      const item = await table.read(id, signal);
      return item === undefined ? undefined : used(entryOf(item));
    },

    readTenant: async (tenant, signal) => {
      counters.cacheReads++;
      return (await table.readTenant(tenant, signal)).map(entryOf).map(used);
    },

    resolve: async (id, newerThan, signal) => {
      counters.resolves++;
      const { tenant, name } = id;
      // JSON leaves out what is undefined.
      const entries = await resolver.resolve({ tenant, name, newerThan }, signal);
      return entries.find((entry) => keyOf(entry.id) === keyOf(id));
    },

    resolveTenant: async (tenant, signal) => {
      counters.resolves++;
      const entries = await resolver.resolve({ tenant }, signal);
      return entries.filter((entry) => entry.id.tenant === tenant);
    },

    open: async (id, sealed, signal) => {
      const key = await unwrapped.get(id.tenant, sealed.dataKey, signal);
      const plaintext = unseal(key, id, sealed);
      try {
        return new Credential(id, plaintext, sealed.version, sealed.hardExpiresAt);
      } finally {
        plaintext.fill(0);
      }
    },

    forgetKeys: () => unwrapped.clear(),
  };
}
