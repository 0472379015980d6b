import { type CheckedClock, type Moment, type Signal, within } from './clock.js';
import type { Counters } from './counters.js';
import { Credential } from './credential.js';
import { dataKeys } from './datakeys.js';
import type { Entry, Sealed } from './entry.js';
import { unseal } from './envelope.js';
import type { ErrorCode } from './errors.js';
import type { CredentialId } from './id.js';
import { entryOf, type Item } from './item.js';
import { isObject } from './json.js';
import type { Ports } from './ports.js';
import { type Life, recordsOf } from './records.js';
import type { ReaderSettings } from './settings.js';
import { useReports } from './uses.js';

/** All items of a tenant. */
export interface Members {
  readonly entries: readonly Entry[];
  /** Why other credentials, which are not among the entries, have no usable one; by name. */
  readonly failures: ReadonlyMap<string, ErrorCode>;
}

/** The requests of a reader to other services. */
export interface Remote {
  /** Reads one entry; undefined if there is none. */
  read(id: CredentialId, signal: Signal): Promise<Entry | undefined>;

  /** Reads all entries of a tenant. */
  readTenant(tenant: string, signal: Signal): Promise<Members>;

  /** Asks the decryptor to resolve one credential; undefined if its response has no entry of it. */
  resolve(
    id: CredentialId,
    newerThan: number | undefined,
    signal: Signal,
  ): Promise<Entry | undefined>;

  /** Asks the decryptor to resolve all of a tenant's credentials. */
  resolveTenant(tenant: string, signal: Signal): Promise<Members>;

  /** How long an entry may be used, as far as is known. */
  life(tenant: string, sealed: Sealed): Life;

  /**
   * Requests the freshness records that entries past their hard expiry need. Requests the data key
   * of the first of them at the same time, because KMS takes longer.
   *
   * @param readAt the moment just before the entries were requested
   */
  awaitRecords(
    tenant: string,
    needy: readonly Sealed[],
    readAt: Moment,
    signal: Signal,
  ): Promise<void>;

  /** Begins to unwrap a data key that is not known, and does not wait for KMS. */
  unwrapBeside(tenant: string, sealed: Sealed, signal: Signal): void;

  /** Unseals; asks KMS only if the data key is not known. */
  open(id: CredentialId, sealed: Sealed, life: Life, signal: Signal): Promise<Credential>;

  /** Drops all data keys and records. */
  forgetKeys(): void;
}

export function remote(
  { table, keys, resolver, bus }: Ports,
  clock: CheckedClock,
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
    // No caller waits for it. At worst the tenant is resolved once, when it is next used.
    within(clock, deadline, () => new Error(), publish).catch(() => {});
  }, nearSize);
  const records = recordsOf(table, used, clock, { nearSize, deadline }, counters);
  /** Begins the requests that need not wait for a tenant's entries. */
  const ahead = (tenant: string): void => {
    records.ahead(tenant);
    if (!unwrapped.knows(tenant)) {
      keys.expect();
    }
  };
  /** Notes the probe and the slot of an entry in the table. */
  const note = (entry: Entry): Entry => {
    if (entry.state === 'READY' && entry.probe !== undefined) {
      used(entry.id.tenant, entry.probe);
    }
    records.seen(entry);
    return entry;
  };
  return {
    read: async (id, signal) => {
      ahead(id.tenant);
      counters.cacheReads++;
      const item = await table.read(id, signal);
      return item === undefined ? undefined : note(entryOf(item));
    },

    readTenant: async (tenant, signal) => {
      ahead(tenant);
      counters.cacheReads++;
      const members = membersOf(tenant, await table.readTenant(tenant, signal));
      members.entries.map(note);
      return members;
    },

    resolve: async (id, newerThan, signal) => {
      counters.resolves++;
      const { tenant, name } = id;
      // JSON omits undefined fields.
      const { items } = await resolver.resolve({ tenant, name, newerThan }, signal);
      // Also finds an item without a tenant or a name, which is then TAMPERED.
      const item = items.find(
        (one) => (textOf(one.tenant) ?? tenant) === tenant && (textOf(one.name) ?? name) === name,
      );
      return item === undefined ? undefined : entryOf(item);
    },

    resolveTenant: async (tenant, signal) => {
      counters.resolves++;
      const { items, failures } = await resolver.resolve({ tenant }, signal);
      return membersOf(tenant, items, failures);
    },

    life: records.life,

    awaitRecords: (tenant, needy, readAt, signal) => {
      const [first] = needy;
      const meanwhile = async () => first && unwrapped.get(tenant, first.dataKey, signal);
      return records.await(tenant, needy, readAt, meanwhile, signal);
    },

    unwrapBeside: (tenant, { dataKey }, signal) => {
      // If it fails, opening an entry tries again.
      unwrapped.get(tenant, dataKey, signal).catch(() => {});
    },

    open: async (id, sealed, life, signal) => {
      const key = await unwrapped.get(id.tenant, sealed.dataKey, signal);
      const plaintext = unseal(key, id, sealed);
      try {
        return new Credential(id, plaintext, sealed.version, life.hardExpiresAt);
      } finally {
        plaintext.fill(0);
      }
    },

    forgetKeys: () => {
      unwrapped.clear();
      records.clear();
    },
  };
}

/** @param known failures that take precedence over items of the same name */
function membersOf(
  tenant: string,
  items: readonly Item[],
  known: ReadonlyMap<string, ErrorCode> = new Map(),
): Members {
  const entries: Entry[] = [];
  const failures = new Map(known);
  for (const item of items) {
    const name = textOf(item.name);
    if (textOf(item.tenant) !== tenant || name === undefined || failures.has(name)) {
      continue;
    }
    try {
      entries.push(entryOf(item));
    } catch {
      // One malformed item must not affect its siblings.
      failures.set(name, 'TAMPERED');
    }
  }
  return { entries, failures };
}

function textOf(attribute: unknown): string | undefined {
  const text = isObject(attribute) ? attribute.S : undefined;
  return typeof text === 'string' ? text : undefined;
}
