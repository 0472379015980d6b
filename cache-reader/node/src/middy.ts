import type { Credential, CredentialId, Reader, ReaderOptions } from './index.js';
import { createReader, KeepwarmError } from './index.js';

/** The part of middy's request that this middleware needs. Middy's own type is compatible. */
export interface MiddyRequest<E = unknown> {
  event: E;
  context: object;
  internal: Record<string, unknown>;
}

/** The id of a credential, or a function that returns it for a request. */
export type Fetch<E = unknown> =
  | CredentialId
  | ((request: MiddyRequest<E>) => CredentialId | PromiseLike<CredentialId>);

/** Options in middy's style; the reader's own options configure its reader. */
export interface KeepwarmMiddlewareOptions<
  // biome-ignore lint/suspicious/noExplicitAny: as in middy's own types, what the handler says counts
  E = any,
  K extends string = string,
  S extends boolean = boolean,
> extends ReaderOptions {
  /** The credentials to fetch, and the key of `request.internal` for each. */
  readonly fetchData: Readonly<Record<K, Fetch<E>>>;
  /** Whether to set them in the handler's `context` too. */
  readonly setToContext?: S | undefined;
  /** Disables prefetching while the function initialises. */
  readonly disablePrefetch?: boolean | undefined;
  /** The reader to use, which is yours to close. By default one is made. */
  readonly reader?: Reader | undefined;
}

/** The part of Lambda's context that middy's types require. */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  getRemainingTimeInMillis(): number;
  done(error?: Error, result?: unknown): void;
  fail(error: Error | string): void;
  // biome-ignore lint/suspicious/noExplicitAny: as Lambda's own type has it
  succeed(messageOrObject: any, object?: any): void;
}

/** The middleware: fetches a request's credentials before its handler runs. */
export interface KeepwarmMiddleware<
  // biome-ignore lint/suspicious/noExplicitAny: as in middy's own types, what the handler says counts
  E = any,
  K extends string = string,
  S extends boolean = boolean,
> {
  readonly before: (request: {
    event: E;
    context: LambdaContext & (S extends true ? { [P in K]: Credential } : unknown);
    // biome-ignore lint/suspicious/noExplicitAny: as in middy's own types
    response: any;
    // biome-ignore lint/suspicious/noExplicitAny: as in middy's own types
    earlyResponse?: any;
    error: Error | null;
    internal: { [P in K]: Credential };
  }) => Promise<void>;
}

/** Makes the middleware for middy. */
export function keepwarm<
  // biome-ignore lint/suspicious/noExplicitAny: as in middy's own types, what the handler says counts
  E = any,
  const K extends string = string,
  const S extends boolean = false,
>(options: KeepwarmMiddlewareOptions<E, K, S>): KeepwarmMiddleware<E, K, S> {
  const { fetchData, setToContext, disablePrefetch, reader: given, ...others } = options ?? {};
  if (typeof fetchData !== 'object' || fetchData === null) {
    const allowed = 'the ids of credentials, or functions that return them, by key';
    throw new KeepwarmError('INVALID_CONFIGURATION', `fetchData: must be ${allowed}`);
  }
  const reader = given ?? createReader(others);
  const fetches = Object.entries<Fetch<E>>(fetchData);
  if (disablePrefetch !== true) {
    for (const [, id] of fetches) {
      if (typeof id !== 'function') {
        // Only a head start: the request asks again, and is told of the failure.
        reader.get(id).catch(() => {});
      }
    }
  }
  return {
    before: async (request) => {
      const fetched: Record<string, Credential> = {};
      await Promise.all(
        fetches.map(async ([key, fetch]) => {
          fetched[key] = await reader.get(
            typeof fetch === 'function' ? await fetch(request) : fetch,
          );
        }),
      );
      Object.assign(request.internal, fetched);
      if (setToContext === true) {
        Object.assign(request.context, fetched);
      }
    },
  };
}

export default keepwarm;
