import type { Entry } from './entry.js';
import { KeepwarmError } from './errors.js';
import { isValidPart } from './id.js';
import { isObject, type JsonObject } from './json.js';
import { type Vouching, vouchingOf } from './vouching.js';

/** An item in DynamoDB's own JSON: numbers are texts, bytes are base64. */
export type Item = JsonObject;

const TYPES = {
  tenant: 'S',
  name: 'S',
  state: 'S',
  fence: 'N',
  version: 'N',
  sealed: 'B',
  dataKey: 'B',
  dataKeyCreatedAt: 'N',
  sealedAt: 'N',
  softExpiresAt: 'N',
  hardExpiresAt: 'N',
  failure: 'S',
  retryAt: 'N',
  revoked: 'N',
  revokedAt: 'N',
  siblings: 'N',
  fillingBy: 'S',
  fillingUntil: 'N',
  ttl: 'N',
  probe: 'N',
  vouching: 'B',
  asOf: 'N',
  event: 'S',
  newSince: 'N',
  announced: 'N',
  announcedAt: 'N',
  clearedAt: 'N',
  revokedFor: 'N',
  revokedAllFor: 'N',
  revokedAllBy: 'S',
  revokedBeside: 'N',
  unrevokedFor: 'N',
} as const;

type Attribute = keyof typeof TYPES;
const KNOWN = Object.entries(TYPES) as [Attribute, 'S' | 'N' | 'B'][];

/** How many bytes an envelope has: 29, and those of a credential of at most 64 KiB. */
const LEAST_SEALED = 29;
const MOST_SEALED = LEAST_SEALED + 64 * 1024;

/** The longest ciphertext of KMS, in bytes. */
const MOST_DATA_KEY = 6144;

/**
 * Parses an item of the cache table. Reading is strict about known attributes and ignores unknown ones,
 * which a newer Keepwarm may write.
 *
 * @throws KeepwarmError `TAMPERED` if an attribute is missing, of another type or out of range: Keepwarm
 * never wrote such an item. The message names the attribute
 */
export function entryOf(item: Item): Entry {
  const given = givenIn(item);
  const text = (name: Attribute): string => given[name] ?? malformed(name);
  const number = (name: Attribute): number => Number(text(name));
  const optional = (name: Attribute): number | undefined =>
    given[name] === undefined ? undefined : number(name);
  const base64 = (name: Attribute, least: number, most: number): string => {
    const length = Buffer.byteLength(text(name), 'base64');
    return length < least || length > most ? malformed(name) : text(name);
  };

  const vouching = (): Vouching | undefined => {
    const bytes = given.vouching;
    const found = bytes === undefined ? undefined : vouchingOf(Buffer.from(bytes, 'base64'));
    return found === null ? malformed('vouching') : found;
  };

  for (const name of ['tenant', 'name'] as const) {
    if (!isValidPart(text(name))) {
      malformed(name);
    }
  }
  for (const [half, other] of HALVES) {
    if (given[half] !== undefined) {
      text(other);
    }
  }
  const common = {
    id: { tenant: text('tenant'), name: text('name') },
    version: optional('version'),
    revocation:
      given.revoked !== undefined
        ? { version: number('revoked'), retryAt: optional('retryAt') ?? 0 }
        : undefined,
  };
  const written = () => ({ siblings: number('siblings'), writtenAt: number('sealedAt') });

  switch (text('state')) {
    case 'READY':
      number('dataKeyCreatedAt');
      return {
        ...common,
        ...written(),
        state: 'READY',
        probe: optional('probe'),
        sealed: {
          version: number('version'),
          envelope: Buffer.from(base64('sealed', LEAST_SEALED, MOST_SEALED), 'base64'),
          dataKey: base64('dataKey', 1, MOST_DATA_KEY),
          sealedAt: number('sealedAt'),
          softExpiresAt: number('softExpiresAt'),
          hardExpiresAt: number('hardExpiresAt'),
          vouching: vouching(),
        },
      };
    case 'FAILED':
      if (!/^[A-Z0-9_]{1,64}$/.test(text('failure'))) {
        malformed('failure');
      }
      return {
        ...common,
        ...written(),
        state: 'FAILED',
        failure: { code: text('failure'), retryAt: number('retryAt') },
      };
    case 'INVALID':
      return { ...common, state: 'INVALID' };
    default:
      return malformed('state');
  }
}

/** Pairs of attributes: the first is valid only if the second is present. */
const HALVES = [
  ['revoked', 'revokedAt'],
  ['revokedAt', 'revoked'],
  ['fillingBy', 'fillingUntil'],
  ['fillingUntil', 'fillingBy'],
  ['announced', 'announcedAt'],
  ['announcedAt', 'announced'],
] as const;

/** The known attributes of the item, each checked for its type. */
function givenIn(item: Item): Partial<Record<Attribute, string>> {
  const given: Partial<Record<Attribute, string>> = {};
  for (const [name, type] of KNOWN) {
    const typed = item[name];
    if (typed !== undefined) {
      const text = isObject(typed) ? typed[type] : undefined;
      if (typeof text !== 'string' || !isWellFormed(name, type, text)) {
        malformed(name);
      }
      given[name] = text;
    }
  }
  return given;
}

function isWellFormed(name: Attribute, type: 'S' | 'N' | 'B', text: string): boolean {
  switch (type) {
    case 'S':
      return true;
    case 'N':
      // Digits only, and no integer beyond those that a number keeps exactly.
      return (
        /^(0|[1-9]\d{0,15})$/.test(text) &&
        Number(text) <= (name === 'siblings' ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER)
      );
    case 'B':
      // Canonical base64, so that equal bytes are equal texts.
      return Buffer.from(text, 'base64').toString('base64') === text;
  }
}

function malformed(name: Attribute): never {
  throw new KeepwarmError('TAMPERED', `an item of the cache table is malformed: ${name}`);
}
