// The old way: each credential is decoded when it is needed, by the legacy decryptor.

import { dynamodb, invoke } from './aws.js';
import { deposits } from './deposits.js';

export const handler = deposits(async (tenant, name, use) => use(await decrypted(tenant, name)));

async function decrypted(tenant: string, name: string): Promise<string> {
  const { Item } = (await dynamodb('GetItem', {
    TableName: process.env.KEEPWARM_SOURCE_TABLE,
    ConsistentRead: true,
    Key: { tenant: { S: tenant }, name: { S: name } },
  })) as { Item: { profile: { S: string }; ciphertext: { S: string } } };
  const { Plaintext } = (await invoke('legacy-decryptor', {
    Key: Item.profile.S,
    Encrypted: Item.ciphertext.S,
  })) as { Plaintext: string };
  return Plaintext;
}
