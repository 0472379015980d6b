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
  /** Why others have none that can be used: by name, and not among the entries. */
  readonly failures: ReadonlyMap<string, ErrorCode>;
}

/** What a reader asks others for, one request each. */
export interface Remote {
  /** Reads one entry; undefined if there is none. */
  read(id: CredentialId, signal: Signal): Promise<Entry | undefined>;

  /** Reads all entries of a tenant. */
  readTenant(tenant: string, signal: Signal): Promise<Members>;

  /** Lets the decryptor resolve one credential; undefined if its answer has no entry of it. */
  resolve(
    id: CredentialId,
    newerThan: number | undefined,
    signal: Signal,
  ): Promise<Entry | undefined>;

  /** Lets the decryptor resolve all of a tenant's credentials. */
  resolveTenant(tenant: string, signal: Signal): Promise<Members>;

  /** How long an entry may be used, as far as is known. */
  life(tenant: string, sealed: Sealed): Life;

  /**
   * Asks for the freshness records that entries past their hard expiry need; and for the data key
   * of the first of them meanwhile, which takes KMS longer.
   *
   * @param readAt just before the entries were asked for
   */
  awaitRecords(
    tenant: string,
    needy: readonly Sealed[],
    readAt: Moment,
    signal: Signal,
  ): Promise<void>;

  /** Begins to ask KMS for a data key that is not known, and does not wait for it. */
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
    // Nobody waits for it. At worst the tenant is resolved once, when it is next used.
    within(clock, deadline, () => new Error(), publish).catch(() => {});
  }, nearSize);
  const records = recordsOf(table, used, clock, { nearSize, deadline }, counters);
  /** What can begin before a tenant's entries are there. */
  const ahead = (tenant: string): void => {
    records.ahead(tenant);
    if (!unwrapped.knows(tenant)) {
      keys.expect();
    }
  };
  /** What is to be noted of an entry in the table. */
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
      // JSON leaves out what is undefined.
      const { items } = await resolver.resolve({ tenant, name, newerThan }, signal);
      // Including one that does not say whose it is: that is TAMPERED.
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
      // If it fails, whoever opens an entry tries again.
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

/** @param known these count more than an item of the same name */
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
      // One that is no entry; its siblings are none the worse for it.
      failures.set(name, 'TAMPERED');
    }
  }
  return { entries, failures };
}

function textOf(attribute: unknown): string | undefined {
  const text = isObject(attribute) ? attribute.S : undefined;
  return typeof text === 'string' ? text : undefined;
}
