// The code that a user would write by hand: GetItem and, once, KMS Decrypt with the SDK, and unsealing.
import { createDecipheriv } from 'node:crypto';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { run } from '../harness.mjs';

const dynamodb = new DynamoDBClient({});
const kms = new KMSClient({});
let key;

async function read() {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: process.env.KEEPWARM_CACHE_TABLE,
      ConsistentRead: true,
      Key: { tenant: { S: 'bench' }, name: { S: 'value' } },
    }),
  );
  if (key === undefined) {
    const { Plaintext } = await kms.send(
      new DecryptCommand({
        CiphertextBlob: Item.dataKey.B,
        KeyId: process.env.KEEPWARM_KMS_KEY,
        EncryptionContext: { keepwarm: '1', tenant: 'bench' },
      }),
    );
    key = Plaintext;
  }
  const envelope = Item.sealed.B;
  const decipher = createDecipheriv('aes-256-gcm', key, envelope.subarray(1, 13));
  decipher.setAAD(authenticated(Item));
  decipher.setAuthTag(envelope.subarray(-16));
  return decipher.update(envelope.subarray(13, -16), undefined, 'utf8') + decipher.final('utf8');
}

function authenticated(item) {
  const number = (name) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(item[name].N));
    return bytes;
  };
  return Buffer.concat(
    [
      ...['keepwarm/1', 'bench', 'value'].map((text) => Buffer.from(text)),
      ...['version', 'sealedAt', 'softExpiresAt', 'hardExpiresAt'].map(number),
    ].flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}

run({ read, fresh: read });
