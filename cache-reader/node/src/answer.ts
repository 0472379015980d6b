import { type ErrorCode, KeepwarmError } from './errors.js';
import type { Item } from './item.js';
import { isObject, parseObject } from './json.js';

/** What the decryptor answers. */
export interface Answer {
  /** They should be entries. */
  readonly items: readonly Item[];
  /** Of a tenant: the names of credentials for which there is nothing that can be used, and why. */
  readonly failures: ReadonlyMap<string, ErrorCode>;
}

/**
 * The decryptor's answer in a JSON text.
 *
 * @throws KeepwarmError what the answer says instead; `UNAVAILABLE` if it is no answer
 */
export function answerOf(text: string): Answer {
  const { error, entries, failures = {} } = parseObject(text) ?? {};
  if (isObject(error)) {
    throw new KeepwarmError(codeOf(error.code), 'the decryptor cannot resolve');
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
  return new KeepwarmError('UNAVAILABLE', "the decryptor's answer is not an answer");
}
