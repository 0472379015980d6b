import {
  type CheckedClock,
  type Moment,
  momentOf,
  orAborted,
  pause,
  type Signal,
  since,
} from '../clock.js';
import { KeepwarmError } from '../errors.js';
import type { AwsCredentialProvider, AwsCredentials, ReaderLogger } from '../settings.js';
import type { Service } from './endpoints.js';
import { AwsError, awsErrorOf, dateOf } from './errors.js';
import { type HttpOptions, type HttpResponse, keptConnections } from './http.js';
import { type SigningKeys, sign } from './sigv4.js';

/** One operation of one service. */
export interface Operation {
  /** The service's name in signatures. */
  readonly service: Service;
  /** Its path precedes that of the operation. */
  readonly endpoint: URL;
  /** Percent-encoded once. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long one attempt may take, in milliseconds; by default as long as the client allows. */
  readonly attemptTimeout?: number;
}

export interface AwsClientOptions extends HttpOptions {
  readonly region: string;
  readonly credentials: AwsCredentials | AwsCredentialProvider;
  readonly clock: CheckedClock;
  readonly random: () => number;
  readonly logger?: ReaderLogger | undefined;
  /** The environment, in which Lambda names the current invocation's trace. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

declare const KEEPWARM_VERSION: string | undefined;

/** In the format of the AWS SDKs; the build defines the version. */
const USER_AGENT = `keepwarm-reader/${typeof KEEPWARM_VERSION === 'string' ? KEEPWARM_VERSION : '0'} lang/js md/nodejs#${process.versions.node}`;

const ATTEMPTS = 4;
const FIRST_PAUSE = 25;
const LONGEST_PAUSE = 1000;

/** Services accept signatures that are up to 5 minutes off. */
const TOLERATED_SKEW = 4 * 60_000;

/** How long before their expiry credentials are fetched again. */
const BEFORE_EXPIRY = 60_000;

/**
 * How long callers share one call of a provider, and how long a failed provider is not called
 * again, in ms.
 */
const PROVIDER_PATIENCE = 5000;

/** How an attempt was made. */
interface Attempt {
  sent: Moment;
  credentials: AwsCredentials;
  skew: number;
}

/**
 * Calls AWS: signs and sends each attempt, and retries transient errors with full jitter. Runs
 * nothing between calls.
 */
export interface AwsClient {
  /**
   * Returns the response, which has a successful status, with `parse` applied.
   *
   * @throws AwsError the error of the last attempt; or the signal's reason
   */
  call<T>(operation: Operation, signal: Signal, parse: (response: HttpResponse) => T): Promise<T>;

  /** Opens a connection to a service, unless there is one, for the next call of it. */
  connect(endpoint: URL): void;

