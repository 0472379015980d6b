import { Agent } from 'node:http';
import { containerCredentials } from './aws/container.js';
import { hostOf, type Service } from './aws/endpoints.js';
import type { ProxySettings } from './aws/proxy.js';
import { CheckedClock, type Clock, systemClock } from './clock.js';
import { KeepwarmError } from './errors.js';

/** AWS credentials. */
export interface AwsCredentials {
  /** The id of the access key, such as `AKIA…`. */
  readonly accessKeyId: string;
  /** The key that requests are signed with. */
  readonly secretAccessKey: string;
  /** The token of temporary credentials. */
  readonly sessionToken?: string | undefined;
  /** When they expire. A provider is asked again a minute before. */
  readonly expiration?: Date | undefined;
}

/** A provider of AWS credentials, such as any of the AWS SDK for JavaScript v3. */
export type AwsCredentialProvider = () => Promise<AwsCredentials>;

/** What the reader does if the cache table has no usable entry. */
export type OnMiss =
  /** Ask the decryptor, and wait for its response. */
  | 'resolve'
  /** Poll the table until the entry is there or the deadline passes. */
  | 'wait'
  /** Reject with `UNAVAILABLE` at once. */
  | 'fail';

/** A duration: milliseconds, or a string such as `500ms`, `30s`, `15m`, `2h`, `1d` or `PT15M`. */
export type Duration = number | string;

/** The addresses of the services, if they differ from those of AWS. */
export interface Endpoints {
  /** Where the cache table is: an http or https address, perhaps with a path. */
  readonly dynamodb?: string | undefined;
  /** Where the KMS key is. */
  readonly kms?: string | undefined;
  /** Where the resolving function is. */
  readonly lambda?: string | undefined;
  /** Where the event bus is. */
  readonly eventbridge?: string | undefined;
}

