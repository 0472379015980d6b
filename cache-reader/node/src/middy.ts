import type { Credential, CredentialId, Reader, ReaderOptions } from './index.js';
import { createReader, KeepwarmError } from './index.js';

/** The part of middy's request that this middleware needs. Middy's own type is compatible. */
export interface MiddyRequest<E = unknown> {
  /** What the function was invoked with. */
  event: E;
  /** Lambda's context, to which `setToContext` adds the credentials. */
  context: object;
  /** Where middlewares store the data that they fetch. */
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
  /** The reader to use; you have to close it. By default the middleware creates one. */
  readonly reader?: Reader | undefined;
}

/** The part of Lambda's context that middy's types require. */
export interface LambdaContext {
  /** Whether a response by callback waits until the event loop is empty. */
  callbackWaitsForEmptyEventLoop: boolean;
  /** The function's name. */
  functionName: string;
  /** The function's version. */
  functionVersion: string;
  /** The ARN that was invoked; it may have an alias. */
  invokedFunctionArn: string;
  /** The function's memory in MB. */
  memoryLimitInMB: string;
  /** The id of this invocation. */
  awsRequestId: string;
  /** The function's log group. */
  logGroupName: string;
  /** The log stream of this environment. */
  logStreamName: string;
  /** The time until the function times out, in milliseconds. */
  getRemainingTimeInMillis(): number;
  /** From old runtimes: ends the invocation, with an error if there is one. */
  done(error?: Error, result?: unknown): void;
  /** From old runtimes: ends the invocation with an error. */
  fail(error: Error | string): void;
  /** From old runtimes: ends the invocation with a result. */
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
  /** Middy calls it before the handler. */
  readonly before: (request: {
    /** What the function was invoked with. */
    event: E;
    /** Lambda's context; with `setToContext` it has the credentials. */
    context: LambdaContext & (S extends true ? { [P in K]: Credential } : unknown);
    /** The handler's response. */
    // biome-ignore lint/suspicious/noExplicitAny: as in middy's own types
    response: any;
    /** A response that prevents the handler from running. */
    // biome-ignore lint/suspicious/noExplicitAny: as in middy's own types
    earlyResponse?: any;
    /** The error that the handler or another middleware has thrown. */
    error: Error | null;
    /** Where the credentials are, by the keys of `fetchData`. */
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
        // Only a head start: the request reads again, and gets the error then.
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
