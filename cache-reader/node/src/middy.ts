import type { Reader } from './api.js';
import type { Credential } from './credential.js';
import type { CredentialId } from './id.js';
import { createReader } from './index.js';
import type { ReaderOptions } from './settings.js';

/** As much of middy's request as this needs; middy's own type fits. */
export interface MiddyRequest {
  event: unknown;
  context: object;
  internal: Record<string, unknown>;
}

/** The id of a credential, or how to tell it from the request. */
export type Fetch<R extends MiddyRequest = MiddyRequest> =
  | CredentialId
  | ((request: R) => CredentialId | PromiseLike<CredentialId>);

/** Options in middy's manner; what is not named here makes the reader. */
export interface KeepwarmMiddlewareOptions<K extends string = string> extends ReaderOptions {
  /** Which credentials to fetch, and under which key of `request.internal` to put each. */
  readonly fetchData: Readonly<Record<K, Fetch>>;
  /** Whether to put them in the handler's `context` too. */
  readonly setToContext?: boolean | undefined;
  /** Whether not to begin, while the function starts, to fetch what does not depend on a request. */
  readonly disablePrefetch?: boolean | undefined;
  /** The reader to use; the caller's to close. By default one is made. */
  readonly reader?: Reader | undefined;
}

/** The middleware: hands a request's credentials to it before its handler runs. */
export interface KeepwarmMiddleware {
  readonly before: (request: MiddyRequest) => Promise<void>;
}

/** Middy's middleware of this package. */
export function keepwarm<K extends string>(
  options: KeepwarmMiddlewareOptions<K>,
): KeepwarmMiddleware {
  const reader = options.reader ?? createReader(options);
  const fetches = Object.entries<Fetch>(options.fetchData);
  if (options.disablePrefetch !== true) {
    for (const [, id] of fetches) {
      if (typeof id !== 'function') {
        // Only a head start: the request asks again, and is told of the failure.
        reader.get(id.tenant, id.name).catch(() => {});
      }
    }
  }
  return {
    before: async (request) => {
      const fetched: Record<string, Credential> = {};
      await Promise.all(
        fetches.map(async ([key, fetch]) => {
          const { tenant, name } = typeof fetch === 'function' ? await fetch(request) : fetch;
          fetched[key] = await reader.get(tenant, name);
        }),
      );
      Object.assign(request.internal, fetched);
      if (options.setToContext === true) {
        Object.assign(request.context, fetched);
      }
    },
  };
}

export default keepwarm;
