import type { CredentialId, ErrorCode, Reader, ReaderStats } from './index.js';
import { Credential, CredentialRejected, KeepwarmError } from './index.js';

/** The value of a credential; an object is stored as its JSON. */
export type Value = string | Uint8Array | object;

/** An id in either form, followed by `T`. */
export type Args<T extends readonly unknown[]> =
  | readonly [id: CredentialId, ...rest: T]
  | readonly [tenant: string, name: string, ...rest: T];

/** A reader for tests: it returns what the test has set, and sends nothing. */
export interface MemoryReader extends Reader {
  /** Sets a credential, and replaces an existing one. Its version is 1, unless `details` has another. */
  set(...args: Args<[value: Value, details?: ValueDetails]>): Credential;

  /** Gives the credential its next version, with another value. */
  rotate(...args: Args<[value: Value]>): Credential;

  /** Makes reads of the credential reject with `REVOKED`, until it is set or rotated. */
  revoke(...args: Args<[]>): void;

  /** Makes reads of the credential reject with a code, until it is set, rotated or revoked. */
  fail(...args: Args<[code: ErrorCode, failure?: string]>): void;

  /**
   * Makes `withCredential` treat its next function as if it had thrown `CredentialRejected`. With
   * `newer`, it also rotates the credential to that value, and the function runs again.
   */
  rejectOnce(...args: Args<[newer?: Value]>): void;

  /** The ids that `invalidate` was called with, in order. */
  readonly invalidated: readonly CredentialId[];
}

/** The version and the expiry of a credential. */
export interface ValueDetails {
  /** By default 1. */
  readonly version?: number | undefined;
  /** When it expires, in milliseconds since the epoch; by default an hour from now. */
  readonly expiresAt?: number | undefined;
}

interface Entry {
  credential: Credential | undefined;
  error: { readonly code: ErrorCode; readonly failure?: string | undefined } | undefined;
  rejection: { readonly newer: Value | undefined } | undefined;
}

