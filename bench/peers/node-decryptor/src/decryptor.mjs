// The decryptor function in Node; ../../README.md describes its requests, responses and variables. A peer for
// comparison, without any code of Keepwarm.

import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { legacyCipher } from './legacy.mjs';
import { cacheStore } from './store.mjs';

const SALT = Buffer.from('Ivan Medvedev');
const ITERATIONS = 1000;

const { env } = process;
const dynamoDb = new DynamoDBClient({});
const kms = new KMSClient({});
const { Plaintext: passphrase } = await kms.send(
  new DecryptCommand({
    KeyId: env.KEEPWARM_KMS_KEY,
    CiphertextBlob: Buffer.from(env.BENCH_PASSPHRASE, 'base64'),
    EncryptionContext: { keepwarm: '1', profile: env.BENCH_PROFILE },
  }),
);
const decrypt = legacyCipher(passphrase, SALT, ITERATIONS);
const put =
  env.BENCH_STORE === 'true'
    ? cacheStore({ kms, key: env.KEEPWARM_KMS_KEY, dynamoDb, table: env.KEEPWARM_CACHE_TABLE })
    : undefined;

export async function handler({ tenant, name, ciphertext }) {
  if (ciphertext !== undefined) {
    return { value: decrypt(ciphertext) };
  }
  const { Item: row } = await dynamoDb.send(
    new GetItemCommand({
      TableName: env.KEEPWARM_SOURCE_TABLE,
      Key: { tenant: { S: tenant }, name: { S: name } },
      ConsistentRead: true,
    }),
  );
  if (row === undefined) {
    throw new Error('there is no such credential');
  }
  const value = decrypt(row.ciphertext.S);
  if (put === undefined) {
    return { value };
  }
  await put({ tenant, name, version: Number(row.version.N) }, value);
  return { state: 'READY' };
}
