// An entry that a freshness record vouches for, as the decryptor makes both.
import { createSecretKey } from 'node:crypto';
import path from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { buildSync } from 'esbuild';

const HOUR = 3_600_000;
const SLOT = 7;

/**
 * Stores an entry that is past its hard expiry, and the record that vouches for it, for longer than any run.
 * The reader's tests seal and sign in the same way.
 *
 * @param build a directory for the compiled functions of those tests
 */
export async function storeVouched({ dynamodb, kms, id, value, build }) {
  const support = path.resolve(import.meta.dirname, '../../cache-reader/node/test/support');
  buildSync({
    entryPoints: ['seal', 'vouch'].map((name) => path.join(support, `${name}.ts`)),
    outdir: build,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  const { seal } = await import(path.join(build, 'seal.mjs'));
  const { newSigner, signRecord, vouchable, vouchId, vouchingHead } = await import(
    path.join(build, 'vouch.mjs')
  );
  const now = Date.now();
  const life = {
    version: 1,
    sealedAt: now - 8 * HOUR,
    softExpiresAt: now - 7 * HOUR,
    hardExpiresAt: now - 2 * HOUR,
  };
  const { Plaintext, CiphertextBlob } = await kms.send(
    new GenerateDataKeyCommand({
      KeyId: process.env.KEEPWARM_KMS_KEY,
      KeySpec: 'AES_256',
      EncryptionContext: { keepwarm: '1', tenant: id.tenant },
    }),
  );
  const key = createSecretKey(Plaintext);
  const envelope = seal(key, id, life, Buffer.from(value));
  const signer = newSigner();
  const state = vouchId('bench');
  const head = vouchingHead(now + 24 * HOUR, SLOT, state, signer.publicKey);
  const table = process.env.KEEPWARM_CACHE_TABLE;
  await dynamodb.send(
    new PutItemCommand({
      TableName: table,
      Item: {
        tenant: { S: id.tenant },
        name: { S: id.name },
        state: { S: 'READY' },
        fence: { N: `${now}` },
        version: { N: `${life.version}` },
        sealed: { B: envelope },
        dataKey: { B: CiphertextBlob },
        dataKeyCreatedAt: { N: `${life.sealedAt}` },
        sealedAt: { N: `${life.sealedAt}` },
        softExpiresAt: { N: `${life.softExpiresAt}` },
        hardExpiresAt: { N: `${life.hardExpiresAt}` },
        siblings: { N: '1' },
        vouching: { B: vouchable(key, id, { ...life, envelope }, head) },
      },
    }),
  );
  const named = new Map([[state.toString('hex'), undefined]]);
  await dynamodb.send(
    new PutItemCommand({
      TableName: table,
      Item: {
        tenant: { S: `#${SLOT}` },
        name: { S: '#fresh' },
        record: { B: signRecord(SLOT, now, now + 6 * HOUR, named, [signer]) },
        checkedAt: { N: `${now}` },
      },
    }),
  );
}
