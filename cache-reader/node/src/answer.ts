import type { Entry } from './entry.js';
import { type ErrorCode, KeepwarmError } from './errors.js';
import { entryOf } from './item.js';
import { isObject, parseObject } from './json.js';

/**
 * The entries of the decryptor's answer, a JSON text.
 *
 * @throws KeepwarmError what the answer says instead; `UNAVAILABLE` if it is no answer, `TAMPERED`
 *   if an item in it is no entry
 */
export function entriesOf(answer: string): Entry[] {
  const { error, entries } = parseObject(answer) ?? {};
  if (isObject(error)) {
    throw new KeepwarmError(codeOf(error.code), 'the decryptor cannot resolve');
  }
  if (!Array.isArray(entries) || !entries.every(isObject)) {
    throw unexpected();
  }
  return entries.map(entryOf);
}

function codeOf(code: unknown): ErrorCode {
  return code === 'DENIED' || code === 'TIMEOUT' || code === 'TAMPERED' ? code : 'UNAVAILABLE';
}

function unexpected(): KeepwarmError {
  return new KeepwarmError('UNAVAILABLE', "the decryptor's answer is not an answer");
}
