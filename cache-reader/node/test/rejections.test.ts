import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Credential, CredentialRejected, type Reader } from '../src/index.js';
import { tombstone } from './support/aws.js';
import { DB, World, withCode } from './support/world.js';

/** Uses the credential at a service that accepts only `accepted`. */
const use = (reader: Reader, accepted?: string, id = DB): Promise<string> =>
  reader.withCredential(id, (credential: Credential) => {
    if (credential.text() !== accepted) {
      throw new CredentialRejected();
    }
    return 'accepted';
  });

const rejected = (error: unknown) => error instanceof CredentialRejected;

for (const nearTtl of [30_000, 0]) {
  test(`fiftyRejectionsMakeOneResolveWithNearTtl${nearTtl}`, async (t) => {
    const world = await World.of(t);
    world.put('old');
    const item = world.sealed('old');
    world.aws.resolver = () => ({ entries: [item] });
    const reader = world.reader({ nearTtl });
    await Promise.all(Array.from({ length: 25 }, () => assert.rejects(use(reader), rejected)));
    for (let i = 0; i < 25; i++) {
      await assert.rejects(use(reader), rejected);
    }
    assert.equal(world.aws.count('lambda'), 1);
    assert.equal(reader.stats().rejections, 50);

    const window = Math.max(nearTtl, 1000);
    world.clock.advance(window - 1);
    await assert.rejects(use(reader), rejected);
    assert.equal(world.aws.count('lambda'), 1);
    world.clock.advance(1);
    await assert.rejects(use(reader), rejected);
    assert.equal(world.aws.count('lambda'), 2);
  });
}

test('aFreezeEndsTheDamping', async (t) => {
  const world = await World.of(t);
  world.put('old');
  const item = world.sealed('old');
  world.aws.resolver = () => ({ entries: [item] });
  const reader = world.reader();
  await assert.rejects(use(reader), rejected);
  world.clock.setNow(world.clock.now() + 30_000);
  await assert.rejects(use(reader), rejected);
  assert.equal(world.aws.count('lambda'), 2);
});

test('aRejectionAfterAFreezeDoesNotJoinASearchFromBeforeIt', async (t) => {
  const world = await World.of(t);
  world.put('old');
  world.aws.resolver = () => ({ entries: [world.sealed('new', 2)] });
  world.aws.fail('lambda', 'hang');
  const reader = world.reader();
  const before = use(reader, 'new').catch(() => {});
  await world.aws.received('lambda', 1);
  world.clock.skip(5_000);
  assert.equal(await use(reader, 'new'), 'accepted');
  world.clock.advance(2_000);
  await before;
});

test('aResolverThatDoesNotAnswerIsAskedAgainAfterASixthOfNearTtl', async (t) => {
  const world = await World.of(t);
  world.put('old');
  world.aws.resolver = () => ({ error: { code: 'UNAVAILABLE', reason: 'r' } });
  const reader = world.reader();
  for (let i = 0; i < 3; i++) {
    await assert.rejects(use(reader), (error: Error) => withCode('UNAVAILABLE')(error.cause));
  }
  assert.equal(world.aws.count('lambda'), 1);
  world.clock.advance(4999);
  await assert.rejects(use(reader), rejected);
  assert.equal(world.aws.count('lambda'), 1);
  world.clock.advance(1);
  world.aws.resolver = () => ({ entries: [world.sealed('new', 2)] });
  assert.equal(await use(reader, 'new'), 'accepted');
  assert.equal(world.aws.count('lambda'), 2);
});

test('anotherVersionIsAskedForAtOnce', async (t) => {
  const world = await World.of(t);
  world.put('old');
  const item = world.sealed('old');
  world.aws.resolver = () => ({ entries: [item] });
  const reader = world.reader({ nearTtl: 0 });
  await assert.rejects(use(reader), rejected);
  world.put('newer', 2);
  world.aws.resolver = () => ({ entries: [world.sealed('newest', 3)] });
  assert.equal(await use(reader, 'newest'), 'accepted');
  assert.equal(world.aws.count('lambda'), 2);
});

for (const [what, next] of [
  ['ANewerVersion', (world: World) => world.sealed('new', 2)],
  ['AnotherValueOfItsVersion', (world: World) => world.sealed('new', 1)],
  ['ARefusal', () => tombstone(DB, Number.MAX_SAFE_INTEGER)],
] as const) {
  test(`whoeverUsesWhatIsOlderThanNearIsGiven${what}AndAsksNobody`, async (t) => {
    const world = await World.of(t);
    world.put('old');
    world.aws.resolver = () => ({ entries: [next(world)] });
    const reader = world.reader();
    const ends: string[] = [];
    let reject = (): void => {};
    const all = new Promise<void>((resolve) => {
      reject = resolve;
    });
    // All callers have the old value before the first rejection.
    const uses = Array.from({ length: 3 }, (_, i) =>
      reader
        .withCredential(DB, async (credential) => {
          if (credential.text() === 'old') {
            if (i > 0) {
              await all;
            }
            throw new CredentialRejected();
          }
          return credential.text();
        })
        .then(
          (text) => ends.push(text),
          (error) => ends.push(error.cause.code),
        ),
    );
    await uses[0];
    reject();
    await Promise.all(uses);
    assert.equal(new Set(ends).size, 1);
    assert.ok(['new', 'REVOKED'].includes(ends[0] ?? ''));
    assert.equal(world.aws.count('lambda'), 1);
  });
}

