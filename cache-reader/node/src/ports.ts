import type { KeyObject } from 'node:crypto';
import type { Answer } from './answer.js';
import type { Signal } from './clock.js';
import type { CredentialId } from './id.js';
import type { Item } from './item.js';

// The services that the reader needs. All of them reject with a KeepwarmError, or with the signal's
// reason once it has aborted.

/** The cache table; reads of entries are strongly consistent. */
export interface CacheTable {
  read(id: CredentialId, signal: Signal): Promise<Item | undefined>;
  readTenant(tenant: string, signal: Signal): Promise<Item[]>;
  /** The item of a slot's freshness record; the read is eventually consistent. */
  readRecord(slot: number, signal: Signal): Promise<Item | undefined>;
}

/** The service that unwraps data keys. */
export interface KeyService {
  /**
   * @param wrapped in base64
   * @throws WrongKeyError if it was made under another KMS key
   */
  unwrap(tenant: string, wrapped: string, signal: Signal): Promise<KeyObject>;

  /** Announces that a key is probably needed soon. */
  expect(): void;
}

/** The reader's request on a miss. */
export interface ResolveRequest {
  readonly tenant: string;
  /** Absent to resolve all credentials of the tenant. */
  readonly name?: string | undefined;
  /** The version that was rejected. */
  readonly newerThan?: number | undefined;
}

/** The decryptor. */
export interface Resolver {
  resolve(request: ResolveRequest, signal: Signal): Promise<Answer>;
}

/** The event bus. */
export interface EventBus {
  /** Publishes an event about one credential or, with only a tenant, about all of the tenant's. */
  publish(
    type: 'Credential Invalidated' | 'Tenant Used',
    of: CredentialId | { readonly tenant: string },
    signal: Signal,
  ): Promise<void>;
}

/** All ports. */
export interface Ports {
  readonly table: CacheTable;
  readonly keys: KeyService;
  readonly resolver: Resolver;
  readonly bus: EventBus;
  /** Closes the connections. */
  close(): void;
}
