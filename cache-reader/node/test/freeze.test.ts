// Lambda freezes a function between invocations: its timers are overdue when it thaws, and elapsed
// time may have stood still. Nevertheless a value that was changed meanwhile must not be served.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Alarm, within } from '../src/clock.js';
import type { Reader } from '../src/index.js';
import { TestClock } from './support/clock.js';
import { until } from './support/until.js';
import { SOFT, World, withCode } from './support/world.js';

/** A reader that serves `old`, and looks it up in the background from a table that hangs. */
async function refreshing(world: World): Promise<Reader> {
  world.put('old');
  world.clock.advance(SOFT - 15_000);
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.clock.advance(15_000);
  world.aws.fail('dynamodb', 'hang');
  assert.equal((await reader.get('acme', 'db')).text(), 'old');
  await world.aws.received('dynamodb', 2);
  return reader;
}

for (const [how, freeze] of [
  ['BothClocksShow', (clock: TestClock) => clock.skip(600_000)],
  ['TheWallClockAloneShows', (clock: TestClock) => clock.setNow(clock.now() + 600_000)],
] as const) {
  test(`afterAFreezeThat${how}TheNextGetReadsTheTable`, async (t) => {
    const world = await World.of(t);
    const reader = await refreshing(world);
    freeze(world.clock);
    world.put('new', 2);
    world.clock.advance(0);
    await new Promise(setImmediate);
    assert.equal((await reader.get('acme', 'db')).text(), 'new');
    const { outages, staleServed } = reader.stats();
    assert.deepEqual({ outages, staleServed }, { outages: 0, staleServed: 0 });
  });

  test(`afterAFreezeThat${how}ADataKeyIsUnwrappedAgain`, async (t) => {
    const world = await World.of(t);
    world.put('secret');
    const reader = world.reader({ dataKeyTtl: '1m' });
    await reader.get('acme', 'db');
    freeze(world.clock);
    await reader.get('acme', 'db');
    assert.equal(reader.stats().unwraps, 2);
  });

  test(`afterAFreezeThat${how}NobodyWaitsForALookupFromBefore`, async (t) => {
    const world = await World.of(t);
    world.put('old');
    world.aws.fail('dynamodb', 'hang');
    const reader = world.reader();
    const before = reader.get('acme', 'db').catch(() => {});
    await world.aws.received('dynamodb', 1);
    freeze(world.clock);
    assert.equal((await reader.get('acme', 'db')).text(), 'old');
    world.clock.advance(2000);
    await before;
  });
}

for (const frozen of [800, 1000, 1999]) {
  test(`aLookupFrozenFor${frozen}OfIts2000MsIsNoOutage`, async (t) => {
    const world = await World.of(t);
    const reader = await refreshing(world);
    // Thawed before the deadline, which then ends on time.
    world.clock.skip(frozen);
    world.clock.advance(2000 - frozen);
    await until('the lookup ended', () => reader.stats().timeouts === 1);
    assert.equal(reader.stats().outages, 0);
    // Fresh for the rest of its time, and no longer.
    world.clock.advance(13_000);
    world.put('new', 2);
    assert.equal((await reader.get('acme', 'db')).text(), 'new');
  });
}

test('aGetThatAFreezeEndsIsATimeOutAndProlongsNothing', async (t) => {
  const world = await World.of(t);
  world.put('old');
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.clock.advance(30_000);
  world.aws.fail('dynamodb', 'hang');
  const got = reader.get('acme', 'db');
  await world.aws.received('dynamodb', 2);
  world.clock.skip(3000);
  world.clock.advance(0);
  await assert.rejects(got, (error: Error) => {
    assert.match(error.message, /the process was frozen/);
    return withCode('TIMEOUT')(error);
  });
  assert.equal(reader.stats().outages, 0);
  world.put('new', 2);
  assert.equal((await reader.get('acme', 'db')).text(), 'new');
});

test('aGetAllThatAFreezeEndsIsNoOutage', async (t) => {
  const world = await World.of(t);
  world.aws.fail('dynamodb', 'hang');
  const reader = world.reader();
  const got = reader.getAll('acme');
  await world.aws.received('dynamodb', 1);
  world.clock.skip(3000);
  world.clock.advance(0);
  await assert.rejects(got, withCode('TIMEOUT'));
  assert.equal(reader.stats().outages, 0);
});

test('aTableThatDoesNotAnswerIsAnOutageThoughTimersAreABitLate', async (t) => {
  const world = await World.of(t);
  const reader = await refreshing(world);
  for (let part = 0; part < 8; part++) {
    world.clock.skip(280);
    world.clock.advance(0);
  }
  await until('the lookup ended', () => reader.stats().timeouts === 1);
  assert.equal(reader.stats().outages, 1);
  assert.equal((await reader.get('acme', 'db')).text(), 'old');
});

test('aDeadlinePassesOnTimeHoweverLateItsPartsAre', async () => {
  const clock = new TestClock();
  const ended = within(
    clock,
    1000,
    (frozen) => new Error(`frozen: ${frozen}`),
    () => new Promise(() => {}),
  );
  clock.skip(900);
  clock.advance(99);
  clock.advance(1);
  await assert.rejects(ended, { message: 'frozen: true' });
  assert.equal(clock.pending, 0);
  assert.equal(new Alarm().frozen, false);
});
