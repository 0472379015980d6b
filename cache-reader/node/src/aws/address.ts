import { isIP } from 'node:net';

/** The host and port, as requests and connections take them. */
export function addressOf(url: URL): { readonly host: string; readonly port: number } {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/** The server name for TLS: empty for an IP address. */
export function serverNameOf(host: string): string {
  return isIP(host) ? '' : host;
}
