// The reader's memory: it keeps no more than its limits, and nothing expired.
import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Alarm } from '../src/clock.js';
import { dataKeys } from '../src/datakeys.js';
import type { Reader } from '../src/index.js';
import { TestClock } from './support/clock.js';
import { until } from './support/until.js';
import { DB, HARD, World, withCode } from './support/world.js';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

const names = Array.from({ length: 200 }, (_, i) => `name-${i}`);

/** The objects that are still in memory. */
const left = (refs: readonly WeakRef<object>[]): number => {
  collectGarbage();
  return refs.filter((ref) => ref.deref() !== undefined).length;
};

/** Gets all credentials, and keeps no references. */
async function getAll(world: World, reader: Reader): Promise<WeakRef<object>[]> {
  for (const name of names) {
    world.put('secret', 1, { tenant: 'acme', name });
  }
  const all = await Promise.all(names.map((name) => reader.get('acme', name)));
  return all.map((credential) => new WeakRef(credential));
}

for (const [what, call] of [
  ['Get', (reader: Reader) => reader.get('acme', 'db')],
  ['GetThatFails', (reader: Reader) => assert.rejects(reader.get('acme', 'none'))],
  ['GetAll', (reader: Reader) => reader.getAll('other')],
] as const) {
  test(`a${what}DropsWhatHasExpired`, async (t) => {
    const world = await World.of(t);
    const reader = world.reader({ onMiss: 'fail' });
    const refs = await getAll(world, reader);
    assert.ok(left(refs) >= 200, 'they are kept');
    world.clock.advance(HARD - 1);
    world.put('secret', 1, DB);
    world.put('secret', 1, { tenant: 'other', name: 'db' });
    await call(reader);
    assert.ok(left(refs) >= 200, 'none has expired');
    world.clock.advance(60_000);
    await call(reader);
    await until('nothing is left', () => left(refs) === 0);
  });
}

test('dataKeysAreDroppedWhenTheirTimeIsOver', async () => {
  const clock = new TestClock();
  const unwrap = async () => createSecretKey(randomBytes(32));
  const keys = dataKeys(unwrap, clock, 900_000, 10_000);
  const signal = new Alarm();
  const refs: WeakRef<object>[] = [];
  for (const name of names) {
    refs.push(new WeakRef(await keys.get('acme', name, signal)));
  }
  clock.advance(899_999);
  await keys.get('acme', 'name-0', signal);
  assert.equal(left(refs), 200);
  clock.advance(60_000);
  await keys.get('acme', 'another', signal);
  await until('nothing is left', () => left(refs) === 0);
});

test('theNearCacheIsBoundedByBytesToo', async (t) => {
  const world = await World.of(t);
  const reader = world.reader({ nearBytes: 100_000 });
  for (const name of ['a', 'b', 'c', 'd']) {
    world.put('x'.repeat(30_000), 1, { tenant: 'acme', name });
    await reader.get('acme', name);
  }
  for (const name of ['d', 'c', 'b']) {
    await reader.get('acme', name);
  }
  assert.equal(reader.stats().nearHits, 3);
  await reader.get('acme', 'a');
  assert.equal(reader.stats().nearHits, 3);
  assert.throws(() => world.reader({ nearBytes: 0 }), withCode('INVALID_CONFIGURATION'));
});

test('oneThatIsLargerThanAllTheRoomIsReadAndNotKept', async (t) => {
  const world = await World.of(t);
  world.put('x'.repeat(2000));
  const reader = world.reader({ nearBytes: 1000 });
  await reader.get('acme', 'db');
  assert.equal((await reader.get('acme', 'db')).text().length, 2000);
  assert.equal(reader.stats().cacheReads, 2);
});
