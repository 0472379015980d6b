/**
 * The stable codes of all errors. Callers may switch on them and print them.
 *
 * - `NOT_FOUND`: the source has no such credential
 * - `REVOKED`: it was revoked, and the source has no newer version of it
 * - `UNDECODABLE`: the original cannot be decoded; {@link KeepwarmError.failure} says why
 * - `TAMPERED`: an entry cannot be unsealed, or is malformed
 * - `UNAVAILABLE`: a service does not respond, or says that it cannot help now
 * - `DENIED`: AWS refused the call, for lack of a permission or of valid AWS credentials
 * - `TIMEOUT`: the deadline of the call passed
 * - `INVALID_ID`: the tenant or the name is outside the grammar
 * - `INVALID_CONFIGURATION`: an option or environment variable is wrong or missing, or names a table,
 * key, function or bus that does not exist
 */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'REVOKED'
  | 'UNDECODABLE'
  | 'TAMPERED'
  | 'UNAVAILABLE'
  | 'DENIED'
  | 'TIMEOUT'
  | 'INVALID_ID'
  | 'INVALID_CONFIGURATION';

const ERROR: unique symbol = Symbol.for('@keepwarm/reader.KeepwarmError') as never;
const REJECTED: unique symbol = Symbol.for('@keepwarm/reader.CredentialRejected') as never;

/** Checks the marked class by its mark. A subclass has no mark, so the prototype chain decides. */
function isOneOf(marked: object, mark: symbol, asked: object, value: unknown): boolean {
  return asked === marked
    ? typeof value === 'object' && value !== null && mark in value
    : Function.prototype[Symbol.hasInstance].call(asked, value);
}

/** Every error of the reader. The message is for people, and never contains a credential. */
export class KeepwarmError extends Error {
  /** @internal Matches the errors of every copy of the package: one process may load two. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the right-hand class of instanceof, maybe a subclass
    return isOneOf(KeepwarmError, ERROR, this, value);
  }

  /** @internal */
  get [ERROR](): true {
    return true;
  }

  /** `KeepwarmError`. */
  override readonly name: string = 'KeepwarmError';

  /** The stable code. */
  readonly code: ErrorCode;

  /**
   * Why the original cannot be decoded, such as `UNKNOWN_PROFILE`: the stable code of the entry, if
   * there is one.
   */
  declare readonly failure?: string;

  /** Errors come from a reader. Make one yourself only in tests. */
  constructor(
    code: ErrorCode,
    message: string,
    details: {
      /** Why the original cannot be decoded. */
      failure?: string | undefined;
      /** The error of AWS or of the network. */
      cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.failure !== undefined) {
      this.failure = details.failure;
    }
  }
}

/**
 * @internal
 * KMS opens a data key under none of the configured keys, although the data key is intact: it was made
 * under another KMS key, for example before an alias was pointed elsewhere. A caller that can have the
 * credential sealed again should do so.
 */
export class WrongKeyError extends KeepwarmError {}

/**
 * Thrown by a function given to `withCredential` if a service rejected the credential. Nothing else
 * makes `withCredential` fetch again.
 */
export class CredentialRejected extends Error {
  /** @internal As for {@link KeepwarmError}. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the right-hand class of instanceof, maybe a subclass
    return isOneOf(CredentialRejected, REJECTED, this, value);
  }

  /** @internal */
  get [REJECTED](): true {
    return true;
  }

  /** `CredentialRejected`. */
  override readonly name: string = 'CredentialRejected';

  /** Pass the service's own error as the cause, if it should be visible. */
  constructor(
    message = 'the credential was rejected',
    options?: {
      /** The service's own error. */
      cause?: unknown;
    },
  ) {
    super(message, options);
  }
}
