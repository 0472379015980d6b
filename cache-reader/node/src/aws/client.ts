import { type Clock, orAborted, pause } from '../clock.js';
import { KeepwarmError } from '../errors.js';
import type { AwsCredentialProvider, AwsCredentials } from '../settings.js';
import { AwsError, awsErrorOf } from './errors.js';
import { Http, type HttpResponse } from './http.js';
import { sign } from './sigv4.js';

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
export class AwsClient {
  readonly #options: AwsClientOptions;
  readonly #http: Http;
  #credentials: AwsCredentials | undefined;
  #skew = 0;

  constructor(options: AwsClientOptions) {
    this.#options = options;
    this.#http = new Http(options.clock);
  }

  /**
   * The answer, of a successful status and with `parse` applied.
   *
   * @throws AwsError what the last attempt ended with; or the signal's reason
   */
  async call<T>(
    operation: Operation,
    signal: AbortSignal,
    parse: (response: HttpResponse) => T,
  ): Promise<T> {
    const { clock, random } = this.#options;
    const corrected = new Set<string>();
    for (let failures = 0; ; ) {
      const begun = clock.elapsed();
      try {
        return parse(await this.#attempt(operation, signal));
      } catch (error) {
        if (!(error instanceof AwsError)) {
          throw error;
        }
        // What can be put right is tried again at once, but once a call for each kind.
        const kind = this.#correct(error, clock.elapsed() - begun);
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
  }

  close(): void {
    this.#http.close();
    this.#credentials = undefined;
  }

  async #attempt(operation: Operation, signal: AbortSignal): Promise<HttpResponse> {
    const { clock, region } = this.#options;
    const credentials = await this.#currentCredentials(signal);
    const { service, endpoint, path, body } = operation;
    const headers = sign(
      { service, region, host: endpoint.host, path, headers: operation.headers, body },
      credentials,
      clock.now() + this.#skew,
    );
    const response = await this.#http.send({
      url: endpoint,
      path,
      headers,
      body,
      timeout: operation.attemptTimeout,
      signal,
    });
    if (response.status < 200 || response.status > 299) {
      throw awsErrorOf(response, clock.now());
    }
    return response;
  }

  /** Puts right what made an attempt fail, if it can be; says what it was. */
  #correct(error: AwsError, took: number): string | undefined {
    if (error.awsCode === 'STALE') {
      // What killed one idle connection, a freeze as a rule, has killed the others.
      this.#http.dropIdle();
      return 'connection';
    }
    if (error.expiredCredentials && typeof this.#options.credentials === 'function') {
      this.#credentials = undefined;
      return 'credentials';
    }
    if (error.untimely && took > TOLERATED_SKEW) {
      // The process was frozen between signature and answer.
      return 'age';
    }
    if (error.untimely && Math.abs(error.skew - this.#skew) > TOLERATED_SKEW) {
      this.#skew = error.skew;
      return 'skew';
    }
    return undefined;
  }

  async #currentCredentials(signal: AbortSignal): Promise<AwsCredentials> {
    const { credentials: given, clock } = this.#options;
    if (typeof given !== 'function') {
      return given;
    }
    const kept = this.#credentials;
    if (
      kept !== undefined &&
      (kept.expiration === undefined || clock.now() < kept.expiration.getTime() - BEFORE_EXPIRY)
    ) {
      return kept;
    }
    try {
      this.#credentials = await orAborted(signal, given());
      return this.#credentials;
    } catch (error) {
      if (error instanceof KeepwarmError || signal.aborted) {
        throw error;
      }
      throw new KeepwarmError('DENIED', 'the AWS credential provider failed', { cause: error });
    }
  }
}
