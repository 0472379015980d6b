import { createHash, createHmac } from 'node:crypto';
import type { AwsCredentials } from '../settings.js';

/** What is signed: a POST without a query, which is all that this package sends. */
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
 * The headers to send, signed by AWS Signature Version 4. Why not a library: see
 * docs/decisions/0020.
 */
export function sign(
  request: Signable,
  credentials: AwsCredentials,
  nowMillis: number,
): Record<string, string> {
  const time = new Date(nowMillis).toISOString().replace(/-|:|\.\d{3}/g, '');
  const scope = [time.slice(0, 8), request.region, request.service, 'aws4_request'];
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-amz-date': time,
    ...(credentials.sessionToken && { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    encodePath(request.path),
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(request.body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  headers.authorization =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope.join('/')}, ` +
    `SignedHeaders=${names.join(';')}, Signature=${hmac(key, toSign).toString('hex')}`;
  return headers;
}

/** Every service but S3 wants the path's segments encoded once more than they are sent. */
function encodePath(path: string): string {
  return path.split('/').map(encodeSegment).join('/');
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

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