/** A logger. It never receives a credential or a key, and its exceptions are ignored. */
export interface ReaderLogger {
  /** A request to AWS ended. */
  debug?(message: string, details: Readonly<Record<string, unknown>>): void;
  /** A request to AWS failed. The reader may retry it. */
  warn?(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** Options of a reader. The default of each is the environment variable that its comment names. */
export interface ReaderOptions {
  /** The cache table's name: `KEEPWARM_CACHE_TABLE`, by default `keepwarm-cache`. */
  readonly cacheTable?: string | undefined;
  /**
   * Id, ARN or alias of the KMS key: `KEEPWARM_KMS_KEY`, by default `alias/keepwarm`. Several keys are
   * separated by commas, the current one first; entries under the others can be opened, too.
   */
  readonly kmsKey?: string | undefined;
  /** Name or ARN of the resolving function: `KEEPWARM_RESOLVER`, by default `keepwarm-resolver`. */
  readonly resolver?: string | undefined;
  /** Name or ARN of the event bus: `KEEPWARM_BUS`, by default `keepwarm`. */
  readonly bus?: string | undefined;
  /**
   * How long a credential is served without reading the table again: `KEEPWARM_NEAR_TTL`, by default
   * 30 s.
   */
  readonly nearTtl?: Duration | undefined;
  /**
   * The maximum number of credentials in the near cache: `KEEPWARM_NEAR_SIZE`, by default 10,000.
   */
  readonly nearSize?: number | undefined;
  /** The maximum number of their bytes: `KEEPWARM_NEAR_BYTES`, by default 64 MiB. */
  readonly nearBytes?: number | undefined;
  /** How long an unwrapped data key is kept: `KEEPWARM_DATA_KEY_TTL`, by default 15 min. */
  readonly dataKeyTtl?: Duration | undefined;
  /** How long one call may take: `KEEPWARM_DEADLINE`, by default 2 s. */
  readonly deadline?: Duration | undefined;
  /**
   * How long one request to DynamoDB, KMS or EventBridge may take before it is sent again:
   * `KEEPWARM_ATTEMPT_TIMEOUT`, by default half of the deadline.
   */
  readonly attemptTimeout?: Duration | undefined;
  /** The maximum number of connections to one host: `KEEPWARM_MAX_SOCKETS`, by default 50. */
  readonly maxSockets?: number | undefined;
  /**
   * Whether to connect early: to DynamoDB and KMS when the reader is created, and to KMS while it reads
   * an entry whose data key it may need: `KEEPWARM_PRECONNECT`, by default `true` in a Lambda function
   * and `false` elsewhere. It has no effect with an `agent`.
   */
  readonly preconnect?: boolean | undefined;
  /** What to do on a miss: `KEEPWARM_ON_MISS`, by default `resolve`. */
  readonly onMiss?: OnMiss | undefined;
  /** The Region: `AWS_REGION`. */
  readonly region?: string | undefined;
  /**
   * The addresses of the services: `AWS_ENDPOINT_URL_DYNAMODB`, `_KMS`, `_LAMBDA`, `_EVENTBRIDGE`, or
   * `AWS_ENDPOINT_URL` for all, unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true. AWS's own
   * addresses follow `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`.
   */
  readonly endpoints?: Endpoints | undefined;
  /**
   * AWS credentials: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, or those of
   * the container (ECS, EKS Pod Identity).
   */
  readonly credentials?: AwsCredentials | AwsCredentialProvider | undefined;
  /**
   * An `Agent` of `node:http` or `node:https` that connects to all services. The reader does not destroy
   * it. By default the reader uses `HTTPS_PROXY` and `NO_PROXY`.
   */
  readonly agent?: object | undefined;
  /** A logger of requests and failures, for example `console`. */
  readonly logger?: ReaderLogger | undefined;
  /** The clock, for tests. */
  readonly clock?: Clock | undefined;
  /** Random numbers from 0 to below 1 for the jitter of retries, for tests. */
  readonly random?: (() => number) | undefined;
  /** The environment, by default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** @internal The settings of a reader's behaviour. */
export interface ReaderSettings {
  readonly cacheTable: string;
  readonly nearTtl: number;
  readonly nearSize: number;
  readonly nearBytes: number;
  readonly dataKeyTtl: number;
  readonly deadline: number;
  readonly onMiss: OnMiss;
}

/** @internal */
interface Names {
  readonly kmsKey: string;
  readonly resolver: string;
  readonly bus: string;
}

/** @internal */
export interface Settings extends ReaderSettings, Names {
  readonly region: string;
  readonly endpoints: Required<{ [K in keyof Endpoints]: URL }>;
  readonly credentials: AwsCredentials | AwsCredentialProvider;
  readonly attemptTimeout: number;
  readonly maxSockets: number;
  readonly preconnect: boolean;
  readonly agent: Agent | undefined;
  readonly proxy: ProxySettings | undefined;
  readonly logger: ReaderLogger | undefined;
  readonly env: NonNullable<ReaderOptions['env']>;
  readonly clock: CheckedClock;
  readonly random: () => number;
}

/**
 * Reads and checks everything once. Throws `INVALID_CONFIGURATION`, which names the option or
 * variable.
 *
 * @internal
 */
export function settingsOf(options: ReaderOptions): Settings {
  checkNames(options, OPTIONS);
  const env = options.env ?? process.env;

  /** The option, for example `nearTtl`, or else its variable, `KEEPWARM_NEAR_TTL`, or else `otherwise`. */
  const setting = <T>(
    option: keyof ReaderSettings | keyof Names | 'attemptTimeout' | 'maxSockets' | 'preconnect',
    otherwise: T,
    [parse, allowed]: Form<T>,
  ): T => {
    const variable = `KEEPWARM_${option.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
    const value = options[option] ?? (env[variable] || undefined);
    if (value === undefined) {
      return otherwise;
    }
    return parse(value) ?? invalid(options[option] === undefined ? variable : option, allowed);
  };

  const region = options.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || '');
  if (!/^[a-z0-9-]{1,64}$/.test(region)) {
    invalid(
      options.region === undefined ? 'AWS_REGION' : 'region',
      'the name of a Region, such as eu-central-1',
    );
  }

  const ignored = flag('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', env);
  const [fips, dual] = ['FIPS', 'DUALSTACK'].map((what) => flag(`AWS_USE_${what}_ENDPOINT`, env));
  if (options.endpoints !== undefined) {
    checkNames(options.endpoints, ENDPOINTS, 'endpoints.');
  }
  const endpoint = (name: keyof Endpoints, service: Service): URL => {
    const variable = `AWS_ENDPOINT_URL_${name.toUpperCase()}`;
    const given = options.endpoints?.[name];
    const common = ignored ? '' : env.AWS_ENDPOINT_URL;
    const own = ignored ? '' : env[variable];
    const address =
      given ??
      (own || common || `https://${hostOf(service, region, fips === true, dual === true)}`);
    const label = given !== undefined ? `endpoints.${name}` : own ? variable : 'AWS_ENDPOINT_URL';
    return urlOf(address) ?? invalid(label, ADDRESS);
  };
  const proxy = env.HTTPS_PROXY || env.https_proxy;
  const deadline = setting('deadline', 2000, duration('1ms', '15m'));

  return {
    cacheTable: setting('cacheTable', 'keepwarm-cache', TEXT),
    kmsKey: setting('kmsKey', 'alias/keepwarm', KEYS),
    resolver: setting('resolver', 'keepwarm-resolver', TEXT),
    bus: setting('bus', 'keepwarm', TEXT),
    nearTtl: setting('nearTtl', 30_000, duration('0', '1h')),
    nearSize: setting('nearSize', 10_000, wholeUpTo(10_000_000)),
    nearBytes: setting('nearBytes', 64 * 1024 * 1024, wholeUpTo(2 ** 40)),
    dataKeyTtl: setting('dataKeyTtl', 900_000, duration('0', '24h')),
    deadline,
    attemptTimeout: setting('attemptTimeout', deadline / 2, duration('1ms', '15m')),
    maxSockets: setting('maxSockets', 50, wholeUpTo(10_000)),
    // Outside Lambda, a reader may be made long before it is used, or never be used.
    preconnect: setting('preconnect', Boolean(env.AWS_LAMBDA_FUNCTION_NAME), BOOLEAN),
    onMiss: setting<OnMiss>('onMiss', 'resolve', ON_MISS),
    region,
    endpoints: {
      dynamodb: endpoint('dynamodb', 'dynamodb'),
      kms: endpoint('kms', 'kms'),
      lambda: endpoint('lambda', 'lambda'),
      eventbridge: endpoint('eventbridge', 'events'),
    },
    credentials: options.credentials ?? (() => credentialsOf(env)),
    agent:
      options.agent === undefined || options.agent instanceof Agent
        ? options.agent
        : invalid('agent', 'an Agent of node:http or node:https'),
    proxy: proxy
      ? {
          url: urlOf(proxy) ?? invalid('HTTPS_PROXY', ADDRESS),
          except: (env.NO_PROXY || env.no_proxy || '').split(/[\s,]+/).filter(Boolean),
        }
      : undefined,
    logger: options.logger,
    env,
    clock: new CheckedClock(options.clock ?? systemClock),
    random: options.random ?? Math.random,
  };
}

const OPTIONS = (
  'cacheTable kmsKey resolver bus nearTtl nearSize nearBytes dataKeyTtl deadline attemptTimeout ' +
  'maxSockets preconnect onMiss region endpoints credentials agent logger clock random env'
).split(' ');

const ENDPOINTS = ['dynamodb', 'kms', 'lambda', 'eventbridge'];

/**
 * Refuses anything but an object with these options: a misspelled option would be ignored silently.
 *
 * @internal
 */
export function checkNames(options: unknown, names: readonly string[], prefix = ''): void {
  if (typeof options !== 'object' || options === null) {
    invalid(prefix ? prefix.slice(0, -1) : 'options', `an object of ${names.join(', ')}`);
  }
  const wrong = Object.keys(options).find((name) => !names.includes(name));
  if (wrong !== undefined) {
    invalid(`${prefix}${wrong.slice(0, 40)}`, `one of the options ${names.join(', ')}`);
  }
}

const ADDRESS = 'an http or https address';

function urlOf(address: string): URL | undefined {
  return /^https?:/i.test(address) && URL.canParse(address) ? new URL(address) : undefined;
}

function flag(variable: string, env: NonNullable<ReaderOptions['env']>): boolean {
  const value = (env[variable] || 'false').toLowerCase();
  return ['true', 'false'].includes(value) ? value === 'true' : invalid(variable, 'true or false');
}

/** Reads a setting (undefined if it is invalid), and says what is allowed. */
type Form<T> = readonly [(value: string | number | boolean) => T | undefined, string];

const TEXT: Form<string> = [
  (value) =>
    typeof value === 'string' && value !== '' && value.length <= 2048 ? value : undefined,
  'a string of 1 to 2048 characters',
];

const KEYS: Form<string> = [
  (value) => (/^[^\s,]{1,512}(,[^\s,]{1,512}){0,9}$/.test(`${value}`) ? `${value}` : undefined),
  'an id, ARN or alias, or up to 10 of them separated by commas',
];

function wholeUpTo(most: number): Form<number> {
  return [
    (value) => {
      const number = /^\d{1,15}$/.test(`${value}`) ? Number(value) : 0;
      return number >= 1 && number <= most ? number : undefined;
    },
    `a whole number from 1 to ${most}`,
  ];
}

const BOOLEAN: Form<boolean> = [
  (value) => ({ true: true, false: false })[`${value}`.toLowerCase()],
  'true or false',
];

const ON_MISS: Form<OnMiss> = [
  (value) => (['resolve', 'wait', 'fail'] as const).find((one) => one === value),
  'one of resolve, wait, fail',
];

function duration(least: string, most: string): Form<number> {
  return [
    (value) => {
      const ms = typeof value === 'boolean' ? -1 : (durationOf(value) ?? -1);
      return ms >= Number(durationOf(least)) && ms <= Number(durationOf(most)) ? ms : undefined;
    },
    `a duration from ${least} to ${most}, such as 500ms, 30s or 15m`,
  ];
}

const ISO =
  /^P(?=.)(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?$/i;

/**
 * Milliseconds; undefined if it is not a duration.
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
  const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const short = /^(\d{1,9})(ms|[smhd])$/.exec(value);
  if (short) {
    return Number(short[1]) * units[short[2] as keyof typeof units];
  }
  const iso = ISO.exec(value);
  return iso
    ? Object.values(units).reduce((sum, unit, i) => sum + unit * Number(iso[i + 1] ?? 0), 0)
    : undefined;
}

async function credentialsOf(env: NonNullable<ReaderOptions['env']>): Promise<AwsCredentials> {
  const accessKeyId = env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY;
  if (!accessKeyId || !secretAccessKey) {
    const container = await containerCredentials(env);
    if (container === undefined) {
      throw new KeepwarmError('DENIED', 'no AWS credentials in the environment');
    }
    return container;
  }
  return { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN || undefined };
}

function invalid(label: string, allowed: string): never {
  // The value itself is not repeated: it may be a misplaced secret.
  throw new KeepwarmError('INVALID_CONFIGURATION', `${label}: must be ${allowed}`);
}
