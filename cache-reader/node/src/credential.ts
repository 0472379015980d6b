import { isUtf8 } from 'node:buffer';
import { createHmac, randomBytes } from 'node:crypto';
import { KeepwarmError } from './errors.js';
import type { CredentialId } from './id.js';
import { flawOf, parseObject } from './json.js';

/**
 * Makes comparisons by fields (`toEqual`, `deepStrictEqual`) tell two credentials apart: under it
 * is a keyed hash of all that a credential holds. Nobody knows the key, and it ends with the process.
 */
const IDENTITY = Symbol.for('@keepwarm/reader.identity');
const key = randomBytes(32);

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
    // Of its own: small buffers share blocks of 8 KiB, which each of them keeps alive.
    this.#bytes = Buffer.allocUnsafeSlow(bytes.length);
    this.#bytes.set(bytes);
    this.#version = version;
    this.#expiresAt = expiresAt;
    Object.defineProperty(this, IDENTITY, { enumerable: true, get: () => this.#identity() });
  }

  #identity(): string {
    const { tenant, name } = this.#id;
    const hash = createHmac('sha256', key);
    hash.update(JSON.stringify([tenant, name, this.#version, this.#expiresAt]));
    return hash.update(this.#bytes).digest('base64');
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
   * @throws KeepwarmError `UNDECODABLE` with failure `NOT_JSON` if it is not one, if a field is there
   *   twice, or if it is nested deeper than 32; with failure `NUMBER_TOO_LARGE` if a number in it is
   *   a whole one beyond 2^53 - 1, which JavaScript does not keep exactly
   */
  json<T extends object = Record<string, unknown>>(): T {
    const text = this.#bytes.toString('utf8');
    const value = isUtf8(this.#bytes) ? parseObject(text) : undefined;
    const flaw = value === undefined ? 'NOT_JSON' : flawOf(text);
    if (flaw !== undefined) {
      throw unreadable(
        flaw,
        flaw === 'NOT_JSON' ? 'a JSON object' : 'JSON whose numbers JavaScript keeps exactly',
      );
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