/** Makes a reader for tests of code that takes a {@link Reader}. */
export function memoryReader(): MemoryReader {
  const entries = new Map<string, Entry & { readonly id: CredentialId }>();
  const invalidated: CredentialId[] = [];
  let stats = NO_STATS;
  let printed = NO_STATS;
  let closed = false;

  const count = (name: keyof ReaderStats): void => {
    stats = { ...stats, [name]: stats[name] + 1 };
  };

  const entryOf = (id: CredentialId) => {
    const key = `${id.tenant} ${id.name}`;
    const entry = entries.get(key) ?? {
      id,
      credential: undefined,
      error: undefined,
      rejection: undefined,
    };
    entries.set(key, entry);
    return entry;
  };

  const put = (id: CredentialId, value: Value, details: ValueDetails = {}): Credential => {
    const { version = 1, expiresAt = Date.now() + 3_600_000 } = details;
    const credential = new Credential(id, bytesOf(value), version, expiresAt);
    Object.assign(entryOf(id), { credential, error: undefined });
    return credential;
  };

  const next = (id: CredentialId, value: Value): Credential =>
    put(id, value, { version: (entryOf(id).credential?.version ?? 0) + 1 });

  const checkOpen = (): void => {
    if (closed) {
      throw new KeepwarmError('UNAVAILABLE', 'the reader is closed');
    }
  };

  const read = (id: CredentialId): Credential => {
    const entry = entries.get(`${id.tenant} ${id.name}`);
    if (entry?.error !== undefined) {
      const { code, failure } = entry.error;
      throw new KeepwarmError(code, `${code} of ${id.tenant} ${id.name}, as the test says`, {
        failure,
      });
    }
    if (entry?.credential === undefined) {
      throw new KeepwarmError('NOT_FOUND', `there is no credential ${id.tenant} ${id.name}`);
    }
    return entry.credential;
  };

  const get = async (...args: unknown[]): Promise<Credential> => {
    const [id, options] = split(args);
    checkOpen();
    throwIfAborted(options);
    count('nearHits');
    return read(id);
  };

  const withCredential = async (...args: unknown[]): Promise<unknown> => {
    const [id, fn, options] = split(args) as [CredentialId, (one: Credential) => unknown, unknown];
    const first = await get(id, options);
    let rejection: CredentialRejected;
    try {
      const answer = await fn(first);
      if (entryOf(id).rejection === undefined) {
        return answer;
      }
      rejection = new CredentialRejected();
    } catch (error) {
      if (!(error instanceof CredentialRejected)) {
        throw error;
      }
      rejection = error;
    }
    const newer = entryOf(id).rejection?.newer;
    entryOf(id).rejection = undefined;
    if (newer !== undefined) {
      next(id, newer);
    }
    count('rejections');
    let second: Credential;
    try {
      second = read(id);
    } catch (error) {
      rejection.cause ??= error;
      throw rejection;
    }
    const isSame = Buffer.compare(first.bytes(), second.bytes()) === 0;
    if (second.version === first.version && isSame) {
      throw rejection;
    }
    try {
      return await fn(second);
    } catch (error) {
      if (error instanceof CredentialRejected) {
        count('rejections');
      }
      throw error;
    }
  };

  return {
    set: (...args) => {
      const [id, value, details] = split(args);
      return put(id, value as Value, details as ValueDetails);
    },
    rotate: (...args) => {
      const [id, value] = split(args);
      return next(id, value as Value);
    },
    revoke: (...args) => {
      const [id] = split(args);
      entryOf(id).error = { code: 'REVOKED' };
    },
    fail: (...args) => {
      const [id, code, failure] = split(args) as [CredentialId, ErrorCode, string?];
      entryOf(id).error = { code, failure };
    },
    rejectOnce: (...args) => {
      const [id, newer] = split(args);
      entryOf(id).rejection = { newer: newer as Value | undefined };
    },
    invalidated,
    get,
    getAll: async (tenant, options) => {
      checkOpen();
      throwIfAborted(options);
      const credentials = new Map<string, Credential>();
      const failures = new Map<string, ErrorCode>();
      for (const { id, error, credential } of entries.values()) {
        if (id.tenant === tenant && error?.code !== 'NOT_FOUND') {
          if (error !== undefined) {
            failures.set(id.name, error.code);
          } else if (credential !== undefined) {
            credentials.set(id.name, credential);
          }
        }
      }
      if (credentials.size + failures.size === 0) {
        throw new KeepwarmError('NOT_FOUND', `there is no credential of tenant ${tenant}`);
      }
      return { credentials, failures };
    },
    withCredential: withCredential as Reader['withCredential'],
    invalidate: async (...args: unknown[]) => {
      const [id, options] = split(args);
      checkOpen();
      throwIfAborted(options);
      invalidated.push(id);
    },
    forget: () => checkOpen(),
    forgetAll: () => {},
    stats: () => stats,
    printMetrics: (print = console.log) => {
      const names = Object.keys(stats) as (keyof ReaderStats)[];
      const counts = names.map((name) => [name, stats[name] - printed[name]]);
      print(JSON.stringify({ part: 'reader', ...Object.fromEntries(counts) }));
      printed = stats;
    },
    close: () => {
      closed = true;
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
    },
  };
}

const NO_STATS: ReaderStats = {
  nearHits: 0,
  cacheReads: 0,
  misses: 0,
  resolves: 0,
  unwraps: 0,
  refreshes: 0,
  staleServed: 0,
  outages: 0,
  timeouts: 0,
  tampered: 0,
  wrongKeys: 0,
  rejections: 0,
};

const PART = /^[A-Za-z0-9._:@/+=-]{1,128}$/;

function split(args: readonly unknown[]): [CredentialId, ...unknown[]] {
  const [first, ...rest] = args;
  const isObject = typeof first === 'object' && first !== null;
  const { tenant, name } = (
    isObject ? first : { tenant: first, name: rest.shift() }
  ) as CredentialId;
  for (const [what, part] of Object.entries({ tenant, name })) {
    if (typeof part !== 'string' || !PART.test(part)) {
      throw new KeepwarmError(
        'INVALID_ID',
        `${what}: must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -`,
      );
    }
  }
  return [{ tenant, name }, ...rest];
}

function throwIfAborted(options: unknown): void {
  const { signal } = (options ?? {}) as { signal?: AbortSignal };
  if (signal?.aborted) {
    throw signal.reason;
  }
}

function bytesOf(value: Value): Uint8Array {
  return value instanceof Uint8Array
    ? value
    : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
