import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { until } from './support/until.js';
import { World, withCode } from './support/world.js';

const named = (name: string) => ({ tenant: 'acme', name });

function putMany(world: World, count: number): string[] {
  const names = Array.from({ length: count }, (_, i) => `name-${i}`);
  for (const name of names) {
    world.put(name, 1, named(name));
  }
  return names;
}

test('thereAreNoMoreConnectionsThanAllowed', async (t) => {
  const world = await World.of(t);
  const names = putMany(world, 300);
  const reader = world.reader({ maxSockets: 7 });
  const all = await Promise.all(names.map((name) => reader.get('acme', name)));
  assert.deepEqual(
    all.map((one) => one.text()),
    names,
  );
  assert.equal(world.aws.mostConnections, 7);
});

test('whoWaitsForAConnectionHasAllOfItsAttemptLeft', async (t) => {
  const world = await World.of(t);
  const names = putMany(world, 10);
  const reader = world.reader({ maxSockets: 1, deadline: '60s', attemptTimeout: '1s' });
  // Each response takes nine tenths of an attempt's time, so the last call waits for the time of
  // many attempts.
  const slow = { status: 200, before: () => world.clock.advance(900) };
  world.aws.fail('dynamodb', slow, 100);
  world.aws.fail('kms', slow, 100);
  const all = await Promise.all(names.map((name) => reader.get('acme', name)));
  assert.equal(all.length, 10);
  assert.equal(world.aws.seen.length, 20);
});

test('whoWaitsForAConnectionIsSignedWhenItHasOne', async (t) => {
  const world = await World.of(t);
  const [first = '', second = ''] = putMany(world, 2);
  const reader = world.reader({ maxSockets: 1, deadline: '15m', attemptTimeout: '15m' });
  const slow = { status: 200, before: () => world.clock.advance(400_000) };
  world.aws.fail('dynamodb', slow);
  await Promise.all([reader.get('acme', first), reader.get('acme', second)]);
  const dates = world.aws.seen.map((one) => one.headers['x-amz-date']);
  assert.equal(new Set(dates).size, 2);
});

test('whoWaitsForAConnectionWaitsNoLongerThanItsDeadlineAndTakesNone', async (t) => {
  const world = await World.of(t);
  const names = putMany(world, 3);
  world.aws.fail('dynamodb', 'hang', 2);
  const reader = world.reader({ maxSockets: 1 });
  const gets = names.map((name) => assert.rejects(reader.get('acme', name), withCode('TIMEOUT')));
  await world.aws.received('dynamodb', 1);
  world.clock.advance(1000);
  await world.aws.received('dynamodb', 2);
  world.clock.advance(1000);
  await Promise.all(gets);
  // The only connection is available again.
  assert.equal((await reader.get('acme', 'name-2')).text(), 'name-2');
});

test('aReaderThatIsClosedSendsNothingForThoseThatWaited', async (t) => {
  const world = await World.of(t);
  const names = putMany(world, 3);
  world.aws.fail('dynamodb', 'hang');
  const reader = world.reader({ maxSockets: 1 });
  const gets = names.map((name) => assert.rejects(reader.get('acme', name)));
  await world.aws.received('dynamodb', 1);
  reader.close();
  await Promise.all(gets);
  assert.equal(world.aws.count('dynamodb'), 1);
});

test('eachConnectionHasAnIdleTimeOfItsOwn', async (t) => {
  const world = await World.of(t);
  const names = putMany(world, 2);
  const reader = world.reader({ nearTtl: 0, dataKeyTtl: '24h' });
  await Promise.all(names.map((name) => reader.get('acme', name)));
  const ports = () => new Set(world.aws.seen.map((one) => one.port)).size;
  assert.equal(ports(), 2);
  for (let i = 0; i < 3; i++) {
    // One call at a time keeps one of them busy.
    world.clock.advance(15_000);
    await reader.get('acme', 'name-0');
  }
  assert.equal(ports(), 2);
  await Promise.all(names.map((name) => reader.get('acme', name)));
  assert.equal(ports(), 3);
});

test('idleTimeIsCountedByTheWallClockToo', async (t) => {
  const world = await World.of(t);
  putMany(world, 1);
  const reader = world.reader({ nearTtl: 0 });
  await reader.get('acme', 'name-0');
  world.clock.setNow(world.clock.now() + 20_000);
  await reader.get('acme', 'name-0');
  assert.equal(new Set(world.aws.seen.map((one) => one.port)).size, 2);
});

