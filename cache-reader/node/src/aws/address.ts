import { isIP } from 'node:net';

/** What a request and a connection say of a host. */
export function addressOf(url: URL): { readonly host: string; readonly port: number } {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/** What TLS names a host by: nothing if that is an IP address. */
export function serverNameOf(host: string): string {
  return isIP(host) ? '' : host;
}
