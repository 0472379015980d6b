import type { Clock } from './clock.js';
import { systemClock } from './clock.js';
import { KeepwarmError } from './errors.js';

/** AWS credentials. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** When they expire; a provider is asked again a minute before. */
  readonly expiration?: Date | undefined;
}

/** Any credential provider of the AWS SDK for JavaScript v3 is one. */
export type AwsCredentialProvider = () => Promise<AwsCredentials>;

/** What the reader does about a credential that is not warm. */
export type OnMiss =
  /** Ask the decryptor now. */
  | 'resolve'
  /** Look again until it is there. */
  | 'wait'
  /** Throw `UNAVAILABLE`. */
  | 'fail';

/** A duration: milliseconds, or a text such as `500ms`, `30s`, `15m`, `2h`, `1d` or `PT15M`. */
export type Duration = number | string;

/** Where the services are, if not at AWS's own addresses. */
export interface Endpoints {
  readonly dynamodb?: string | undefined;
  readonly kms?: string | undefined;
  readonly lambda?: string | undefined;
  readonly eventbridge?: string | undefined;
}

/** Options of a reader. What is absent comes from the environment variable named with it. */
export interface ReaderOptions {
  /** The cache table's name: `KEEPWARM_CACHE_TABLE`, by default `keepwarm-cache`. */
  readonly cacheTable?: string | undefined;
  /** Id, ARN or alias of the KMS key: `KEEPWARM_KMS_KEY`, by default `alias/keepwarm`. */
  readonly kmsKey?: string | undefined;
  /** Name or ARN of the resolving function: `KEEPWARM_RESOLVER`, by default `keepwarm-resolver`. */
  readonly resolver?: string | undefined;
  /** Name or ARN of the event bus: `KEEPWARM_BUS`, by default `keepwarm`. */
  readonly bus?: string | undefined;
  /** How long a credential is served without a look at the table: `KEEPWARM_NEAR_TTL`, 30 s. */
  readonly nearTtl?: Duration | undefined;
  /** How many credentials the near cache holds at most: `KEEPWARM_NEAR_SIZE`, 10,000. */
  readonly nearSize?: number | undefined;
  /** How long an unwrapped data key is kept: `KEEPWARM_DATA_KEY_TTL`, 15 min. */
  readonly dataKeyTtl?: Duration | undefined;
  /** How long one call may take: `KEEPWARM_DEADLINE`, 2 s. */
  readonly deadline?: Duration | undefined;
  /** What to do on a miss: `KEEPWARM_ON_MISS`, by default `resolve`. */
  readonly onMiss?: OnMiss | undefined;
  /** The Region: `AWS_REGION`. */
  readonly region?: string | undefined;
  /** Endpoints: `AWS_ENDPOINT_URL_DYNAMODB`, `_KMS`, `_LAMBDA`, `_EVENTBRIDGE`, or `AWS_ENDPOINT_URL` for all. */
  readonly endpoints?: Endpoints | undefined;
  /** AWS credentials: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. */
  readonly credentials?: AwsCredentials | AwsCredentialProvider | undefined;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
  /** Random numbers from 0 to below 1 for the jitter of retries, for tests. */
  readonly random?: (() => number) | undefined;
  /** The environment, by default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** @internal What decides how a reader behaves. */
export interface ReaderSettings {
  readonly nearTtl: number;
  readonly nearSize: number;
  readonly dataKeyTtl: number;
  readonly deadline: number;
  readonly onMiss: OnMiss;
}

/** @internal */
export interface Settings extends ReaderSettings {
  readonly cacheTable: string;
  readonly kmsKey: string;
  readonly resolver: string;
  readonly bus: string;
  readonly region: string;
  readonly endpoints: Required<{ [K in keyof Endpoints]: URL }>;
  readonly credentials: AwsCredentials | AwsCredentialProvider;
  readonly clock: Clock;
  readonly random: () => number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Reads and checks everything once. Throws `INVALID_CONFIGURATION`, naming what is wrong.
 *
 * @internal
 */
export function settingsOf(options: ReaderOptions): Settings {
  const env = options.env ?? process.env;
  /** The option, or the variable; each with the name under which it was given. */
  const given = <T>(
    option: keyof ReaderOptions,
    variable: string,
  ): [T | string | undefined, string] =>
    options[option] !== undefined
      ? [options[option] as T, option]
      : [env[variable] === '' ? undefined : env[variable], variable];

  const text = (option: keyof ReaderOptions, variable: string): string | undefined => {
    const [value, label] = given<string>(option, variable);
    if (value !== undefined && (typeof value !== 'string' || value === '' || value.length > 2048)) {
      throw invalid(label, 'a text of 1 to 2048 characters');
    }
    return value;
  };
  const duration = (
    option: keyof ReaderOptions,
    variable: string,
    otherwise: number,
    least: string,
    most: string,
  ): number => {
    const [value, label] = given<number>(option, variable);
    const ms = value === undefined ? otherwise : durationOf(value);
    if (ms === undefined || ms < (durationOf(least) ?? 0) || ms > (durationOf(most) ?? 0)) {
      throw invalid(label, `a duration from ${least} to ${most}, such as 500ms, 30s or 15m`);
    }
    return ms;
  };
  const nearSize = (): number => {
    const [value, label] = given<number>('nearSize', 'KEEPWARM_NEAR_SIZE');
    const size = value === undefined ? 10_000 : wholeNumber(value);
    if (size === undefined || size < 1 || size > 10_000_000) {
      throw invalid(label, 'a whole number from 1 to 10000000');
    }
    return size;
  };
  const onMiss = (): OnMiss => {
    const [value, label] = given<OnMiss>('onMiss', 'KEEPWARM_ON_MISS');
    if (value !== undefined && value !== 'resolve' && value !== 'wait' && value !== 'fail') {
      throw invalid(label, 'one of resolve, wait, fail');
    }
    return value ?? 'resolve';
  };
  const region = text('region', 'AWS_REGION') ?? text('region', 'AWS_DEFAULT_REGION');
  if (region === undefined || !/^[a-z0-9-]{1,64}$/.test(region)) {
    throw invalid('AWS_REGION', 'the name of a Region, such as eu-central-1');
  }
  const endpoint = (service: keyof Endpoints, host: string): URL => {
    const suffix = service.toUpperCase();
    const [value, label] = options.endpoints?.[service]
      ? [options.endpoints[service], `endpoints.${service}`]
      : env[`AWS_ENDPOINT_URL_${suffix}`]
        ? [env[`AWS_ENDPOINT_URL_${suffix}`], `AWS_ENDPOINT_URL_${suffix}`]
        : [env.AWS_ENDPOINT_URL || undefined, 'AWS_ENDPOINT_URL'];
    const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    const address = value ?? `https://${host}.${region}.${domain}`;
    if (!URL.canParse(address) || !/^https?:/i.test(address)) {
      throw invalid(label, 'an http or https address');
    }
    return new URL(address);
  };

  return {
    cacheTable: text('cacheTable', 'KEEPWARM_CACHE_TABLE') ?? 'keepwarm-cache',
    kmsKey: text('kmsKey', 'KEEPWARM_KMS_KEY') ?? 'alias/keepwarm',
    resolver: text('resolver', 'KEEPWARM_RESOLVER') ?? 'keepwarm-resolver',
    bus: text('bus', 'KEEPWARM_BUS') ?? 'keepwarm',
    nearTtl: duration('nearTtl', 'KEEPWARM_NEAR_TTL', 30 * SECOND, '0', '1h'),
    nearSize: nearSize(),
    dataKeyTtl: duration('dataKeyTtl', 'KEEPWARM_DATA_KEY_TTL', 15 * MINUTE, '0', '24h'),
    deadline: duration('deadline', 'KEEPWARM_DEADLINE', 2 * SECOND, '1ms', '15m'),
    onMiss: onMiss(),
    region,
    endpoints: {
      dynamodb: endpoint('dynamodb', 'dynamodb'),
      kms: endpoint('kms', 'kms'),
      lambda: endpoint('lambda', 'lambda'),
      eventbridge: endpoint('eventbridge', 'events'),
    },
    credentials: options.credentials ?? (() => credentialsOf(env)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

async function credentialsOf(env: NonNullable<ReaderOptions['env']>): Promise<AwsCredentials> {
  const accessKeyId = env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY;
  if (!accessKeyId || !secretAccessKey) {
    throw new KeepwarmError('DENIED', 'no AWS credentials in the environment');
  }
  return { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN || undefined };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };
const ISO =
  /^P(?=.)(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?$/i;

/**
 * Milliseconds; undefined if it is no duration.
 *
 * @internal
 */
export function durationOf(value: number | string): number | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) && value >= 0 ? value : undefined;
  }
  if (value === '0') {
    return 0;
  }
  const short = /^(\d{1,9})(ms|s|m|h|d)$/.exec(value);
  if (short) {
    return Number(short[1]) * (UNITS[short[2] ?? ''] ?? Number.NaN);
  }
  const iso = ISO.exec(value);
  return iso
    ? [DAY, HOUR, MINUTE, SECOND].reduce((sum, unit, i) => sum + unit * Number(iso[i + 1] ?? 0), 0)
    : undefined;
}

function wholeNumber(value: number | string): number | undefined {
  const number = typeof value === 'string' ? (/^\d{1,9}$/.test(value) ? Number(value) : -1) : value;
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function invalid(label: string, allowed: string): KeepwarmError {
  // The value itself is not repeated: it may be anything, a misplaced secret too.
  return new KeepwarmError('INVALID_CONFIGURATION', `${label}: allowed is ${allowed}`);
}