test('connectionsThatDiedSilentlyCostOneAttemptAndNoCall', async (t) => {
  const world = await World.of(t);
  const names = putMany(world, 8);
  const reader = world.reader({ nearTtl: 0, dataKeyTtl: 0, random: () => 1 });
  await Promise.all(names.map((name) => reader.get('acme', name)));
  for (const { port } of world.aws.seen) {
    world.aws.deaf.add(port);
  }
  const before = world.aws.count('dynamodb');
  // One call finds out for all.
  const got = reader.get('acme', 'name-0');
  await world.aws.received('dynamodb', before + 1);
  world.clock.advance(1000);
  assert.equal((await got).text(), 'name-0');
  // A pause would need the clock to move, which it does not.
  const all = await Promise.all(names.map((name) => reader.get('acme', name)));
  assert.equal(all.length, 8);
  assert.equal(reader.stats().timeouts, 0);
});

test('callsOnConnectionsThatDiedSilentlyAllSucceedSideBySide', async (t) => {
  const world = await World.of(t);
  const names = putMany(world, 8);
  const reader = world.reader({ nearTtl: 0, random: () => 1 });
  await Promise.all(names.map((name) => reader.get('acme', name)));
  for (const { port } of world.aws.seen) {
    world.aws.deaf.add(port);
  }
  const before = world.aws.count('dynamodb');
  const gets = names.map((name) => reader.get('acme', name));
  await world.aws.received('dynamodb', before + 8);
  world.clock.advance(1000);
  assert.equal((await Promise.all(gets)).length, 8);
});

test('anAttemptThatAFreezeEndsIsMadeAgainAtOnce', async (t) => {
  const world = await World.of(t);
  putMany(world, 1);
  const reader = world.reader({ deadline: '15m', attemptTimeout: '1s', random: () => 1 });
  world.aws.fail('dynamodb', 'hang');
  const got = reader.get('acme', 'name-0');
  await world.aws.received('dynamodb', 1);
  world.clock.skip(60_000);
  world.clock.advance(0);
  // A pause would need the clock to move, which it does not.
  assert.equal((await got).text(), 'name-0');
});

test('aServiceThatIsSlowIsWaitedForWithinTheDeadline', async (t) => {
  const world = await World.of(t);
  putMany(world, 1);
  const slow = { status: 200, before: () => world.clock.advance(1300) };
  world.aws.fail('dynamodb', slow);
  world.aws.fail('kms', slow);
  const reader = world.reader({ deadline: '30s' });
  assert.equal((await reader.get('acme', 'name-0')).text(), 'name-0');
  assert.equal(world.aws.seen.length, 2);
});

test('anAttemptTakesNoLongerThanItsTimeout', async (t) => {
  const world = await World.of(t);
  putMany(world, 1);
  world.aws.fail('dynamodb', 'hang', 3);
  const reader = world.reader({
    deadline: '30s',
    env: { ...world.aws.env, KEEPWARM_ATTEMPT_TIMEOUT: '200ms' },
  });
  const got = reader.get('acme', 'name-0');
  for (let attempts = 1; attempts <= 3; attempts++) {
    await world.aws.received('dynamodb', attempts);
    world.clock.advance(200);
  }
  assert.equal((await got).text(), 'name-0');
});

test('anAgentThatIsGivenConnectsAndIsNotDestroyed', async (t) => {
  const world = await World.of(t);
  putMany(world, 1);
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const reader = world.reader({ agent, nearTtl: 0 });
  await reader.get('acme', 'name-0');
  await until('its connection is free', () => Object.keys(agent.freeSockets).length === 1);
  reader.close();
  assert.equal(Object.keys(agent.freeSockets).length, 1);
  assert.equal(agent.listenerCount('free'), 1, 'its own');
  assert.throws(() => world.reader({ agent: {} }), withCode('INVALID_CONFIGURATION'));
});

test('anEndpointsPathGoesBeforeThatOfTheOperation', async (t) => {
  const world = await World.of(t);
  world.aws.resolver = () => ({ entries: [world.sealed('secret', 1, named('db'))] });
  for (const [path, prefix] of [
    ['', ''],
    ['/', ''],
    ['/aws%20/v1', '/aws%20/v1'],
    ['/aws%20/v1/', '/aws%20/v1'],
  ]) {
    world.aws.seen.length = 0;
    const env = { ...world.aws.env, AWS_ENDPOINT_URL: `${world.aws.url}${path}` };
    assert.equal((await world.reader({ env }).get('acme', 'db')).text(), 'secret');
    assert.deepEqual(
      world.aws.seen.map((one) => one.path),
      [`${prefix}/`, `${prefix}/2015-03-31/functions/keepwarm-resolve/invocations`, `${prefix}/`],
    );
  }
});
