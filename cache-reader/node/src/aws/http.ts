import http from 'node:http';
import https from 'node:https';
import { type Clock, type Moment, momentOf, type Signal, since } from '../clock.js';
import { addressOf } from './address.js';
import { type Connections, plainConnections, secureConnections } from './connections.js';
import { AwsError } from './errors.js';
import { isProxied, type ProxySettings } from './proxy.js';

export interface HttpRequest {
  readonly url: URL;
  readonly path: string;
  /** Called when the request is sent, which may be later. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly body: string;
  /** How long this one attempt may take once it is sent, in milliseconds. */
  readonly timeout: number;
  readonly signal: Signal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpOptions {
  readonly clock: Clock;
  /** How many connections to one host there are at most; further requests wait for one. */
  readonly maxSockets: number;
  /** How long connecting to a proxy may take, in milliseconds. */
  readonly attemptTimeout: number;
  /** An agent that connects to all hosts, if given. It is not closed with this. */
  readonly agent?: http.Agent | undefined;
  readonly proxy?: ProxySettings | undefined;
}

/** More than any response to this package: those of Lambda have at most 6 MB. */
const MAX_BODY = 8 * 1024 * 1024;

/** A connection idle for longer is not used again: a frozen process cannot see it closed. */
const MAX_IDLE = 20_000;

/** Sends single requests over connections that it keeps. */
export interface Http {
  /**
   * Returns the whole response, whatever its status.
   *
   * @throws AwsError with status 0 if there is none: `TIMEOUT` after `timeout`; stale if the failure says
   * nothing about the host, for example because a kept connection was dead; or the signal's reason
   */
  send(request: HttpRequest): Promise<HttpResponse>;

  /**
   * Opens a connection to a host, unless there is one, for the next request to it. A failure is not
   * reported. Does nothing if an agent was given.
   */
  connect(url: URL): void;

  /** Closes the connections that no request is using. */
  dropIdle(): void;

  close(): void;
}

export function keptConnections(options: HttpOptions): Http {
  const { clock, maxSockets, attemptTimeout, agent: given, proxy } = options;
  const plain = plainConnections(clock);
  const secure = secureConnections(clock, undefined, attemptTimeout);
  const proxied = proxy && secureConnections(clock, proxy, attemptTimeout);
  const own = given === undefined ? [plain, secure, ...(proxied ? [proxied] : [])] : [];
  const agents = given === undefined ? own.map(({ agent }) => agent) : [given];
  const places = new Map<string, Places>();
  const idleFrom = new WeakMap<object, Moment>();
  const freed = (socket: object): void => {
    idleFrom.set(socket, momentOf(clock));
  };
  for (const agent of agents) {
    agent.on('free', freed);
  }

  const connectionsOf = (url: URL): Connections => {
    const isSecure = url.protocol === 'https:';
    return proxied && isSecure && isProxied(proxy, url) ? proxied : isSecure ? secure : plain;
  };

  const dropIdle = (least = 0): void => {
    for (const one of own) {
      one.dropUnused(least);
    }
    for (const agent of agents) {
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of sockets ?? []) {
          const from = idleFrom.get(socket);
          if (from === undefined || since(clock, from) >= least) {
            socket.destroy();
          }
        }
      }
    }
  };

  const send: Http['send'] = async (request) => {
    const { host } = request.url;
    const atHost = places.get(host) ?? new Places(maxSockets);
    places.set(host, atHost);
    await atHost.enter(request.signal);
    return exchange(request, () => atHost.leave());
  };

  const exchange = (
    { url, path, headers, body, timeout, signal }: HttpRequest,
    ended: () => void,
  ): Promise<HttpResponse> =>
    new Promise((resolve, reject) => {
      let isOver = false;
      let cancel = (): void => {};
      let heeded = (): void => {};
      const over = (): void => {
        if (!isOver) {
          isOver = true;
          cancel();
          heeded();
          ended();
        }
      };
      let request: http.ClientRequest;
      try {
        signal.throwIfAborted();
        dropIdle(MAX_IDLE);
        const isSecure = url.protocol === 'https:';
        request = (isSecure ? https : http).request({
          agent: given ?? connectionsOf(url).agent,
          method: 'POST',
          ...addressOf(url),
          path,
          headers: { ...headers(), 'content-length': Buffer.byteLength(body) },
        });
      } catch (error) {
        over();
        throw error;
      }
      const stop = (reason: unknown) => {
        reject(reason);
        request.destroy();
        // A request that has no connection yet does not emit `close`.
        over();
      };
      heeded = signal.onAbort(() => stop(signal.reason));
      /** Whether its connection may have died before the request was sent. */
      const isKept = () => request.reusedSocket || own.some((one) => one.wasAhead(request.socket));
      const begun = momentOf(clock);
      cancel = clock.after(timeout, () => {
        const isLate = since(clock, begun) > 1.5 * timeout;
        const what = `no answer within ${timeout} ms`;
        stop(new AwsError('TIMEOUT', 0, what, isLate || isKept()));
      });
      const fail = (error: NodeJS.ErrnoException) =>
        reject(
          new AwsError(error.code ?? error.name, 0, error.message, isReset(error) && isKept()),
        );
      request.on('error', fail);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        // A response that breaks off emits its error here, not on the request.
        response.on('error', fail);
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_BODY) {
            stop(new AwsError('TOO_LARGE', 0, `the response has more than ${MAX_BODY} bytes`));
          }
          chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      });
      request.on('close', over);
      request.end(body);
    });

  const close = (): void => {
    for (const one of own) {
      one.close();
    }
    given?.off('free', freed);
  };

  const connect = (url: URL): void => {
    if (given === undefined) {
      dropIdle(MAX_IDLE);
      connectionsOf(url).connect(url);
    }
  };

  return { send, connect, dropIdle, close };
}

/** Limits the number of concurrent requests; others wait in the order in which they came. */
class Places {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(free: number) {
    this.#free = free;
  }

  enter(signal: Signal): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const enter = (): void => {
        heeded();
        resolve();
      };
      const heeded = signal.onAbort(() => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      });
      this.#waiting.add(enter);
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
