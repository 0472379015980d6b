import http from 'node:http';
import https from 'node:https';
import { isIP, type Socket } from 'node:net';
import type tls from 'node:tls';
import { addressOf } from './address.js';

/** The proxy that the environment names for https, as curl reads it; undefined if there is none. */
export interface ProxySettings {
  readonly url: URL;
  /** Hosts, and domains of hosts, to reach without it. */
  readonly except: readonly string[];
}

/** Whether a host is to be reached through the proxy. */
export function isProxied({ except }: ProxySettings, { hostname, port }: URL): boolean {
  return !except.some((one) => {
    const [host = '', itsPort] = one.replace(/^\*?\./, '').split(/:(?=\d+$)/);
    const isHost = one === '*' || hostname === host || hostname.endsWith(`.${host}`);
    return isHost && (itsPort === undefined || itsPort === (port || '443'));
  });
}

export type Connected = (error: Error | null, socket?: Socket) => void;

/**
 * Lets a proxy `CONNECT` to a host. The proxy sees the host's name, and nothing of the TLS traffic.
 *
 * @param timeout how long the proxy may take to connect, in milliseconds
 */
export function tunnel(
  { url }: ProxySettings,
  timeout: number,
  { host = '', port }: tls.ConnectionOptions,
  connected: Connected,
): void {
  const isSecure = url.protocol === 'https:';
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const user = decodeURIComponent(`${url.username}:${url.password}`);
  const request = (isSecure ? https : http).request({
    agent: false,
    method: 'CONNECT',
    ...addressOf(url),
    path: target,
    timeout,
    headers: {
      host: target,
      ...(user !== ':' && {
        'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}`,
      }),
    },
  });
  const failed = (reason: string) => request.destroy(new Error(`the proxy ${reason}`));
  request.on('timeout', () => failed('does not answer'));
  request.on('response', ({ statusCode }) => failed(`responded with ${statusCode}`));
  request.on('error', (error) => connected(error));
  request.on('connect', ({ statusCode }, socket) => {
    if (statusCode !== 200) {
      socket.destroy();
      connected(new Error(`the proxy responded with ${statusCode}`));
      return;
    }
    socket.setTimeout(0);
    connected(null, socket);
  });
  request.end();
}
