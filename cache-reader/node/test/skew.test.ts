// The clock of the reader's host is off. AWS's is right, and the decryptor's with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckedClock, momentOf } from '../src/clock.js';
import { basic } from './support/aws.js';
import { TestClock } from './support/clock.js';
import { HARD, World, withCode } from './support/world.js';

const MINUTE = 60_000;
const names = Array.from({ length: 10 }, (_, i) => `name-${i}`);

test('aSkewedClockIsCorrectedOnceByTheServicesDate', async (t) => {
  const world = await World.of(t);
  world.skew(60 * MINUTE);
  world.put('secret');
  const reader = world.reader();
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  const [first, second, ofKms] = world.aws.seen.map((one) => one.headers['x-amz-date']);
  assert.equal(first, basic(world.clock.now()));
  assert.equal(second, basic(world.clock.now() + 60 * MINUTE));
  assert.equal(ofKms, second);
});

for (const datesInHeaders of [true, false]) {
  for (const minutes of [10, -10]) {
    const where = datesInHeaders ? 'Headers' : 'Errors';
    test(`concurrentCallsAreAllCorrectedBy${where}AtASkewOf${minutes}Minutes`, async (t) => {
      const world = await World.of(t);
      world.skew(minutes * MINUTE);
      world.aws.datesInHeaders = datesInHeaders;
      for (const name of names) {
        world.put(name, 1, { tenant: 'acme', name });
      }
      const reader = world.reader();
      const all = await Promise.all(names.map((name) => reader.get('acme', name)));
      assert.deepEqual(
        all.map((one) => one.text()),
        names,
      );
      assert.equal(world.aws.count('lambda'), 0);
    });
  }
}

test('aHostClockThatIsAheadOfAnEntrysLifeStillReadsIt', async (t) => {
  const world = await World.of(t);
  world.skew(-2 * HARD);
  const reader = world.reader({ nearTtl: 0 });
  for (let version = 1; version < 4; version++) {
    world.put('secret', version);
    assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  }
  const { misses, resolves } = reader.stats();
  assert.deepEqual({ misses, resolves }, { misses: 0, resolves: 0 });
});

test('aSkewThatServicesTolerateIsLearnedFromTheirAnswers', async (t) => {
  const world = await World.of(t);
  world.skew(-4 * MINUTE);
  world.put('secret');
  world.clock.advance(HARD - 2 * MINUTE);
  // By this host's clock it expired two minutes ago.
  const reader = world.reader();
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  assert.equal(world.aws.count('dynamodb'), 1);
});

test('aHostClockThatIsBehindKeepsNothingAliveForLonger', async (t) => {
  const world = await World.of(t);
  world.skew(4 * MINUTE);
  world.put('secret');
  world.clock.advance(HARD);
  // By this host's clock it has four minutes left.
  const reader = world.reader({ onMiss: 'fail' });
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
  world.put('secret', 2);
  await reader.get('acme', 'db');
  world.aws.fail('dynamodb', { status: 500 }, 1000);
  world.clock.advance(HARD - 1000);
  await reader.get('acme', 'db');
  world.clock.advance(1000);
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
});

test('anErrorNamesTheClock', async (t) => {
  const world = await World.of(t);
  const date = new Date(world.clock.now() + 60 * MINUTE).toUTCString();
  const type = 'RequestTimeTooSkewed';
  world.aws.fail('dynamodb', { status: 403, type, headers: { date } }, 100);
  await assert.rejects(world.reader().get('acme', 'db'), (error: Error) => {
    assert.match(error.message, /RequestTimeTooSkewed; the clock of this host is 3600 s behind$/);
    return withCode('DENIED')(error);
  });
});

test('anAnswerThatExpiredBeforeItCameNamesTheClock', async (t) => {
  const world = await World.of(t);
  world.ahead = -HARD;
  world.aws.resolver = () => ({ entries: [world.sealed('secret')] });
  await assert.rejects(world.reader().get('acme', 'db'), /is the clock of this host right\?$/);
  world.aws.time = () => world.clock.now() + 2 * MINUTE;
  world.ahead = 2 * MINUTE - HARD;
  await assert.rejects(
    world.reader().get('acme', 'db'),
    /it had expired on arrival; the clock of this host is 120 s behind$/,
  );
});

test('anAnswerThatWasLongUnderWayTellsLittleOfTheTime', () => {
  const host = new TestClock();
  const clock = new CheckedClock(host);
  const sent = momentOf(clock);
  const made = host.now();
  // Frozen before the response was read, or before the request was sent.
  host.skip(600_000);
  clock.learn(made, sent);
  assert.equal(clock.skew, 0);
  clock.learn(host.now(), sent);
  assert.equal(clock.skew, 0);
  assert.equal(clock.complaint, '');
});

test('aSkewIsFollowedAndNotBelievedForEver', () => {
  const host = new TestClock();
  const clock = new CheckedClock(host);
  clock.learn(host.now() - 90_000, momentOf(clock));
  assert.equal(clock.skew, -89_001);
  assert.equal(clock.date(), host.now() - 89_001);
  assert.equal(clock.complaint, '; the clock of this host is 89 s ahead');
  // Consistent with the known skew.
  clock.learn(host.now() - 89_500, momentOf(clock));
  assert.equal(clock.skew, -89_001);
  host.setNow(host.now() - 90_000);
  clock.learn(host.now() - 500, momentOf(clock));
  assert.equal(clock.skew, -500);
  clock.learn(Number.NaN, momentOf(clock));
  assert.equal(clock.skew, -500);
});
