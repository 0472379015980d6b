import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reader } from '../src/index.js';
import { failed, tombstone } from './support/aws.js';
import { HARD, World, withCode } from './support/world.js';

const id = (name: string) => ({ tenant: 'acme', name });

test('entriesThatDisagreeOnTheirNumberAreNotComplete', async (t) => {
  const world = await World.of(t);
  world.put('one', 1, id('a'), 3);
  world.put('two', 1, id('b'), 3);
  // A rotation that had read the source before c was added, and stored later than the refresh.
  world.clock.advance(1);
  world.put('one', 2, id('a'), 2);
  world.aws.resolver = () => ({
    entries: ['a', 'b', 'c'].map((name) => world.sealed(name, 2, id(name), 3)),
  });
  const reader = world.reader();
  const { credentials, failures } = await reader.getAll('acme');
  assert.deepEqual([...credentials.keys()].sort(), ['a', 'b', 'c']);
  assert.equal(failures.size, 0);
  assert.equal(world.aws.count('lambda'), 1);
  assert.equal(reader.stats().misses, 1);
});

test('aNameThatTheSourceDoesNotHaveIsNoAnswerForAnother', async (t) => {
  const world = await World.of(t);
  world.put('one', 1, id('a'), 2);
  world.aws.put(failed(id('made-up'), 'NOT_FOUND', world.clock.now() + 30_000, 2));
  world.aws.resolver = () => ({
    entries: ['a', 'c'].map((name) => world.sealed(name, 1, id(name), 2)),
  });
  const { credentials } = await world.reader().getAll('acme');
  assert.deepEqual([...credentials.keys()].sort(), ['a', 'c']);
  assert.equal(world.aws.count('lambda'), 1);
});

test('aTombstoneBesideWhatHasLapsedIsNotOneOfTheTenants', async (t) => {
  const world = await World.of(t);
  const lapsed = world.sealed('one', 1, id('a'), 1);
  world.clock.advance(HARD);
  world.aws.resolver = () => ({ entries: [lapsed, tombstone(id('b'))] });
  const { credentials, failures } = await world.reader().getAll('acme');
  assert.equal(credentials.size, 0);
  assert.deepEqual([...failures], [['a', 'UNAVAILABLE']]);
});

test('onlyATableThatDoesNotAnswerIsAnOutageForGetAll', async (t) => {
  const world = await World.of(t);
  const reader = world.reader({ deadline: 500 });

  world.aws.fail('lambda', { status: 500 }, 100);
  await assert.rejects(reader.getAll('acme'), withCode('UNAVAILABLE'));
  assert.equal(reader.stats().outages, 0);

  world.aws.fail('dynamodb', { status: 400, type: 'AccessDeniedException' }, 100);
  await assert.rejects(reader.getAll('acme'), withCode('DENIED'));
  assert.equal(reader.stats().outages, 0);
});

test('whatGetAllThrowsSaysWhatIsMissing', async (t) => {
  const world = await World.of(t);
  const thrown = async (reader: Reader): Promise<Error> => {
    try {
      await reader.getAll('acme');
    } catch (error) {
      return error as Error;
    }
    throw new Error('it did not throw');
  };

  world.aws.resolver = () => ({ entries: [] });
  const none = await thrown(world.reader());
  assert.equal(none.message, 'there is no credential of tenant acme');

  world.aws.resolver = () => ({ entries: [world.sealed('one', 1, id('a'), 2)] });
  const lacking = await thrown(world.reader());
  assert.equal(lacking.message, "the decryptor's response does not have all credentials");

  const missing = await thrown(world.reader({ onMiss: 'fail' }));
  assert.equal(missing.message, 'the cache does not have all entries of tenant acme');

  world.aws.put({ ...world.sealed('x', 1, id('a')), siblings: { N: 'x' } });
  const malformed = await thrown(world.reader({ onMiss: 'fail' }));
  assert.equal(malformed.message, 'an item of tenant acme is malformed');
  assert.equal((malformed.cause as Error).message, missing.message);
});

for (const [what, late, resolves] of [
  ['StillStands', -1, 1],
  ['IsOldNews', 0, 0],
] as const) {
  test(`aNegativeEntryThat${what}Makes${resolves}Resolves`, async (t) => {
    const world = await World.of(t);
    const retryAt = world.clock.now() + 30_000;
    world.aws.put(failed(id('made-up'), 'NOT_FOUND', retryAt, 3));
    world.clock.advance(30_000 + late);
    world.put('one', 1, id('a'), 2);
    world.put('two', 1, id('b'), 2);
    world.aws.resolver = () => ({
      entries: ['a', 'b'].map((name) => world.sealed(name, 1, id(name), 2)),
    });
    const { credentials } = await world.reader().getAll('acme');
    assert.equal(credentials.size, 2);
    assert.equal(world.aws.count('lambda'), resolves);
  });
}

test('whatCannotBeDecodedHasToAgreeHoweverOldItIs', async (t) => {
  const world = await World.of(t);
  world.aws.put(failed(id('a'), 'BAD_CIPHERTEXT', world.clock.now() - 1, 2));
  world.put('two', 1, id('b'), 1);
  world.aws.resolver = () => ({ entries: [world.sealed('two', 1, id('b'), 1)] });
  await world.reader().getAll('acme');
  assert.equal(world.aws.count('lambda'), 1);
});

