import { isUtf8 } from 'node:buffer';
import { createHmac, randomBytes } from 'node:crypto';
import { KeepwarmError } from './errors.js';
import type { CredentialId } from './id.js';
import { flawOf, parseObject } from './json.js';

/**
 * The property under this symbol lets comparisons by fields (`toEqual`, `deepStrictEqual`) tell two
 * credentials apart. It is a keyed hash of everything that a credential holds. The key is random,
 * is kept only in this module, and ends with the process.
 */
const IDENTITY = Symbol.for('@keepwarm/reader.identity');
const key = randomBytes(32);

const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * A decrypted credential. Immutable. JavaScript's ways of printing and copying it (`String()`, template
 * strings, `JSON.stringify`, `util.inspect`, `console.log`, `structuredClone`) yield nothing of its
 * content: only `text()`, `bytes()` and `json()` do.
 */
export class Credential {
  readonly #id: CredentialId;
  readonly #bytes: Buffer;
  readonly #version: number;
  readonly #expiresAt: number;

  /** Credentials come from a reader. Make one yourself only in tests. */
  constructor(id: CredentialId, bytes: Uint8Array, version: number, expiresAt: number) {
    this.#id = { tenant: id.tenant, name: id.name };
    // A block of its own: small buffers share blocks of 8 KiB, and each buffer keeps its block
    // alive.
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

  /** The tenant and the name of this credential. */
  get id(): CredentialId {
    return this.#id;
  }

  /** The version that the source gave it. */
  get version(): number {
    return this.#version;
  }

  /**
   * When this copy expires, in milliseconds since the epoch. From then on it must not be used any more.
   */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /**
   * The content as a string.
   *
   * @throws KeepwarmError `UNDECODABLE` with failure `NOT_TEXT` if it is not UTF-8
   */
  text(): string {
    if (!isUtf8(this.#bytes)) {
      throw unreadable('NOT_TEXT', 'UTF-8 text');
    }
    return this.#bytes.toString('utf8');
  }

  /** The content as bytes: a new copy with each call. */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /**
   * The content as a JSON object, parsed again with each call.
   *
   * @throws KeepwarmError `UNDECODABLE` with failure `NOT_JSON` if the content is not a JSON object, has
   * a duplicate field, or is nested deeper than 32; with failure `NUMBER_TOO_LARGE` if it contains a
   * whole number beyond 2^53 - 1, which JavaScript cannot represent exactly
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

  /** The id and the version, and nothing of the content. */
  toString(): string {
    return `Credential[${this.#id.tenant} ${this.#id.name}, version ${this.#version}, redacted]`;
  }

  /** The form for `JSON.stringify`: the same as `toString()`. */
  toJSON(): string {
    return this.toString();
  }

  /** The form in template strings: the same as `toString()`. */
  [Symbol.toPrimitive](): string {
    return this.toString();
  }

  /** The name in `Object.prototype.toString`. */
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
