import { type ErrorCode, KeepwarmError } from './errors.js';
import type { Item } from './item.js';
import { isObject, parseObject } from './json.js';

/** The decryptor's response to a resolve. */
export interface Answer {
  /** Items that should be entries. */
  readonly items: readonly Item[];
  /** For a tenant: why a credential without a usable entry cannot be used, by name. */
  readonly failures: ReadonlyMap<string, ErrorCode>;
}

/**
 * Parses the decryptor's response.
 *
 * @throws KeepwarmError the error in the response; `UNAVAILABLE` if the response is malformed
 */
export function answerOf(text: string): Answer {
  const { error, entries, failures = {} } = parseObject(text) ?? {};
  if (isObject(error)) {
    throw new KeepwarmError(codeOf(error.code), 'the decryptor responded with an error');
  }
  if (!Array.isArray(entries) || !entries.every(isObject) || !isObject(failures)) {
    throw unexpected();
  }
  const codes = Object.entries(failures).map(([name, code]) => [name, codeOf(code)] as const);
  return { items: entries, failures: new Map(codes) };
}

function codeOf(code: unknown): ErrorCode {
  return code === 'DENIED' || code === 'TIMEOUT' || code === 'TAMPERED' ? code : 'UNAVAILABLE';
}

function unexpected(): KeepwarmError {
  return new KeepwarmError('UNAVAILABLE', "the decryptor's response is malformed");
}
