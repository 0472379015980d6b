import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { ErrorCode } from '../src/index.js';
import { CREDENTIALS, type Fault } from './support/aws.js';
import { World, withCode } from './support/world.js';

for (const [what, fault] of [
  ['aReset', 'reset'],
  ['aTruncatedJsonText', 'truncated'],
  ['ABodyCutShort', 'cut'],
  ['anAnswerOfALoadBalancer', { status: 503, raw: '<html>busy</html>' }],
  ['anInternalError', { status: 500, type: 'InternalServerError' }],
  ['tooManyRequests', { status: 429, raw: '' }],
  ['aThrottle', { status: 400, type: 'com.amazonaws#ProvisionedThroughputExceededException' }],
] as [string, Fault][]) {
  test(`${what}IsTriedAgain`, async (t) => {
    const world = await World.of(t);
    world.put('secret');
    world.aws.fail('dynamodb', fault, 3);
    assert.equal((await world.reader().get('acme', 'db')).text(), 'secret');
    assert.equal(world.aws.count('dynamodb'), 4);
  });

  test(`${what}ForGoodIsUnavailable`, async (t) => {
    const world = await World.of(t);
    world.aws.fail('dynamodb', fault, 100);
    await assert.rejects(world.reader().get('acme', 'db'), withCode('UNAVAILABLE'));
    assert.equal(world.aws.count('dynamodb'), 4);
  });
}

for (const [type, code] of [
  ['AccessDeniedException', 'DENIED'],
  ['MissingAuthenticationTokenException', 'DENIED'],
  ['ResourceNotFoundException', 'INVALID_CONFIGURATION'],
  ['NotFoundException', 'INVALID_CONFIGURATION'],
  ['ValidationException', 'UNAVAILABLE'],
] as [string, ErrorCode][]) {
  test(`${type}Is${code}AtOnce`, async (t) => {
    const world = await World.of(t);
    world.aws.fail('dynamodb', { status: 400, type }, 100);
    await assert.rejects(world.reader().get('acme', 'db'), withCode(code));
    assert.equal(world.aws.count('dynamodb'), 1);
  });
}

test('InvalidCiphertextExceptionOfKmsIsTampering', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  world.aws.fail('kms', { status: 400, type: 'InvalidCiphertextException' });
  await assert.rejects(world.reader().get('acme', 'db'), withCode('TAMPERED'));
});

test('aDataKeyOfTheWrongLengthIsTampering', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  world.aws.fail('kms', { status: 200, raw: '{"Plaintext":"AAAA"}' });
  await assert.rejects(world.reader().get('acme', 'db'), withCode('TAMPERED'));
});

test('withoutCredentialsTheCallIsDenied', async (t) => {
  const world = await World.of(t);
  const reader = world.reader({ env: { ...world.aws.env, AWS_SECRET_ACCESS_KEY: '' } });
  await assert.rejects(reader.get('acme', 'db'), withCode('DENIED'));
  assert.equal(world.aws.seen.length, 0);
});

test('wrongCredentialsAreDenied', async (t) => {
  const world = await World.of(t);
  const reader = world.reader({ env: { ...world.aws.env, AWS_SECRET_ACCESS_KEY: 'wrong' } });
  await assert.rejects(reader.get('acme', 'db'), withCode('DENIED'));
});

test('aHostThatDoesNotAnswerIsUnavailable', async (t) => {
  const world = await World.of(t);
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const address = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  assert.ok(typeof address === 'object' && address !== null);
  const reader = world.reader({ endpoints: { dynamodb: `http://127.0.0.1:${address.port}` } });
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
});

test('providedCredentialsAreKeptUntilAMinuteBeforeTheyExpire', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  let asked = 0;
  const reader = world.reader({
    nearTtl: 0,
    credentials: async () => {
      asked++;
      return { ...CREDENTIALS, expiration: new Date(world.clock.now() + 300_000) };
    },
  });
  await reader.get('acme', 'db');
  world.clock.advance(239_999);
  await reader.get('acme', 'db');
  assert.equal(asked, 1);
  world.clock.advance(1);
  await reader.get('acme', 'db');
  assert.equal(asked, 2);
});

test('anExpiredTokenIsReplacedOnceByTheProviders', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  let asked = 0;
  const reader = world.reader({
    credentials: async () => {
      asked++;
      return CREDENTIALS;
    },
  });
  world.aws.fail('dynamodb', { status: 400, type: 'ExpiredTokenException' });
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  assert.equal(asked, 2);
  world.aws.fail('dynamodb', { status: 400, type: 'ExpiredTokenException' }, 100);
  world.clock.advance(30_000);
  await assert.rejects(reader.get('acme', 'db'), withCode('DENIED'));
  assert.equal(asked, 3);
});

