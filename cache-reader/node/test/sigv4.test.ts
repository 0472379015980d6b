import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import aws4 from 'aws4';
import fc from 'fast-check';
import { encodeSegment, type Signable, type SigningKeys, sign } from '../src/aws/sigv4.js';

const printable = fc
  .string({ minLength: 1, maxLength: 40 })
  .map((s) => s.replace(/\s+/g, '') || 'x');

const requests = fc.record({
  signable: fc.record({
    service: fc.constantFrom('dynamodb', 'kms', 'lambda', 'events'),
    region: fc.constantFrom('eu-central-1', 'us-east-1', 'cn-north-1'),
    host: fc.constantFrom('dynamodb.eu-central-1.amazonaws.com', '127.0.0.1:8000', '[::1]:80'),
    path: fc
      .array(fc.string({ maxLength: 20 }), { maxLength: 3 })
      .map((segments) => `/${segments.map(encodeSegment).join('/')}`)
      // Both libraries collapse the dot segments of RFC 3986; our paths have none.
      .filter((path) => !/\/\.{0,2}(\/|$)/.test(path)),
    headers: fc.constantFrom(
      { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' },
      { 'content-type': 'application/json' },
    ),
    body: fc.string({ unit: 'grapheme', minLength: 1 }),
  }),
  credentials: fc.record({
    accessKeyId: printable,
    secretAccessKey: printable,
    sessionToken: fc.option(printable, { nil: undefined }),
  }),
  now: fc.integer({ min: 0, max: 4_000_000_000_000 }),
});

function signature(headers: Record<string, string>): string | undefined {
  return headers.authorization;
}

test('signsAsAws4Does', () => {
  fc.assert(
    fc.property(requests, ({ signable, credentials, now }) => {
      const ours = sign(signable, credentials, now);
      const { authorization: _, ...headers } = ours;
      const theirs = aws4.sign(
        {
          ...signable,
          method: 'POST',
          headers,
          extraHeadersToIgnore: { 'content-length': true },
        } as Parameters<typeof aws4.sign>[0],
        { ...credentials, sessionToken: credentials.sessionToken ?? '' },
      );
      assert.equal(signature(ours), (theirs.headers as Record<string, string>).Authorization);
    }),
  );
});

test('signsAsTheSdkDoes', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async ({ signable, credentials, now }) => {
      assert.equal(
        signature(sign(signable, credentials, now)),
        await bySdk(signable, credentials, now),
      );
    }),
  );
});

test('signsWithKeptKeysAsWithout', () => {
  fc.assert(
    fc.property(fc.array(requests, { minLength: 2 }), (all) => {
      const keys: SigningKeys = new Map();
      for (const { signable, credentials, now } of [...all, ...all]) {
        assert.deepEqual(sign(signable, credentials, now, keys), sign(signable, credentials, now));
      }
    }),
  );
});

test('keepsOneKeyAService', () => {
  const keys: SigningKeys = new Map();
  for (const secretAccessKey of ['one', 'another']) {
    for (const service of ['dynamodb', 'kms']) {
      const request = {
        service,
        region: 'eu-central-1',
        host: 'h',
        path: '/',
        headers: {},
        body: '',
      };
      sign(request, { accessKeyId: 'id', secretAccessKey }, 0, keys);
    }
  }
  assert.deepEqual([...keys.keys()], ['dynamodb', 'kms']);
});

async function bySdk(
  { service, region, host, path, headers, body }: Signable,
  {
    sessionToken,
    ...credentials
  }: { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined },
  now: number,
): Promise<string | undefined> {
  const signer = new SignatureV4({
    service,
    region,
    credentials: sessionToken === undefined ? credentials : { ...credentials, sessionToken },
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: 'https:',
      hostname: host,
      path,
      query: {},
      headers: { ...headers, host },
      body,
    },
    { signingDate: new Date(now) },
  );
  return signed.headers.authorization;
}

/** The hash that the SDK's signer is given. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', asBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(asBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function asBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') {
    return Buffer.from(data);
  }
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