  close(): void;
}

export function awsClient(options: AwsClientOptions): AwsClient {
  const { clock, random, region, credentials: given, attemptTimeout, logger, env } = options;
  const http = keptConnections(options);
  let kept: AwsCredentials | undefined;
  let asked: { readonly at: Moment; readonly answer: Promise<AwsCredentials> } | undefined;
  let failed: Moment | undefined;
  const signingKeys: SigningKeys = new Map();
  let closed = false;

  const call: AwsClient['call'] = async (operation, signal, parse) => {
    const corrected = new Set<string>();
    for (let failures = 0; ; ) {
      const credentials = await currentCredentials(signal);
      const made: Attempt = { sent: momentOf(clock), credentials, skew: 0 };
      try {
        const response = await attempt(operation, signal, made);
        const answer = parse(response);
        log('debug', operation, made, { status: response.status });
        return answer;
      } catch (error) {
        if (!(error instanceof AwsError)) {
          throw error;
        }
        log('warn', operation, made, { status: error.status, error: error.awsCode });
        // A correctable error is retried at once, but only once per call for each kind.
        const kind = correct(error, made);
        if (kind !== undefined && !corrected.has(kind)) {
          corrected.add(kind);
          continue;
        }
        failures++;
        if (!error.passing || failures === ATTEMPTS) {
          error.complaint = error.untimely ? clock.complaint : '';
          throw error;
        }
        const bound = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
        await pause(clock, random() * bound, signal);
      }
    }
  };

  const attempt = async (
    operation: Operation,
    signal: Signal,
    made: Attempt,
  ): Promise<HttpResponse> => {
    const { service, endpoint: url, body, attemptTimeout: timeout = attemptTimeout } = operation;
    const path = url.pathname.replace(/\/$/, '') + operation.path;
    const headers = (): Record<string, string> => {
      if (closed) {
        // A destroyed agent would still open new connections.
        throw new KeepwarmError('UNAVAILABLE', 'the reader is closed');
      }
      made.sent = momentOf(clock);
      made.skew = clock.skew;
      const request = { service, region, host: url.host, path, headers: operation.headers, body };
      const signed = sign(request, made.credentials, clock.date(), signingKeys);
      // Not signed, because tracers and proxies may change these headers.
      signed['user-agent'] = USER_AGENT;
      const trace = env._X_AMZN_TRACE_ID;
      if (trace && /^[\x20-\x7e]+$/.test(trace)) {
        signed['x-amzn-trace-id'] = trace;
      }
      return signed;
    };
    const response = await http.send({ url, path, headers, body, timeout, signal });
    clock.learn(dateOf(response), made.sent);
    if (response.status < 200 || response.status > 299) {
      throw awsErrorOf(response);
    }
    return response;
  };

  const log = (
    level: 'debug' | 'warn',
    { service, headers }: Operation,
    { sent }: Attempt,
    how: Readonly<Record<string, unknown>>,
  ): void => {
    try {
      const operation = headers['x-amz-target']?.replace(/.*\./, '') ?? 'Invoke';
      const ms = Math.round(clock.elapsed() - sent.elapsed);
      logger?.[level]?.('keepwarm: a request to AWS', { service, operation, ms, ...how });
    } catch {
      // Exceptions of a logger are ignored.
    }
  };

  /** Corrects the cause of a failed attempt, if possible, and says what it was. */
  const correct = (error: AwsError, made: Attempt): string | undefined => {
    if (error.stale) {
      // The cause that killed one idle connection, usually a freeze, has killed the others too.
      http.dropIdle();
      return 'connection';
    }
    if (error.refusedCredentials && typeof given === 'function') {
      if (kept === made.credentials) {
        kept = undefined;
      }
      return 'credentials';
    }
    if (error.untimely && since(clock, made.sent) > TOLERATED_SKEW) {
      // The process was frozen between signature and answer.
      return 'age';
    }
    if (error.untimely && Math.abs(clock.skew - made.skew) > TOLERATED_SKEW) {
      // This response revealed it, or the response to another call in the meantime.
      return 'skew';
    }
    return undefined;
  };

  const currentCredentials = async (signal: Signal): Promise<AwsCredentials> => {
    if (typeof given !== 'function') {
      return given;
    }
    const left = kept === undefined ? 0 : (kept.expiration?.getTime() ?? Infinity) - clock.date();
    if (left > BEFORE_EXPIRY || (left > 0 && isRecent(failed))) {
      return kept as AwsCredentials;
    }
    const answer = isRecent(asked?.at) && asked ? asked.answer : ask(given);
    if (left > 0) {
      // The current credentials are used until the new ones arrive.
      return kept as AwsCredentials;
    }
    try {
      return await orAborted(signal, answer);
    } catch (error) {
      if (error instanceof KeepwarmError || signal.aborted) {
        throw error;
      }
      const cause = error;
      throw new KeepwarmError('UNAVAILABLE', 'the AWS credential provider failed', { cause });
    }
  };

  /** Concurrent callers share the result. */
  const ask = (provider: AwsCredentialProvider): Promise<AwsCredentials> => {
    const answer = Promise.resolve().then(provider).then(checked);
    const own = { at: momentOf(clock), answer };
    asked = own;
    answer.then(
      (credentials) => {
        kept = closed ? undefined : credentials;
        failed = undefined;
        asked = asked === own ? undefined : asked;
      },
      () => {
        failed = momentOf(clock);
        asked = asked === own ? undefined : asked;
      },
    );
    return answer;
  };

  const isRecent = (moment: Moment | undefined): boolean =>
    moment !== undefined && since(clock, moment) < PROVIDER_PATIENCE;

  const close = (): void => {
    closed = true;
    http.close();
    kept = undefined;
    signingKeys.clear();
  };

  const connect = (endpoint: URL): void => {
    if (!closed) {
      http.connect(endpoint);
    }
  };

  return { call, connect, close };
}

/** A provider written in JavaScript may return anything. */
function checked(credentials: AwsCredentials | undefined): AwsCredentials {
  if (!credentials?.accessKeyId || !credentials.secretAccessKey) {
    const what = 'the AWS credential provider gave no accessKeyId and secretAccessKey';
    throw new KeepwarmError('DENIED', what);
  }
  return credentials;
}