test('anExpiredTokenOfTheEnvironmentIsDenied', async (t) => {
  const world = await World.of(t);
  world.aws.fail('dynamodb', { status: 400, type: 'ExpiredTokenException' }, 100);
  await assert.rejects(world.reader().get('acme', 'db'), withCode('DENIED'));
  assert.equal(world.aws.count('dynamodb'), 2);
});

test('aBadSignatureThatIsNotTheClocksFaultIsDenied', async (t) => {
  const world = await World.of(t);
  const date = new Date(world.clock.now() + 1000).toUTCString();
  const type = 'InvalidSignatureException';
  world.aws.fail('dynamodb', { status: 403, type, headers: { date } }, 100);
  await assert.rejects(world.reader().get('acme', 'db'), withCode('DENIED'));
  assert.equal(world.aws.count('dynamodb'), 1);
});

test('everyAttemptIsSignedAnew', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader({ deadline: '15m' });
  world.aws.fail('dynamodb', {
    status: 500,
    before: () => {
      // Frozen in the middle of the first attempt, so the signature is too old when the response
      // arrives.
      world.clock.setNow(world.clock.now() + 600_000);
    },
  });
  world.aws.fail('dynamodb', 'reset');
  await reader.get('acme', 'db');
  world.aws.fail('dynamodb', 'reset');
  world.clock.advance(31_000);
  await reader.get('acme', 'db');
  const dates = world.aws.seen
    .filter((one) => one.service === 'dynamodb')
    .map((one) => one.headers['x-amz-date']);
  assert.equal(new Set(dates).size, 2);
});

test('aConnectionThatDiedUnseenIsReplacedWithoutAPause', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  // A pause would need the clock to move, which it does not.
  const reader = world.reader({ nearTtl: 0, random: () => 1 });
  await reader.get('acme', 'db');
  world.aws.fail('dynamodb', 'reset');
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
});

test('idleConnectionsAreNotUsedAfterAFreeze', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader({ nearTtl: 0 });
  await reader.get('acme', 'db');
  await reader.get('acme', 'db');
  const ports = () => world.aws.seen.map((one) => one.port);
  assert.equal(new Set(ports()).size, 1);
  world.clock.advance(60_000);
  await reader.get('acme', 'db');
  assert.equal(new Set(ports()).size, 2);
});

test('anAttemptThatHangsIsGivenUpBeforeTheDeadline', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  world.aws.fail('dynamodb', 'hang');
  const got = world.reader().get('acme', 'db');
  await world.aws.received('dynamodb', 1);
  world.clock.advance(1000);
  assert.equal((await got).text(), 'secret');
});

test('pausesGrowWithFullJitter', async (t) => {
  const world = await World.of(t);
  const pauses: number[] = [];
  const clock = {
    now: world.clock.now,
    elapsed: world.clock.elapsed,
    after(ms: number, fn: () => void) {
      // Attempts and parts of deadlines take longer.
      if (ms < 250) {
        pauses.push(ms);
        return world.clock.after(0, fn);
      }
      return world.clock.after(ms, fn);
    },
  };
  world.aws.fail('dynamodb', { status: 500 }, 100);
  const reader = world.reader({ clock, random: () => 0.5 });
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
  assert.deepEqual(pauses, [25, 50, 100]);
});

test('anAnswerWithoutEndIsRefused', async (t) => {
  const world = await World.of(t);
  world.aws.fail('dynamodb', { status: 200, raw: ' '.repeat(9 * 1024 * 1024) }, 100);
  await assert.rejects(world.reader().get('acme', 'db'), withCode('UNAVAILABLE'));
});

test('answersOfAnotherShapeAreUnavailable', async (t) => {
  const world = await World.of(t);
  for (const raw of ['[]', 'null', '"x"', '1', '{"Item":1}', '{"Item":[]}', '{"Item":null}']) {
    world.aws.heal();
    world.aws.fail('dynamodb', { status: 200, raw }, 100);
    await assert.rejects(world.reader().get('acme', 'db'), withCode('UNAVAILABLE'));
    await assert.rejects(world.reader().getAll('acme'), withCode('UNAVAILABLE'));
  }
});

test('noErrorQuotesWhatTheServicesSaidOfContent', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  world.aws.fail('kms', { status: 200, raw: '{"Plaintext": "hunter2' }, 100);
  await assert.rejects(world.reader().get('acme', 'db'), (error: Error) => {
    const cause = error.cause as Error;
    assert.ok(![error.message, cause.message, String(cause.cause)].join().includes('hunter2'));
    return withCode('UNAVAILABLE')(error);
  });
});