test('credentialsThatAreRejectedTogetherEachGetTheirOwnNews', async (t) => {
  const world = await World.of(t);
  const api = { tenant: 'acme', name: 'api' };
  world.put('old');
  world.put('old', 1, api);
  world.aws.resolver = ({ name = '' }) => ({
    entries: [world.sealed(`new ${name}`, 2, { tenant: 'acme', name })],
  });
  const reader = world.reader();
  const uses = [use(reader, 'new db'), use(reader, 'new api', api)];
  assert.deepEqual(await Promise.all(uses), ['accepted', 'accepted']);
});

test('afterANewerVersionWasFoundTheSameRejectionAsksAgain', async (t) => {
  const world = await World.of(t);
  world.put('old');
  world.aws.resolver = () => ({ entries: [world.sealed('new', 2)] });
  // Nothing is near, so each use begins with the old version, which the table still has.
  const reader = world.reader({ nearTtl: 0 });
  assert.equal(await use(reader, 'new'), 'accepted');
  assert.equal(await use(reader, 'new'), 'accepted');
  assert.equal(world.aws.count('lambda'), 2);
});

test('aNewerVersionOfTheSameValueIsTried', async (t) => {
  const world = await World.of(t);
  world.put('same');
  world.aws.resolver = () => ({ entries: [world.sealed('same', 2)] });
  const reader = world.reader();
  const versions: number[] = [];
  const used = reader.withCredential(DB, (credential: Credential) => {
    versions.push(credential.version);
    throw new CredentialRejected();
  });
  await assert.rejects(used, rejected);
  assert.deepEqual(versions, [1, 2]);
});

test('anOlderVersionThatIsNearIsNoNews', async (t) => {
  const world = await World.of(t);
  world.put('newer', 2);
  world.aws.resolver = () => ({ entries: [world.sealed('newest', 3)] });
  const reader = world.reader();
  let first = true;
  const result = await reader.withCredential(DB, async (credential) => {
    if (first) {
      first = false;
      reader.forget('acme', 'db');
      world.put('older', 1);
      await reader.get('acme', 'db');
      throw new CredentialRejected();
    }
    return credential.text();
  });
  assert.equal(result, 'newest');
});

test('forgettingEndsTheDamping', async (t) => {
  const world = await World.of(t);
  world.put('old');
  const item = world.sealed('old');
  world.aws.resolver = () => ({ entries: [item] });
  const reader = world.reader();
  await assert.rejects(use(reader), rejected);
  reader.forget('acme', 'other');
  await assert.rejects(use(reader), rejected);
  assert.equal(world.aws.count('lambda'), 1);
  reader.forget('acme', 'db');
  await assert.rejects(use(reader), rejected);
  assert.equal(world.aws.count('lambda'), 2);
});

test('forgettingOneDoesNotEndTheSharingOfOthers', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  world.aws.fail('kms', 'hang');
  const reader = world.reader();
  const gets = [reader.get('acme', 'db')];
  await world.aws.received('kms', 1);
  for (let i = 0; i < 2000; i++) {
    reader.forget('other', `name-${i % 3}`);
    gets.push(reader.get('acme', 'db'));
  }
  assert.equal(world.aws.count('dynamodb'), 1);
  world.clock.advance(1000);
  for (const credential of await Promise.all(gets)) {
    assert.equal(credential.text(), 'secret');
  }
  assert.equal(reader.stats().cacheReads, 1);
  // And it is kept.
  await reader.get('acme', 'db');
  assert.equal(reader.stats().cacheReads, 1);
});

test('forgettingAMemberEndsTheSharingOfItsTenant', async (t) => {
  const world = await World.of(t);
  world.put('old');
  world.aws.fail('kms', 'hang');
  const reader = world.reader();
  const before = reader.getAll('acme');
  await world.aws.received('kms', 1);
  reader.forget('other', 'db');
  const shared = reader.getAll('acme');
  assert.equal(reader.stats().cacheReads, 1);
  reader.forget('acme', 'db');
  world.put('new', 2);
  const after = await reader.getAll('acme');
  assert.equal(after.credentials.get('db')?.text(), 'new');
  world.clock.advance(1000);
  await Promise.all([before, shared]);
  // The result of the earlier lookup is not kept.
  assert.equal((await reader.get('acme', 'db')).text(), 'new');
});

test('whatWasForgottenLongAgoIsNotKeptEither', async (t) => {
  const world = await World.of(t);
  world.put('old');
  world.aws.fail('kms', 'hang');
  const reader = world.reader();
  const before = reader.get('acme', 'db');
  await world.aws.received('kms', 1);
  reader.forget('acme', 'db');
  for (let i = 0; i < 3000; i++) {
    // So many that the reader does not remember which ones were forgotten.
    reader.forget('other', `name-${i}`);
  }
  world.clock.advance(1000);
  await before;
  world.put('new', 2);
  assert.equal((await reader.get('acme', 'db')).text(), 'new');
});
