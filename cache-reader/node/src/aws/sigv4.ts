import { createHash, createHmac } from 'node:crypto';
import type { AwsCredentials } from '../settings.js';

/** A request to sign: a POST without a query, because this package sends no others. */
export interface Signable {
  readonly service: string;
  readonly region: string;
  readonly host: string;
  /** As it is sent: percent-encoded once. */
  readonly path: string;
  /** Names in lower case; values without blanks at their ends or twice in a row. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The last signing key of each service: it is valid for a day, and takes four hashes to compute.
 */
export type SigningKeys = Map<
  string,
  { readonly scope: string; readonly secret: string; readonly key: Buffer }
>;

/**
 * The headers to send, signed by AWS Signature Version 4. Why this is not a library: see
 * docs/decisions/0013.
 */
export function sign(
  request: Signable,
  credentials: AwsCredentials,
  nowMillis: number,
  keys: SigningKeys = new Map(),
): Record<string, string> {
  const time = new Date(nowMillis).toISOString().replace(/-|:|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${request.region}/${request.service}/aws4_request`;
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-amz-date': time,
    ...(credentials.sessionToken && { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const signed = names.join(';');
  let canonical = `POST\n${encodePath(request.path)}\n\n`;
  for (const name of names) {
    canonical += `${name}:${headers[name]}\n`;
  }
  canonical += `\n${signed}\n${sha256(request.body)}`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
  const key = keyOf(scope, request, credentials.secretAccessKey, keys);
  headers.authorization =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, ` +
    `SignedHeaders=${signed}, Signature=${hmac(key, toSign).toString('hex')}`;
  return headers;
}

/** The signing key of a scope, which is a day, a region and a service. */
function keyOf(scope: string, { service }: Signable, secret: string, keys: SigningKeys): Buffer {
  const kept = keys.get(service);
  if (kept?.scope === scope && kept.secret === secret) {
    return kept.key;
  }
  const key = scope.split('/').reduce(hmac, Buffer.from(`AWS4${secret}`));
  keys.set(service, { scope, secret, key });
  return key;
}

/** Every service but S3 wants the path's segments encoded once more than they are sent. */
function encodePath(path: string): string {
  return path.replace(/[^/]+/g, encodeSegment);
}

/** Percent-encodes all but the characters that RFC 3986 leaves unreserved. */
export function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
