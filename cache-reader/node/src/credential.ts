import { isUtf8 } from 'node:buffer';
import { KeepwarmError } from './errors.js';
import type { CredentialId } from './id.js';
import { parseObject } from './json.js';

const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * A decoded credential. Immutable. Every way of printing or copying it that JavaScript has
 * (`String()`, template strings, `JSON.stringify`, `util.inspect`, `console.log`,
 * `structuredClone`) yields nothing of its content: only `text()`, `bytes()` and `json()` do.
 */
export class Credential {
  readonly #id: CredentialId;
  readonly #bytes: Buffer;
  readonly #version: number;
  readonly #expiresAt: number;

  /** Credentials come from a reader; make one only as a stand-in in tests of your own. */
  constructor(id: CredentialId, bytes: Uint8Array, version: number, expiresAt: number) {
    this.#id = { tenant: id.tenant, name: id.name };
    this.#bytes = Buffer.from(bytes);
    this.#version = version;
    this.#expiresAt = expiresAt;
  }

  /** Whose credential this is. */
  get id(): CredentialId {
    return this.#id;
  }

  /** The source's version of it. */
  get version(): number {
    return this.#version;
  }

  /** From when on it must not be used any more, in milliseconds since the epoch. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /**
   * Its content as UTF-8 text.
   *
   * @throws KeepwarmError `UNDECODABLE` with failure `NOT_TEXT` if it is not UTF-8
   */
  text(): string {
    if (!isUtf8(this.#bytes)) {
      throw unreadable('NOT_TEXT', 'UTF-8 text');
    }
    return this.#bytes.toString('utf8');
  }

  /** Its content, a new copy with each call. */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /**
   * Its content as a JSON object, parsed anew with each call.
   *
   * @throws KeepwarmError `UNDECODABLE` with failure `NOT_JSON` if it is not one
   */
  json<T extends object = Record<string, unknown>>(): T {
    const value = parseObject(this.#bytes.toString('utf8'));
    if (value === undefined || !isUtf8(this.#bytes)) {
      throw unreadable('NOT_JSON', 'a JSON object');
    }
    return value as T;
  }

  toString(): string {
    return `Credential[${this.#id.tenant} ${this.#id.name}, version ${this.#version}, redacted]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.toPrimitive](): string {
    return this.toString();
  }

  get [Symbol.toStringTag](): string {
    return 'Credential';
  }

  /** @internal */
  [inspect](): string {
    return this.toString();
  }
}

function unreadable(failure: string, what: string): KeepwarmError {
  return new KeepwarmError('UNDECODABLE', `the credential is not ${what}`, { failure });
}
