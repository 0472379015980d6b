// Seals credentials and stores them in the format of docs/wire-format.md, so that Keepwarm's reader can read
// them.

import { createCipheriv, randomBytes } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GenerateDataKeyCommand } from '@aws-sdk/client-kms';

const HARD = 15 * 60_000;
const KEPT = 60 * 60_000;

/** Returns a function that seals a value under a new data key and puts it, unless there is a newer one. */
export function cacheStore({ kms, key, dynamoDb, table }) {
  return async (row, value) => {
    const now = Date.now();
    const { Plaintext: dataKey, CiphertextBlob: wrapped } = await kms.send(
      new GenerateDataKeyCommand({
        KeyId: key,
        KeySpec: 'AES_256',
        EncryptionContext: { keepwarm: '1', tenant: row.tenant },
      }),
    );
    const times = { sealedAt: now, softExpiresAt: now + HARD / 6, hardExpiresAt: now + HARD };
    await dynamoDb.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          tenant: { S: row.tenant },
          name: { S: row.name },
          state: { S: 'READY' },
          fence: number(0),
          version: number(row.version),
          sealed: { B: seal(dataKey, row, times, value) },
          dataKey: { B: wrapped },
          dataKeyCreatedAt: number(now),
          sealedAt: number(times.sealedAt),
          softExpiresAt: number(times.softExpiresAt),
          hardExpiresAt: number(times.hardExpiresAt),
          siblings: number(1),
          ttl: number(Math.ceil((now + HARD + KEPT) / 1000)),
        },
        ConditionExpression:
          'attribute_not_exists(#tenant) OR (#fence = :fence AND #version <= :version)',
        ExpressionAttributeNames: { '#tenant': 'tenant', '#fence': 'fence', '#version': 'version' },
        ExpressionAttributeValues: { ':fence': number(0), ':version': number(row.version) },
      }),
    );
  };
}

function seal(dataKey, row, times, value) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce);
  cipher.setAAD(authenticated(row, times));
  const ciphertext = [cipher.update(value, 'utf8'), cipher.final()];
  return Buffer.concat([Buffer.of(1), nonce, ...ciphertext, cipher.getAuthTag()]);
}

function authenticated(row, times) {
  const texts = ['keepwarm/1', row.tenant, row.name].map((text) => Buffer.from(text));
  const numbers = [row.version, times.sealedAt, times.softExpiresAt, times.hardExpiresAt].map(
    (value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(BigInt(value));
      return bytes;
    },
  );
  return Buffer.concat([...texts, ...numbers].flatMap((field) => [length(field), field]));
}

function length(field) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(field.length);
  return bytes;
}

function number(value) {
  return { N: String(value) };
}
