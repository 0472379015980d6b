import * as http from 'node:http';
import * as https from 'node:https';
import type { Clock, Signal } from '../clock.js';
import { AwsError } from './errors.js';

export interface HttpRequest {
  readonly url: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long this one attempt may take, in milliseconds. */
  readonly timeout: number;
  readonly signal: Signal;
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
export interface Http {
  /**
   * The whole answer, whatever its status.
   *
   * @throws AwsError with status 0 if there is none: `STALE` if a kept connection turned out to
   *   be dead, `TIMEOUT` after `timeout`; or the signal's reason
   */
  send(request: HttpRequest): Promise<HttpResponse>;

  /** Closes the connections that no request is using. */
  dropIdle(): void;

  close(): void;
}

export function keptConnections(clock: Clock): Http {
  const plain = new http.Agent({ keepAlive: true });
  const secure = new https.Agent({ keepAlive: true });
  let lastUsed = 0;

  const dropIdle = (): void => {
    for (const agent of [plain, secure]) {
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of sockets ?? []) {
          socket.destroy();
        }
      }
    }
  };

  const send: Http['send'] = ({ url, path, headers, body, timeout, signal }) => {
    const now = clock.elapsed();
    if (now - lastUsed > MAX_IDLE) {
      dropIdle();
    }
    lastUsed = now;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const isSecure = url.protocol === 'https:';
      const request = (isSecure ? https : http).request({
        agent: isSecure ? secure : plain,
        method: 'POST',
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || (isSecure ? 443 : 80),
        path,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
      let stopped: unknown;
      const stop = (reason: unknown) => {
        stopped ??= reason;
        request.destroy();
      };
      const heeded = signal.onAbort(() => stop(signal.reason));
      const cancel = clock.after(timeout, () =>
        stop(new AwsError('TIMEOUT', 0, `no answer within ${timeout} ms`)),
      );
      const fail = (error: NodeJS.ErrnoException) => {
        const code = request.reusedSocket && isReset(error) ? 'STALE' : (error.code ?? error.name);
        reject(stopped ?? new AwsError(code, 0, error.message));
      };
      request.on('error', fail);
      request.on('response', (response) => {
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
      request.on('close', () => {
        cancel();
        heeded();
      });
      request.end(body);
    });
  };

  const close = (): void => {
    plain.destroy();
    secure.destroy();
  };

  return { send, dropIdle, close };
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
