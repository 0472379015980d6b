import { type Clock, orAborted, pause, type Signal } from '../clock.js';
import { KeepwarmError } from '../errors.js';
import type { AwsCredentialProvider, AwsCredentials } from '../settings.js';
import { AwsError, awsErrorOf } from './errors.js';
import { type HttpResponse, keptConnections } from './http.js';
import { type SigningKeys, sign } from './sigv4.js';

/** One operation of one service. */
export interface Operation {
  /** The service's name in signatures. */
  readonly service: 'dynamodb' | 'kms' | 'lambda' | 'events';
  readonly endpoint: URL;
  /** Percent-encoded once. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long one attempt may take, in milliseconds. */
  readonly attemptTimeout: number;
}

export interface AwsClientOptions {
  readonly region: string;
  readonly credentials: AwsCredentials | AwsCredentialProvider;
  readonly clock: Clock;
  readonly random: () => number;
}

const ATTEMPTS = 4;
const FIRST_PAUSE = 25;
const LONGEST_PAUSE = 1000;

/** Services accept signatures that are up to 5 minutes off. */
const TOLERATED_SKEW = 4 * 60_000;

/** How long before they expire credentials are asked for again. */
const BEFORE_EXPIRY = 60_000;

/**
 * Calls AWS: signs each attempt anew, sends it, and tries again with full jitter what may pass.
 * Runs nothing between calls.
 */
export interface AwsClient {
  /**
   * The answer, of a successful status and with `parse` applied.
   *
   * @throws AwsError what the last attempt ended with; or the signal's reason
   */
  call<T>(operation: Operation, signal: Signal, parse: (response: HttpResponse) => T): Promise<T>;

  close(): void;
}

export function awsClient(options: AwsClientOptions): AwsClient {
  const { clock, random, region, credentials: given } = options;
  const http = keptConnections(clock);
  let kept: AwsCredentials | undefined;
  const signingKeys: SigningKeys = new Map();
  let skew = 0;
  let closed = false;

  const call: AwsClient['call'] = async (operation, signal, parse) => {
    const corrected = new Set<string>();
    for (let failures = 0; ; ) {
      const begun = clock.elapsed();
      try {
        return parse(await attempt(operation, signal));
      } catch (error) {
        if (!(error instanceof AwsError)) {
          throw error;
        }
        // What can be put right is tried again at once, but once a call for each kind.
        const kind = correct(error, clock.elapsed() - begun);
        if (kind !== undefined && !corrected.has(kind)) {
          corrected.add(kind);
          continue;
        }
        failures++;
        if (!error.passing || failures === ATTEMPTS) {
          throw error;
        }
        const bound = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
        await pause(clock, random() * bound, signal);
      }
    }
  };

  const attempt = async (operation: Operation, signal: Signal): Promise<HttpResponse> => {
    const credentials = await currentCredentials(signal);
    if (closed) {
      // An agent that was destroyed would connect again all the same.
      throw new KeepwarmError('UNAVAILABLE', 'the reader is closed');
    }
    const { service, endpoint: url, path, body, attemptTimeout: timeout } = operation;
    const headers = sign(
      { service, region, host: url.host, path, headers: operation.headers, body },
      credentials,
      clock.now() + skew,
      signingKeys,
    );
    const response = await http.send({ url, path, headers, body, timeout, signal });
    if (response.status < 200 || response.status > 299) {
      throw awsErrorOf(response, clock.now());
    }
    return response;
  };

  /** Puts right what made an attempt fail, if it can be; says what it was. */
  const correct = (error: AwsError, took: number): string | undefined => {
    if (error.awsCode === 'STALE') {
      // What killed one idle connection, a freeze as a rule, has killed the others.
      http.dropIdle();
      return 'connection';
    }
    if (error.expiredCredentials && typeof given === 'function') {
      kept = undefined;
      return 'credentials';
    }
    if (error.untimely && took > TOLERATED_SKEW) {
      // The process was frozen between signature and answer.
      return 'age';
    }
    if (error.untimely && Math.abs(error.skew - skew) > TOLERATED_SKEW) {
      skew = error.skew;
      return 'skew';
    }
    return undefined;
  };

  const currentCredentials = async (signal: Signal): Promise<AwsCredentials> => {
    if (typeof given !== 'function') {
      return given;
    }
    const expiration = kept?.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    if (kept !== undefined && clock.now() < expiration - BEFORE_EXPIRY) {
      return kept;
    }
    try {
      kept = await orAborted(signal, given());
      return kept;
    } catch (error) {
      if (error instanceof KeepwarmError || signal.aborted) {
        throw error;
      }
      throw new KeepwarmError('DENIED', 'the AWS credential provider failed', { cause: error });
    }
  };

  const close = (): void => {
    closed = true;
    http.close();
    kept = undefined;
    signingKeys.clear();
  };

  return { call, close };
}
