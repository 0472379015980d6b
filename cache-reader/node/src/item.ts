import type { Entry, Revocation, Sealed } from './entry.js';
import { KeepwarmError } from './errors.js';
import { isValidPart } from './id.js';

/** An item in DynamoDB's own JSON: numbers are texts, bytes are base64. */
export type Item = Readonly<Record<string, unknown>>;

/**
 * The entry of an item of the cache table. Attributes that it does not know are ignored.
 *
 * @throws KeepwarmError `TAMPERED` if an attribute is missing, of another type or out of range:
 *   Keepwarm never wrote such an item
 */
export function entryOf(item: Item): Entry {
  const tenant = idPart(item, 'tenant');
  const name = idPart(item, 'name');
  const state = optionalText(item, 'state') ?? 'INVALID';
  const version = optionalNumber(item, 'version');
  optionalNumber(item, 'fence');
  const common = { id: { tenant, name }, version, revocation: revocationOf(item) };
  switch (state) {
    case 'READY':
      return {
        ...common,
        state,
        sealed: sealedOf(item),
        siblings: number(item, 'siblings'),
        writtenAt: number(item, 'sealedAt'),
      };
    case 'FAILED':
      return {
        ...common,
        state,
        failure: { code: failureCode(item), retryAt: number(item, 'retryAt') },
        siblings: number(item, 'siblings'),
        writtenAt: number(item, 'sealedAt'),
      };
    case 'INVALID':
      return { ...common, state };
    default:
      throw malformed('state');
  }
}

function sealedOf(item: Item): Sealed {
  return {
    version: number(item, 'version'),
    envelope: Buffer.from(binary(item, 'sealed'), 'base64'),
    dataKey: binary(item, 'dataKey'),
    sealedAt: number(item, 'sealedAt'),
    softExpiresAt: number(item, 'softExpiresAt'),
    hardExpiresAt: number(item, 'hardExpiresAt'),
  };
}

function revocationOf(item: Item): Revocation | undefined {
  const version = optionalNumber(item, 'revoked');
  return version === undefined
    ? undefined
    : { version, retryAt: optionalNumber(item, 'retryAt') ?? 0 };
}

function idPart(item: Item, attribute: string): string {
  const part = optionalText(item, attribute);
  if (!isValidPart(part)) {
    throw malformed(attribute);
  }
  return part;
}

function failureCode(item: Item): string {
  const code = optionalText(item, 'failure');
  if (code === undefined || !/^[A-Z0-9_]{1,64}$/.test(code)) {
    throw malformed('failure');
  }
  return code;
}

function optionalText(item: Item, attribute: string): string | undefined {
  return typed(item, attribute, 'S');
}

function number(item: Item, attribute: string): number {
  return required(optionalNumber(item, attribute), attribute);
}

/** A whole number from 0 to the greatest that a JavaScript number keeps exactly. */
function optionalNumber(item: Item, attribute: string): number | undefined {
  const text = typed(item, attribute, 'N');
  if (text === undefined) {
    return undefined;
  }
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw malformed(attribute);
  }
  return value;
}

/** Base64, exactly as an encoder writes it, so that equal bytes are equal texts. */
function binary(item: Item, attribute: string): string {
  const text = required(typed(item, attribute, 'B'), attribute);
  if (Buffer.from(text, 'base64').toString('base64') !== text) {
    throw malformed(attribute);
  }
  return text;
}

function typed(item: Item, attribute: string, type: 'S' | 'N' | 'B'): string | undefined {
  if (!Object.hasOwn(item, attribute)) {
    return undefined;
  }
  const value = item[attribute];
  const text =
    typeof value === 'object' && value !== null && Object.hasOwn(value, type)
      ? (value as Record<string, unknown>)[type]
      : undefined;
  if (typeof text !== 'string') {
    throw malformed(attribute);
  }
  return text;
}

function required<T>(value: T | undefined, attribute: string): T {
  if (value === undefined) {
    throw malformed(attribute);
  }
  return value;
}

function malformed(attribute: string): KeepwarmError {
  return new KeepwarmError('TAMPERED', `an item of the cache table is malformed: ${attribute}`);
}
