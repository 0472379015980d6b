import type { CredentialId } from './id.js';
import type { Vouching } from './vouching.js';

/**
 * One item of the cache table, with the parts that a reader needs. Times are ms since the epoch.
 */
export type Entry = ReadyEntry | FailedEntry | InvalidEntry;

interface Common {
  readonly id: CredentialId;
  readonly version: number | undefined;
  readonly revocation: Revocation | undefined;
}

/** A sealed credential. */
export interface ReadyEntry extends Common {
  readonly state: 'READY';
  readonly sealed: Sealed;
  /** How many credentials the tenant had at the source when this was written. */
  readonly siblings: number;
  readonly writtenAt: number;
  /**
   * If the decryptor asks whether the tenant is used: since when no reader has reported it as used.
   */
  readonly probe: number | undefined;
}

/** A negative entry. */
export interface FailedEntry extends Common {
  readonly state: 'FAILED';
  readonly failure: { readonly code: string; readonly retryAt: number };
  readonly siblings: number;
  readonly writtenAt: number;
}

/** A tombstone. */
export interface InvalidEntry extends Common {
  readonly state: 'INVALID';
}

/** A credential in its envelope, with all that the envelope's authenticated data covers. */
export interface Sealed {
  readonly version: number;
  readonly envelope: Buffer;
  /** The wrapped data key, in base64. */
  readonly dataKey: string;
  readonly sealedAt: number;
  readonly softExpiresAt: number;
  readonly hardExpiresAt: number;
  /** Which freshness record may vouch for it past its hard expiry, if any. */
  readonly vouching?: Vouching | undefined;
}

/** What was revoked: this version and all before it. */
export interface Revocation {
  readonly version: number;
  /** When to ask the source for a newer version next. */
  readonly retryAt: number;
}

/** What an entry means to a reader at one moment. */
export type Reading = Settled | Vouchable;

/** A meaning that no freshness record changes. */
export type Settled = Live | Refusal | Missing;

/** A credential past its hard expiry that may be used if a freshness record vouches for it. */
export interface Vouchable {
  readonly kind: 'vouchable';
  readonly sealed: Sealed;
}

/** A credential that may be used. */
export interface Live {
  readonly kind: 'live';
  readonly sealed: Sealed;
}

/** A refusal: the table or the decryptor said why there is no credential. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly code: 'NOT_FOUND' | 'REVOKED' | 'UNDECODABLE';
  /** The entry's failure code, if it has one. */
  readonly failure?: string;
  /** The time until which it counts. */
  readonly retryAt: number;
}

/** No usable entry. */
export interface Missing {
  readonly kind: 'missing';
}

const MISSING: Missing = { kind: 'missing' };

/**
 * The reading of an entry in the table. A negative entry counts until its `retryAt`: after that
 * the decryptor may know better.
 */
export function readingOfTable(entry: Entry | undefined, now: number): Reading {
  const reading = readingOfAnswer(entry, now);
  return reading.kind === 'refusal' && reading.retryAt <= now ? MISSING : reading;
}

/** The reading of an entry in the decryptor's response: a refusal there is final. */
export function readingOfAnswer(entry: Entry | undefined, now: number): Reading {
  switch (entry?.state) {
    case 'READY':
      if (now < entry.sealed.hardExpiresAt) {
        return { kind: 'live', sealed: entry.sealed };
      }
      return now < (entry.sealed.vouching?.sealedUntil ?? 0)
        ? { kind: 'vouchable', sealed: entry.sealed }
        : MISSING;
    case 'FAILED': {
      const { code: failure, retryAt } = entry.failure;
      const code = failure === 'NOT_FOUND' ? 'NOT_FOUND' : 'UNDECODABLE';
      return { kind: 'refusal', code, failure, retryAt };
    }
    case 'INVALID':
      return entry.revocation === undefined
        ? MISSING
        : { kind: 'refusal', code: 'REVOKED', retryAt: entry.revocation.retryAt };
    case undefined:
      return MISSING;
  }
}
