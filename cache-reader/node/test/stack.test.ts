// The reader against real endpoints, with Keepwarm's own decryptor, tables and keys.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { awsClient } from '../src/aws/client.js';
import { type CallJson, jsonService } from '../src/aws/json.js';
import { Alarm } from '../src/clock.js';
import {
  CredentialRejected,
  createReader,
  KeepwarmError,
  type Reader,
  type ReaderOptions,
} from '../src/index.js';
import { settingsOf } from '../src/settings.js';
import { NO_STACK, type Stack, startStack } from './support/stack.js';
import { until } from './support/until.js';
import { withCode } from './support/world.js';

const skip = NO_STACK ?? false;
const signal = new Alarm();

let stack: Stack;
let source: Source;
const readers: Reader[] = [];

before(async () => {
  if (NO_STACK === undefined) {
    stack = await startStack();
    source = new Source(stack.env);
  }
});

after(async () => {
  for (const reader of readers) {
    reader.close();
  }
  source?.close();
  await stack?.stop();
});

test('resolvesWhatIsNotWarmAndThenReadsTheTable', { skip }, async () => {
  await source.put('it-cold', 'db', 1, 'p\u00e4ssword');
  const first = reader();
  const credential = await first.get('it-cold', 'db');
  assert.equal(credential.text(), 'p\u00e4ssword');
  assert.equal(credential.version, 1);
  assert.equal(first.stats().resolves, 1);

  const second = reader();
  assert.equal((await second.get('it-cold', 'db')).text(), 'p\u00e4ssword');
  assert.equal(second.stats().resolves, 0);
  assert.equal(second.stats().unwraps, 1);
});

test('readsATenantByOneQuery', { skip }, async () => {
  await source.put('it-all', 'a', 1, 'one');
  await source.put('it-all', 'b', 1, 'two');
  const first = reader();
  assert.equal((await first.getAll('it-all')).credentials.size, 2);

  const second = reader();
  const { credentials, failures } = await second.getAll('it-all');
  assert.equal(credentials.get('a')?.text(), 'one');
  assert.equal(credentials.get('b')?.text(), 'two');
  assert.equal(failures.size, 0);
  assert.equal(second.stats().resolves, 0);
  assert.equal(second.stats().cacheReads, 1);
  assert.equal(second.stats().unwraps, 1);
});

test('bridgesARotation', { skip }, async () => {
  await source.put('it-rotate', 'db', 1, 'old');
  const ours = reader();
  assert.equal((await ours.get('it-rotate', 'db')).text(), 'old');
  await source.put('it-rotate', 'db', 2, 'new');
  const used = await ours.withCredential({ tenant: 'it-rotate', name: 'db' }, (credential) => {
    if (credential.text() === 'old') {
      throw new CredentialRejected();
    }
    return credential.text();
  });
  assert.equal(used, 'new');
});

test('anInvalidationReachesEveryReader', { skip }, async () => {
  await source.put('it-invalidate', 'db', 1, 'old');
  assert.equal((await reader().get('it-invalidate', 'db')).text(), 'old');
  await source.put('it-invalidate', 'db', 2, 'new');
  const ours = reader({ nearTtl: 0 });
  assert.equal((await ours.get('it-invalidate', 'db')).text(), 'old');
  await ours.invalidate('it-invalidate', 'db');
  await until(
    'the new one is there',
    async () => (await ours.get('it-invalidate', 'db')).text() === 'new',
  );
});

test('whatTheSourceDoesNotHaveIsNotFound', { skip }, async () => {
  await assert.rejects(reader().get('it-none', 'db'), withCode('NOT_FOUND', 'NOT_FOUND'));
  await assert.rejects(reader().getAll('it-nobody'), withCode('NOT_FOUND'));
});

test('whatCannotBeDecodedSaysWhy', { skip }, async () => {
  await source.putCiphertext('it-bad', 'db', 1, 'AAAA');
  await assert.rejects(reader().get('it-bad', 'db'), (error) => {
    assert.ok(error instanceof KeepwarmError);
    assert.equal(error.code, 'UNDECODABLE');
    assert.match(error.failure ?? '', /^[A-Z_]+$/);
    return true;
  });
});

test('anEntryMovedToAnotherTenantIsTampering', { skip }, async () => {
  await source.put('it-thief', 'db', 1, 'mine');
  await source.put('it-victim', 'db', 1, 'theirs');
  await reader().get('it-victim', 'db');
  await source.copyEntry('it-victim', 'it-thief', 'db');
  await assert.rejects(reader().get('it-thief', 'db'), withCode('TAMPERED'));
});

test('aMissingTableIsAWrongConfiguration', { skip }, async () => {
  const lost = reader({ cacheTable: 'no-such-table' });
  await assert.rejects(lost.get('it-cold', 'db'), withCode('INVALID_CONFIGURATION'));
});

function reader(options: ReaderOptions = {}): Reader {
  const made = createReader({ env: stack.env, deadline: '20s', ...options });
  readers.push(made);
  return made;
}

/** Writes items that only tests write. */
class Source {
  readonly #client: ReturnType<typeof awsClient>;
  readonly #dynamodb: CallJson;
  readonly #kms: CallJson;
  readonly #env: Stack['env'];

  constructor(env: Stack['env']) {
    const settings = settingsOf({ env });
    this.#env = env;
    this.#client = awsClient(settings);
    this.#dynamodb = jsonService(this.#client, {
      name: 'dynamodb',
      endpoint: settings.endpoints.dynamodb,
      target: 'DynamoDB_20120810',
      version: '1.0',
      failure: 'cannot write',
    });
    this.#kms = jsonService(this.#client, {
      name: 'kms',
      endpoint: settings.endpoints.kms,
      target: 'TrentService',
      version: '1.1',
      failure: 'cannot encrypt',
    });
  }

  async put(tenant: string, name: string, version: number, text: string): Promise<void> {
    const input = {
      KeyId: this.#env.KEEPWARM_KMS_KEY,
      Plaintext: Buffer.from(text).toString('base64'),
      EncryptionContext: { app: 'node-it' },
    };
    const answer = await this.#kms('Encrypt', input, signal, (it) => it);
    await this.putCiphertext(tenant, name, version, String(answer.CiphertextBlob));
  }

  async putCiphertext(
    tenant: string,
    name: string,
    version: number,
    ciphertext: string,
  ): Promise<void> {
    await this.#putItem(this.#env.KEEPWARM_SOURCE_TABLE, {
      tenant: { S: tenant },
      name: { S: name },
      profile: { S: 'node-it' },
      ciphertext: { S: ciphertext },
      version: { N: `${version}` },
      updatedAt: { N: `${Date.now()}` },
    });
  }

  async copyEntry(from: string, to: string, name: string): Promise<void> {
    const table = this.#env.KEEPWARM_CACHE_TABLE;
    const key = { tenant: { S: from }, name: { S: name } };
    const input = { TableName: table, Key: key, ConsistentRead: true };
    const { Item } = await this.#dynamodb('GetItem', input, signal, (it) => it);
    await this.#putItem(table, { ...(Item as object), tenant: { S: to } });
  }

  close(): void {
    this.#client.close();
  }

  async #putItem(table: string | undefined, item: object): Promise<void> {
    await this.#dynamodb('PutItem', { TableName: table, Item: item }, signal, () => {});
  }
}
