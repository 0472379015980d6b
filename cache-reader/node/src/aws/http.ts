import * as http from 'node:http';
import * as https from 'node:https';
import type { Clock } from '../clock.js';
import { AwsError } from './errors.js';

export interface HttpRequest {
  readonly url: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long this one attempt may take, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** More than any answer that this package asks for: Lambda's are 6 MB at most. */
const MAX_BODY = 8 * 1024 * 1024;

/** A connection idle for longer is not used again: a frozen process cannot see it closed. */
const MAX_IDLE = 20_000;

/** Sends single requests over connections that it keeps. */
export class Http {
  readonly #clock: Clock;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };
  #lastUsed = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The whole answer, whatever its status.
   *
   * @throws AwsError with status 0 if there is none: `STALE` if a kept connection turned out to
   *   be dead, `TIMEOUT` after `timeout`; or the signal's reason
   */
  send(request: HttpRequest): Promise<HttpResponse> {
    const now = this.#clock.elapsed();
    if (now - this.#lastUsed > MAX_IDLE) {
      this.dropIdle();
    }
    this.#lastUsed = now;
    return new Promise((resolve, reject) => {
      request.signal.throwIfAborted();
      const secure = request.url.protocol === 'https:';
      const sent = (secure ? https : http).request({
        agent: this.#agents[secure ? 'https:' : 'http:'],
        method: 'POST',
        host: request.url.hostname.replace(/^\[|\]$/g, ''),
        port: request.url.port || (secure ? 443 : 80),
        path: request.path,
        headers: { ...request.headers, 'content-length': Buffer.byteLength(request.body) },
      });
      let stopped: unknown;
      const stop = (reason: unknown) => {
        stopped ??= reason;
        sent.destroy();
      };
      const onAbort = () => stop(request.signal.reason);
      request.signal.addEventListener('abort', onAbort);
      const cancel = this.#clock.after(request.timeout, () =>
        stop(new AwsError('TIMEOUT', 0, `no answer within ${request.timeout} ms`)),
      );
      const fail = (error: NodeJS.ErrnoException) => {
        const code = sent.reusedSocket && isReset(error) ? 'STALE' : (error.code ?? error.name);
        reject(stopped ?? new AwsError(code, 0, error.message));
      };
      sent.on('error', fail);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        // An answer that breaks off says so here, not in the request's own error.
        response.on('error', fail);
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_BODY) {
            stop(new AwsError('TOO_LARGE', 0, `an answer of more than ${MAX_BODY} bytes`));
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
      sent.on('close', () => {
        cancel();
        request.signal.removeEventListener('abort', onAbort);
      });
      sent.end(request.body);
    });
  }

  /** Closes the connections that no request is using. */
  dropIdle(): void {
    for (const agent of Object.values(this.#agents)) {
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of sockets ?? []) {
          socket.destroy();
        }
      }
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) {
      agent.destroy();
    }
  }
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
