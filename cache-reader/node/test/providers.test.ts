import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AwsCredentials } from '../src/index.js';
import { CREDENTIALS } from './support/aws.js';
import { until } from './support/until.js';
import { World, withCode } from './support/world.js';

/** A provider that counts its calls, and behaves as the test says. */
class Provider {
  asked = 0;
  next: () => Promise<AwsCredentials> = async () => CREDENTIALS;

  readonly credentials = (): Promise<AwsCredentials> => {
    this.asked++;
    return this.next();
  };
}

const names = Array.from({ length: 50 }, (_, i) => `name-${i}`);

test('concurrentFirstCallsShareOneCallOfTheProvider', async (t) => {
  const world = await World.of(t);
  for (const name of names) {
    world.put(name, 1, { tenant: 'acme', name });
  }
  const provider = new Provider();
  const reader = world.reader({ credentials: provider.credentials });
  await Promise.all(names.map((name) => reader.get('acme', name)));
  assert.equal(provider.asked, 1);
});

test('credentialsThatAreStillGoodServeWhileTheProviderFails', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const provider = new Provider();
  const expiration = new Date(world.clock.now() + 300_000);
  provider.next = async () => ({ ...CREDENTIALS, expiration });
  const reader = world.reader({ nearTtl: 0, credentials: provider.credentials });
  await reader.get('acme', 'db');
  provider.next = () => Promise.reject(new Error('throttled'));
  world.clock.advance(241_000);
  for (let i = 0; i < 10; i++) {
    assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  }
  // It is not called with every request.
  assert.equal(provider.asked, 2);
  world.clock.advance(5000);
  await reader.get('acme', 'db');
  assert.equal(provider.asked, 3);
  assert.equal(reader.stats().outages, 0);
});

test('aProviderThatHangsHoldsNobodyUpWhileTheCredentialsAreGood', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const provider = new Provider();
  provider.next = async () => ({
    ...CREDENTIALS,
    expiration: new Date(world.clock.now() + 300_000),
  });
  const reader = world.reader({ nearTtl: 0, credentials: provider.credentials });
  await reader.get('acme', 'db');
  world.clock.advance(299_999);
  provider.next = () => new Promise(() => {});
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  world.clock.advance(1);
  const got = reader.get('acme', 'db');
  world.clock.advance(2000);
  await assert.rejects(got, withCode('TIMEOUT'));
  // Not forever: after a while it is called again.
  provider.next = async () => CREDENTIALS;
  world.clock.advance(3000);
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
});

for (const [how, fail] of [
  ['Rejects', () => Promise.reject(new Error('no profile'))],
  [
    'Throws',
    () => {
      throw new Error('no profile');
    },
  ],
] as const) {
  test(`aProviderThat${how}IsAnOutageAndTheNearEntryIsServed`, async (t) => {
    const world = await World.of(t);
    world.put('secret');
    const provider = new Provider();
    provider.next = async () => ({
      ...CREDENTIALS,
      expiration: new Date(world.clock.now() + 20_000),
    });
    const reader = world.reader({ credentials: provider.credentials });
    await reader.get('acme', 'db');
    world.clock.advance(30_000);
    provider.next = fail;
    assert.equal((await reader.get('acme', 'db')).text(), 'secret');
    const { outages, staleServed } = reader.stats();
    assert.deepEqual({ outages, staleServed }, { outages: 1, staleServed: 1 });
    await assert.rejects(reader.get('acme', 'other'), withCode('UNAVAILABLE'));
  });
}

for (const nothing of [undefined, null, {}, { accessKeyId: 'a' }, { secretAccessKey: 's' }]) {
  test(`aProviderThatGives${JSON.stringify(nothing)}IsAClearError`, async (t) => {
    const world = await World.of(t);
    const credentials = async () => nothing as unknown as AwsCredentials;
    await assert.rejects(world.reader({ credentials }).get('acme', 'db'), (error: Error) => {
      assert.match(error.message, /provider gave no accessKeyId and secretAccessKey/);
      return withCode('DENIED')(error);
    });
  });
}

test('aReplacedKeyWithoutExpiryIsDroppedWhenItIsRefused', async (t) => {
  const world = await World.of(t);
  for (const name of names) {
    world.put(name, 1, { tenant: 'acme', name });
  }
  const provider = new Provider();
  const reader = world.reader({ credentials: provider.credentials });
  await reader.get('acme', 'name-0');
  const other = { accessKeyId: 'AKIDOTHER', secretAccessKey: 'other' };
  world.aws.credentials = other;
  provider.next = async () => other;
  const all = await Promise.all(names.map((name) => reader.get('acme', name)));
  assert.equal(all.length, 50);
  assert.equal(provider.asked, 2);
});

for (const type of [
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]) {
  test(`${type}AsksTheProviderOnceMoreAndThenIsDenied`, async (t) => {
    const world = await World.of(t);
    world.aws.fail('dynamodb', { status: 403, type }, 100);
    const provider = new Provider();
    await assert.rejects(
      world.reader({ credentials: provider.credentials }).get('acme', 'db'),
      withCode('DENIED'),
    );
    assert.equal(provider.asked, 2);
    assert.equal(world.aws.count('dynamodb'), 2);
  });

  test(`${type}OfFixedCredentialsIsDeniedAtOnce`, async (t) => {
    const world = await World.of(t);
    world.aws.fail('dynamodb', { status: 403, type }, 100);
    const reader = world.reader({ credentials: CREDENTIALS });
    await assert.rejects(reader.get('acme', 'db'), withCode('DENIED'));
    assert.equal(world.aws.count('dynamodb'), 1);
  });
}

test('aClosedReaderKeepsNothingOfALateProvider', async (t) => {
  const world = await World.of(t);
  const provider = new Provider();
  let give = (_: AwsCredentials): void => {};
  provider.next = () =>
    new Promise((resolve) => {
      give = resolve;
    });
  const reader = world.reader({ credentials: provider.credentials });
  const got = assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
  await until('the provider is asked', () => provider.asked === 1);
  reader.close();
  give(CREDENTIALS);
  await got;
  assert.equal(world.aws.seen.length, 0);
});