test('aMalformedMemberFailsAlone', async (t) => {
  const world = await World.of(t);
  world.put('one', 1, id('a'), 3);
  world.put('two', 1, id('b'), 3);
  world.aws.put({ ...world.sealed('three', 1, id('c'), 3), version: { S: 'three' } });
  const reader = world.reader();
  const { credentials, failures } = await reader.getAll('acme');
  assert.deepEqual([...credentials.keys()].sort(), ['a', 'b']);
  assert.deepEqual([...failures], [['c', 'TAMPERED']]);
  assert.equal(reader.stats().tampered, 1);
  assert.equal(world.aws.count('lambda'), 0);
});

test('aMalformedMemberIsNotServedFromNearEither', async (t) => {
  const world = await World.of(t);
  world.put('one', 1, id('a'), 2);
  world.put('two', 1, id('b'), 2);
  const reader = world.reader();
  await reader.get('acme', 'a');
  world.clock.advance(1);
  world.aws.put({ ...world.sealed('one', 1, id('a'), 2), siblings: { N: 'x' } });
  await reader.getAll('acme');
  await assert.rejects(reader.get('acme', 'a'), withCode('TAMPERED'));
});

test('aMalformedMemberInAnAnswerFailsAloneOrIsMended', async (t) => {
  const world = await World.of(t);
  const bad = (name: string) => ({ ...world.sealed('x', 1, id(name), 3), siblings: { N: 'x' } });
  world.put('one', 1, id('a'), 3);
  world.aws.put(bad('b'));
  const answer = (...entries: object[]) => {
    world.aws.resolver = () => ({ entries });
  };
  const reader = world.reader();

  answer(world.sealed('one', 1, id('a'), 3), world.sealed('two', 1, id('b'), 3), bad('c'));
  const mended = await reader.getAll('acme');
  assert.deepEqual([...mended.credentials.keys()].sort(), ['a', 'b']);
  assert.deepEqual([...mended.failures], [['c', 'TAMPERED']]);

  // A response that does not name the table's entries.
  answer(world.sealed('one', 1, id('a'), 2));
  const quiet = await reader.getAll('acme');
  assert.deepEqual([...quiet.failures], [['b', 'TAMPERED']]);

  // And a response that lacks more than that.
  answer(world.sealed('one', 1, id('a'), 3));
  await assert.rejects(reader.getAll('acme'), withCode('TAMPERED'));
});

test('aPlantedItemDoesNotStandForACredentialThatIsMissing', async (t) => {
  const world = await World.of(t);
  world.put('one', 1, id('a'), 3);
  world.aws.put({ ...world.sealed('x', 1, id('planted'), 3), siblings: { N: 'x' } });
  world.aws.resolver = () => ({
    entries: ['a', 'b', 'c'].map((name) => world.sealed(name, 1, id(name), 3)),
  });
  const { credentials, failures } = await world.reader().getAll('acme');
  assert.deepEqual([...credentials.keys()].sort(), ['a', 'b', 'c']);
  assert.deepEqual([...failures], [['planted', 'TAMPERED']]);
});

test('aMalformedItemAloneIsTamperingIfNobodyCanSayMore', async (t) => {
  const world = await World.of(t);
  world.aws.put({ ...world.sealed('x', 1, id('a')), siblings: { N: 'x' } });
  const reader = world.reader();
  await assert.rejects(reader.getAll('acme'), withCode('TAMPERED'));
  assert.equal(reader.stats().tampered, 1);
  await assert.rejects(world.reader({ onMiss: 'fail' }).getAll('acme'), withCode('TAMPERED'));
});

test('tombstonesHaveNoSayInTheNumber', async (t) => {
  const world = await World.of(t);
  world.put('one', 1, id('a'), 2);
  world.aws.put(tombstone(id('b'), world.clock.now() + 30_000));
  const { credentials, failures } = await world.reader().getAll('acme');
  assert.deepEqual([...credentials.keys()], ['a']);
  assert.deepEqual([...failures], [['b', 'REVOKED']]);
  assert.equal(world.aws.count('lambda'), 0);
});

test('whatTheDecryptorSaysOfAMemberCountsMoreThanItsEntry', async (t) => {
  const world = await World.of(t);
  world.put('one', 1, id('a'), 4);
  world.aws.resolver = () => ({
    entries: [world.sealed('one', 1, id('a'), 4), world.sealed('two', 1, id('b'), 4)],
    failures: { b: 'DENIED', c: 'TAMPERED', d: 'SOMETHING_NEW' },
  });
  const reader = world.reader();
  const { credentials, failures } = await reader.getAll('acme');
  assert.deepEqual([...credentials.keys()], ['a']);
  assert.deepEqual([...failures].sort(), [
    ['b', 'DENIED'],
    ['c', 'TAMPERED'],
    ['d', 'UNAVAILABLE'],
  ]);
  assert.equal(reader.stats().tampered, 1);
});

test('anAnswerWhoseFailuresAreNoneIsUnavailable', async (t) => {
  const world = await World.of(t);
  world.aws.resolver = () => ({ entries: [], failures: ['b'] });
  await assert.rejects(world.reader().getAll('acme'), withCode('UNAVAILABLE'));
});
