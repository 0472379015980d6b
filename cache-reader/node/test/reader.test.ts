import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialRejected } from '../src/index.js';
import { failed, tombstone } from './support/aws.js';
import { until } from './support/until.js';
import { DB, HARD, SOFT, World, withCode } from './support/world.js';

const API = { tenant: 'acme', name: 'api' };

test('readsSealedEntriesFromTheTable', async (t) => {
  const world = await World.of(t);
  world.put('secret', 7);
  const credential = await world.reader().get('acme', 'db');
  assert.equal(credential.text(), 'secret');
  assert.equal(credential.version, 7);
  assert.equal(credential.expiresAt, world.clock.now() + HARD);
});

test('servesFreshCredentialsWithoutAskingAnybody', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.clock.advance(29_999);
  await reader.get('acme', 'db');
  assert.equal(world.aws.seen.length, 2);
  assert.equal(reader.stats().nearHits, 1);
  world.clock.advance(1);
  await reader.get('acme', 'db');
  assert.equal(world.aws.count('dynamodb'), 2);
  assert.equal(world.aws.count('kms'), 1);
});

test('unwrapsADataKeyOnceInItsLifetime', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader({ dataKeyTtl: '1m' });
  await reader.get('acme', 'db');
  world.clock.advance(59_999);
  await reader.get('acme', 'db');
  assert.equal(reader.stats().unwraps, 1);
  world.clock.advance(30_000);
  await reader.get('acme', 'db');
  assert.equal(reader.stats().unwraps, 2);
});

test('concurrentGetsShareOneLookup', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  const all = await Promise.all(Array.from({ length: 20 }, () => reader.get('acme', 'db')));
  assert.equal(new Set(all).size, 1);
  assert.equal(world.aws.seen.length, 2);
});

test('theWallClockGoingBackDoesNotProlongFreshness', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.clock.advance(30_000);
  world.clock.setNow(world.clock.now() - 60_000);
  await reader.get('acme', 'db');
  assert.equal(reader.stats().cacheReads, 2);
});

test('neverServesAtHardExpiryWhateverFails', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.aws.fail('dynamodb', { status: 500 }, 1000);
  world.clock.advance(HARD - 1);
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  assert.ok(reader.stats().staleServed > 0);
  world.clock.advance(1);
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
});

test('aNearEntryPastHardExpiryByTheWallClockAloneIsNotServed', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader({ onMiss: 'fail' });
  await reader.get('acme', 'db');
  world.clock.setNow(world.clock.now() + HARD);
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
});

test('looksUpAgainInTheBackgroundPastSoftExpiry', async (t) => {
  const world = await World.of(t);
  world.put('old');
  world.clock.advance(SOFT - 10_000);
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.put('new', 2);
  world.clock.advance(16_000);
  assert.equal((await reader.get('acme', 'db')).text(), 'old');
  assert.equal((await reader.get('acme', 'db')).text(), 'old');
  await until('the new one is near', async () => (await reader.get('acme', 'db')).text() === 'new');
  assert.equal(reader.stats().refreshes, 1);
  assert.equal(reader.stats().cacheReads, 2);
});

test('aFailingBackgroundLookupIsNobodysUnhandledRejection', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  world.clock.advance(SOFT - 15_000);
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.clock.advance(15_000);
  world.aws.fail('dynamodb', { status: 400, type: 'AccessDeniedException' });
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  t.after(() => process.off('unhandledRejection', onUnhandled));
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  await world.aws.received('dynamodb', 2);
  // The refusal of a background lookup drops the near entry, so the next call asks the table.
  await until('the table is asked', async () => {
    await reader.get('acme', 'db');
    return reader.stats().cacheReads >= 3;
  });
  assert.deepEqual(unhandled, []);
});

test('runsNoTimerBetweenCalls', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get('acme', 'db');
  await reader.getAll('acme');
  await reader.invalidate('acme', 'db');
  await world.clock.settled();
  assert.equal(world.clock.pending, 0);
});

test('whatWasNegativeIsBelievedForASixthOfNearTtl', async (t) => {
  const world = await World.of(t);
  world.aws.put(failed(DB, 'NOT_FOUND', world.clock.now() + 30_000));
  const reader = world.reader();
  await assert.rejects(reader.get('acme', 'db'), withCode('NOT_FOUND', 'NOT_FOUND'));
  world.clock.advance(4_999);
  await assert.rejects(reader.get('acme', 'db'), withCode('NOT_FOUND', 'NOT_FOUND'));
  assert.equal(reader.stats().nearHits, 1);
  world.clock.advance(1);
  await assert.rejects(reader.get('acme', 'db'), withCode('NOT_FOUND', 'NOT_FOUND'));
  assert.equal(reader.stats().cacheReads, 2);
});

test('aFailedEntrySaysWhy', async (t) => {
  const world = await World.of(t);
  world.aws.put(failed(DB, 'UNKNOWN_PROFILE', world.clock.now() + 1));
  await assert.rejects(
    world.reader().get('acme', 'db'),
    withCode('UNDECODABLE', 'UNKNOWN_PROFILE'),
  );
});

test('aRevokedCredentialIsRefusedUntilItsRetry', async (t) => {
  const world = await World.of(t);
  world.aws.put(tombstone(DB, world.clock.now() + 10));
  world.aws.resolver = () => ({ entries: [world.sealed('newer', 8)] });
  const reader = world.reader();
  await assert.rejects(reader.get('acme', 'db'), withCode('REVOKED'));
  world.clock.advance(10);
  assert.equal((await reader.get('acme', 'db')).text(), 'newer');
});

test('onAMissTheDecryptorIsAsked', async (t) => {
  for (const make of [
    () => undefined,
    () => tombstone(DB),
    (world: World) => failed(DB, 'NOT_FOUND', world.clock.now()),
    (world: World) => ({
      ...world.sealed('expired'),
      hardExpiresAt: { N: `${world.clock.now()}` },
    }),
  ]) {
    const world = await World.of(t);
    const item = make(world);
    if (item !== undefined) {
      world.aws.put(item);
    }
    world.aws.resolver = () => ({ entries: [world.sealed('resolved', 2)] });
    const credential = await world.reader({ resolver: 'arn:aws:lambda:f:1' }).get('acme', 'db');
    assert.equal(credential.text(), 'resolved');
    const asked = world.aws.seen.find((one) => one.service === 'lambda');
    assert.deepEqual(asked?.body, { tenant: 'acme', name: 'db' });
    assert.equal(asked?.path, '/2015-03-31/functions/arn%3Aaws%3Alambda%3Af%3A1/invocations');
  }
});

test('kmsIsAskedBesideTheDecryptorForTheDataKeyOfAnExpiredEntry', async (t) => {
  const world = await World.of(t);
  world.put('old');
  world.clock.advance(HARD);
  const failing = world.reader({ onMiss: 'fail' });
  await assert.rejects(failing.get('acme', 'db'), withCode('UNAVAILABLE'));
  assert.equal(world.aws.count('kms'), 0);
  world.put('other', 1, API);
  await failing.get(API);
  assert.equal(world.aws.count('kms'), 1);
  world.aws.fail('lambda', 'hang');
  const reader = world.reader();
  const ended = assert.rejects(reader.get('acme', 'db'), withCode('TIMEOUT'));
  await world.aws.received('lambda', 1);
  await world.aws.received('kms', 2);
  world.clock.advance(2000);
  await ended;
  // A different data key from the requested one.
  world.aws.resolver = () => ({ entries: [world.sealed('new', 2)] });
  assert.equal((await reader.get('acme', 'db')).text(), 'new');
});

test('anEntryThatExpiresWhileKmsAnswersIsAMiss', async (t) => {
  const world = await World.of(t);
  world.put('old');
  world.aws.resolver = () => ({ entries: [world.sealed('new', 2)] });
  world.clock.advance(HARD - 500);
  world.aws.fail('kms', { status: 200, before: () => world.clock.advance(500) });
  const reader = world.reader();
  assert.equal((await reader.get('acme', 'db')).text(), 'new');
  assert.equal(reader.stats().misses, 1);
});

test('anAnswerThatHasExpiredOnArrivalSaysSo', async (t) => {
  const world = await World.of(t);
  world.aws.resolver = () => {
    const item = world.sealed('late');
    world.clock.setNow(world.clock.now() + HARD);
    return { entries: [item] };
  };
  await assert.rejects(world.reader().get('acme', 'db'), (error: Error) => {
    assert.match(error.message, /no usable entry of acme db: it had expired on arrival/);
    return withCode('UNAVAILABLE')(error);
  });
  world.aws.resolver = () => ({ entries: [] });
  await assert.rejects(world.reader().get('acme', 'db'), (error: Error) => {
    assert.match(error.message, /no usable entry of acme db$/);
    return withCode('UNAVAILABLE')(error);
  });
});

test('anAnswerIsNeverResolvedAgain', async (t) => {
  const world = await World.of(t);
  for (const [entries, code] of [
    [[tombstone(DB)], 'UNAVAILABLE'],
    [[tombstone(DB, 0)], 'REVOKED'],
    [[failed(DB, 'NOT_FOUND', 30_000)], 'NOT_FOUND'],
    [[{ ...world.sealed('x'), hardExpiresAt: { N: '1' } }], 'UNAVAILABLE'],
    [[], 'UNAVAILABLE'],
    [[world.sealed('x', 1, API)], 'UNAVAILABLE'],
    [[{ ...world.sealed('x'), version: { N: 'x' } }], 'TAMPERED'],
  ] as const) {
    world.aws.resolver = () => ({ entries });
    const before = world.aws.count('lambda');
    const failure = code === 'NOT_FOUND' ? code : undefined;
    await assert.rejects(world.reader().get('acme', 'db'), withCode(code, failure));
    assert.equal(world.aws.count('lambda'), before + 1);
  }
});

test('aResolveThatFailsIsACodedError', async (t) => {
  const world = await World.of(t);
  for (const [answer, code] of [
    [{ error: { code: 'DENIED', reason: 'r' } }, 'DENIED'],
    [{ error: { code: 'INVALID_REQUEST', reason: 'r' } }, 'UNAVAILABLE'],
    [{ error: { code: 'WHAT_IS_THIS', reason: 'r' } }, 'UNAVAILABLE'],
    [{ error: {} }, 'UNAVAILABLE'],
    [{ entries: 'x' }, 'UNAVAILABLE'],
    [{ entries: [1] }, 'UNAVAILABLE'],
    [{}, 'UNAVAILABLE'],
    [[], 'UNAVAILABLE'],
    [null, 'UNAVAILABLE'],
    ['text', 'UNAVAILABLE'],
  ] as const) {
    world.aws.resolver = () => answer;
    await assert.rejects(world.reader().get('acme', 'db'), withCode(code));
  }
  world.aws.resolver = () => {
    throw new Error('hunter2');
  };
  await assert.rejects(world.reader().get('acme', 'db'), (error: Error) => {
    assert.ok(!JSON.stringify([error.message, String(error.cause)]).includes('hunter2'));
    return withCode('UNAVAILABLE')(error);
  });
});

test('waitLooksAgainUntilTheEntryIsThere', async (t) => {
  const world = await World.of(t);
  const reader = world.reader({ onMiss: 'wait' });
  const got = reader.get('acme', 'db');
  await world.aws.received('dynamodb', 1);
  world.put('there');
  await until('the table is asked again', () => {
    world.clock.advance(1);
    return world.aws.count('dynamodb') >= 2;
  });
  assert.equal((await got).text(), 'there');
});

test('failDoesNotAskTheDecryptor', async (t) => {
  const world = await World.of(t);
  await assert.rejects(world.reader({ onMiss: 'fail' }).get('acme', 'db'), (error: Error) => {
    assert.match(error.message, /no usable entry of acme db$/);
    return withCode('UNAVAILABLE')(error);
  });
  assert.equal(world.aws.count('lambda'), 0);
});

test('theDeadlineBoundsACall', async (t) => {
  const world = await World.of(t);
  world.aws.fail('dynamodb', 'hang', 100);
  const reader = world.reader({ deadline: 500 });
  const got = reader.get('acme', 'db');
  await world.aws.received('dynamodb', 1);
  world.clock.advance(500);
  await assert.rejects(got, (error: Error) => {
    assert.match(error.message, /acme db within 500 ms$/);
    return withCode('TIMEOUT')(error);
  });
  assert.equal(reader.stats().timeouts, 1);
  assert.equal(reader.stats().outages, 1);
});

test('theDeadlineBoundsACredentialProviderThatHangs', async (t) => {
  const world = await World.of(t);
  const reader = world.reader({ credentials: () => new Promise(() => {}) });
  const got = reader.get('acme', 'db');
  world.clock.advance(2000);
  await assert.rejects(got, withCode('TIMEOUT'));
});

test('inAnOutageTheNearEntryIsServedAndTheOutageCounted', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.clock.advance(30_000);
  world.aws.fail('dynamodb', { status: 500 }, 4);
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  assert.equal(reader.stats().outages, 1);
  assert.equal(reader.stats().staleServed, 1);
  // The outage is assumed to last a while, so no call waits for it again at once.
  await reader.get('acme', 'db');
  assert.equal(reader.stats().staleServed, 2);
  assert.equal(reader.stats().cacheReads, 2);
  world.clock.advance(5_000);
  await reader.get('acme', 'db');
  assert.equal(reader.stats().cacheReads, 3);
  assert.equal(reader.stats().staleServed, 2);
});

test('aTableThatSaysOtherwiseIsNoOutage', async (t) => {
  const world = await World.of(t);
  world.put('old', 1);
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.clock.advance(30_000);
  world.put('new', 2);
  world.aws.fail('kms', { status: 500 }, 4);
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
  world.aws.fail('dynamodb', { status: 500 }, 4);
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
});

test('tamperingNeverFallsBack', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get('acme', 'db');
  world.clock.advance(30_000);
  const item = world.sealed('other', 1);
  world.aws.put({ ...item, version: { N: '2' } });
  await assert.rejects(reader.get('acme', 'db'), withCode('TAMPERED'));
  assert.equal(reader.stats().tampered, 1);
  assert.equal(world.aws.count('lambda'), 0);
  world.aws.put({ ...item, softExpiresAt: { S: 'x' } });
  await assert.rejects(reader.get('acme', 'db'), withCode('TAMPERED'));
  world.aws.put({ ...item, sealed: { B: Buffer.from([9, 1, 2]).toString('base64') } });
  await assert.rejects(reader.get('acme', 'db'), withCode('TAMPERED'));
});

test('anotherTenantsEntryDoesNotUnseal', async (t) => {
  const world = await World.of(t);
  const stolen = world.sealed('secret', 1, { tenant: 'other', name: 'db' });
  world.aws.put({ ...stolen, tenant: { S: 'acme' } });
  // Its data key is bound to the other tenant by its encryption context.
  await assert.rejects(world.reader().get('acme', 'db'), withCode('TAMPERED'));
});

test('withCredentialRunsOnceMoreIfTheRejectedOneWasReplaced', async (t) => {
  const world = await World.of(t);
  world.put('old', 1);
  world.aws.resolver = () => ({ entries: [world.sealed('new', 2)] });
  const reader = world.reader();
  const seen: string[] = [];
  const result = await reader.withCredential(DB, async (credential) => {
    seen.push(credential.text());
    if (credential.version === 1) {
      throw new CredentialRejected();
    }
    return 'done';
  });
  assert.equal(result, 'done');
  assert.deepEqual(seen, ['old', 'new']);
  const asked = world.aws.seen.find((one) => one.service === 'lambda');
  assert.deepEqual(asked?.body, { tenant: 'acme', name: 'db', newerThan: 1 });
  assert.equal((await reader.get('acme', 'db')).text(), 'new');
});

test('withCredentialThrowsTheRejectionOnIfNothingIsNewer', async (t) => {
  const world = await World.of(t);
  world.put('old', 1);
  const item = world.sealed('old', 1);
  world.aws.resolver = () => ({ entries: [item] });
  const reader = world.reader();
  const rejection = new CredentialRejected('401');
  let runs = 0;
  const use = () => {
    runs++;
    throw rejection;
  };
  await assert.rejects(reader.withCredential(DB, use), (error) => error === rejection);
  assert.equal(runs, 1);
  world.clock.advance(30_000);
  world.aws.resolver = () => ({ entries: [tombstone(DB, 0)] });
  await assert.rejects(reader.withCredential(DB, use), (error) => {
    return error === rejection && withCode('REVOKED')(rejection.cause);
  });
});

test('withCredentialFetchesOnceOnly', async (t) => {
  const world = await World.of(t);
  world.put('old', 1);
  world.aws.resolver = () => ({ entries: [world.sealed('new', 2)] });
  const reader = world.reader();
  let runs = 0;
  const use = () => {
    runs++;
    throw new CredentialRejected();
  };
  await assert.rejects(reader.withCredential(DB, use), { name: 'CredentialRejected' });
  assert.equal(runs, 2);
  assert.equal(reader.stats().rejections, 2);
});

test('anyOtherErrorOfTheFunctionIsThrownOnUntouched', async (t) => {
  const world = await World.of(t);
  world.put('old', 1);
  const error = new TypeError('mine');
  const used = world.reader().withCredential(DB, () => Promise.reject(error));
  await assert.rejects(used, (thrown) => thrown === error);
  assert.equal(world.aws.count('lambda'), 0);
});

test('rejectionsOfOneVersionShareOneResolve', async (t) => {
  const world = await World.of(t);
  world.put('old', 1);
  world.aws.resolver = () => ({ entries: [world.sealed('new', 2)] });
  const reader = world.reader();
  const use = (credential: { version: number }) => {
    if (credential.version === 1) {
      throw new CredentialRejected();
    }
  };
  await Promise.all(Array.from({ length: 10 }, () => reader.withCredential(DB, use)));
  assert.equal(world.aws.count('lambda'), 1);
});

test('invalidatePublishesAndForgets', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get('acme', 'db');
  await reader.invalidate('acme', 'db');
  assert.deepEqual(world.aws.events, [
    {
      EventBusName: 'keepwarm',
      Source: 'keepwarm',
      DetailType: 'Credential Invalidated',
      Detail: '{"tenant":"acme","name":"db"}',
    },
  ]);
  await reader.get('acme', 'db');
  assert.equal(reader.stats().cacheReads, 2);
});

test('anEventThatTheBusRefusesIsAnError', async (t) => {
  const world = await World.of(t);
  const refused = JSON.stringify({
    FailedEntryCount: 1,
    Entries: [{ ErrorCode: 'InternalFailure' }],
  });
  world.aws.fail('events', { status: 200, raw: refused }, 100);
  await assert.rejects(world.reader().invalidate('acme', 'db'), withCode('UNAVAILABLE'));
  world.aws.heal();
  world.aws.fail('events', { status: 200, raw: refused }, 2);
  await world.reader().invalidate('acme', 'db');
  assert.equal(world.aws.events.length, 1);
});

test('aLookupThatAnInvalidationOvertookIsNotKept', async (t) => {
  const world = await World.of(t);
  world.put('old');
  const reader = world.reader();
  world.aws.fail('dynamodb', { status: 200, before: () => reader.forget('acme', 'db') });
  await reader.get('acme', 'db');
  world.put('new', 2);
  assert.equal((await reader.get('acme', 'db')).text(), 'new');
});

test('aGetAfterAnInvalidationDoesNotJoinALookupBeforeIt', async (t) => {
  const world = await World.of(t);
  world.put('old');
  const reader = world.reader();
  world.aws.fail('kms', 'hang');
  const before = reader.get('acme', 'db').catch(() => {});
  await world.aws.received('kms', 1);
  reader.forget('acme', 'db');
  world.put('new', 2);
  assert.equal((await reader.get('acme', 'db')).text(), 'new');
  world.clock.advance(2000);
  await before;
  assert.equal((await reader.get('acme', 'db')).text(), 'new');
});

for (const frozen of [5_000, 60_000]) {
  test(`aGetAfterAFreezeOf${frozen}MsDoesNotJoinALookupFromBeforeIt`, async (t) => {
    const world = await World.of(t);
    world.put('secret');
    const reader = world.reader();
    world.aws.fail('dynamodb', 'hang');
    const before = assert.rejects(reader.get('acme', 'db'), withCode('TIMEOUT'));
    await world.aws.received('dynamodb', 1);
    // Time has passed, but no timer has run yet, as in the first moment of a thaw.
    world.clock.skip(frozen);
    assert.equal((await reader.get('acme', 'db')).text(), 'secret');
    world.clock.advance(0);
    await before;
  });
}

test('getAllReadsATenantByOneQuery', async (t) => {
  const world = await World.of(t);
  world.put('one', 1, DB, 3);
  world.put('two', 1, API, 3);
  world.put('other', 1, { tenant: 'acme2', name: 'x' });
  const retryAt = world.clock.now() + 1;
  world.aws.put(failed({ tenant: 'acme', name: 'bad' }, 'BAD_ROW', retryAt, 3));
  world.aws.put(failed({ tenant: 'acme', name: 'none' }, 'NOT_FOUND', retryAt, 3));
  const reader = world.reader();
  const { credentials, failures } = await reader.getAll('acme');
  assert.deepEqual([...credentials].map(([name, credential]) => [name, credential.text()]).sort(), [
    ['api', 'two'],
    ['db', 'one'],
  ]);
  assert.deepEqual([...failures], [['bad', 'UNDECODABLE']]);
  assert.equal(world.aws.count('dynamodb'), 1);
  await reader.get('acme', 'db');
  assert.equal(world.aws.count('dynamodb'), 1);
});

test('getAllReadsAllPages', async (t) => {
  const world = await World.of(t);
  world.aws.pageSize = 2;
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    world.put(name, 1, { tenant: 'acme', name }, 5);
  }
  const { credentials } = await world.reader().getAll('acme');
  assert.deepEqual([...credentials.keys()].sort(), ['a', 'b', 'c', 'd', 'e']);
  assert.equal(world.aws.count('dynamodb'), 3);
});

test('getAllIsNeverSilentlyIncomplete', async (t) => {
  for (const put of [
    () => {},
    (world: World) => world.put('one', 1, DB, 2),
    (world: World) => {
      world.put('one', 1, DB, 1);
      world.aws.put(tombstone(API));
    },
    (world: World) => {
      world.put('one', 1, DB, 1);
      world.aws.put({ ...world.sealed('x', 1, API), hardExpiresAt: { N: '1' } });
    },
    (world: World) => world.aws.put(tombstone(DB, world.clock.now() + 1000)),
  ]) {
    const world = await World.of(t);
    put(world);
    world.aws.resolver = (request) => {
      assert.deepEqual(request, { tenant: 'acme' });
      return { entries: [world.sealed('1', 1, DB, 2), world.sealed('2', 1, API, 2)] };
    };
    const { credentials } = await world.reader().getAll('acme');
    assert.deepEqual([...credentials.keys()].sort(), ['api', 'db']);
    await assert.rejects(world.reader({ onMiss: 'fail' }).getAll('acme'), withCode('UNAVAILABLE'));
  }
});

test('oneTamperedEntryDoesNotHideItsSiblings', async (t) => {
  const world = await World.of(t);
  world.put('one', 1, DB, 2);
  world.aws.put({ ...world.sealed('two', 1, API, 2), version: { N: '2' } });
  const { credentials, failures } = await world.reader().getAll('acme');
  assert.deepEqual([...credentials.keys()], ['db']);
  assert.deepEqual([...failures], [['api', 'TAMPERED']]);
});

test('aTenantWithoutCredentialsIsNotFound', async (t) => {
  const world = await World.of(t);
  world.aws.resolver = () => ({ entries: [] });
  await assert.rejects(world.reader().getAll('acme'), withCode('NOT_FOUND'));
});

test('eachCallerOfGetAllHasAMapOfItsOwn', async (t) => {
  const world = await World.of(t);
  world.put('one');
  const reader = world.reader();
  const [a, b] = await Promise.all([reader.getAll('acme'), reader.getAll('acme')]);
  assert.equal(world.aws.count('dynamodb'), 1);
  (a.credentials as Map<string, unknown>).clear();
  assert.equal(b.credentials.size, 1);
});

test('idsOutsideTheGrammarAreRefusedBeforeAnythingIsSent', async (t) => {
  const world = await World.of(t);
  const reader = world.reader();
  const wrong = ['', 'a b', 'ä', 'x'.repeat(129), 'a\n', 'a\0', 1 as unknown as string];
  for (const part of wrong) {
    await assert.rejects(reader.get(part, 'db'), withCode('INVALID_ID'));
    await assert.rejects(reader.get('acme', part), withCode('INVALID_ID'));
    await assert.rejects(reader.getAll(part), withCode('INVALID_ID'));
    await assert.rejects(reader.invalidate('acme', part), withCode('INVALID_ID'));
    await assert.rejects(
      reader.withCredential({ tenant: 'acme', name: part }, () => {}),
      withCode('INVALID_ID'),
    );
  }
  assert.equal(world.aws.seen.length, 0);
});

test('aClosedReaderRefuses', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get('acme', 'db');
  reader.close();
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
  await assert.rejects(reader.getAll('acme'), withCode('UNAVAILABLE'));
  await assert.rejects(reader.invalidate('acme', 'db'), withCode('UNAVAILABLE'));
});

test('aCallInProgressWhenItIsClosedEnds', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  world.aws.fail('dynamodb', 'hang', 10);
  const reader = world.reader();
  const got = reader.get('acme', 'db');
  await world.aws.received('dynamodb', 1);
  reader.close();
  await assert.rejects(got, withCode('UNAVAILABLE'));
  assert.equal(world.aws.count('dynamodb'), 1);
});

test('aTenantOfManyDataKeysMakesNoWarning', async (t) => {
  const world = await World.of(t);
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const names = Array.from({ length: 50 }, (_, i) => `name-${i}`);
  for (const name of names) {
    world.put(name, 1, { tenant: 'acme', name }, names.length);
  }
  const { credentials } = await world.reader().getAll('acme');
  assert.equal(credentials.size, names.length);
  await new Promise(setImmediate);
  assert.deepEqual(warnings, []);
});

test('withoutFreshnessEveryGetReadsTheTable', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader({ nearTtl: 0 });
  await reader.get('acme', 'db');
  await reader.get('acme', 'db');
  assert.equal(reader.stats().cacheReads, 2);
});

test('theNearCacheIsBounded', async (t) => {
  const world = await World.of(t);
  const reader = world.reader({ nearSize: 2 });
  for (const name of ['a', 'b', 'c']) {
    world.put(name, 1, { tenant: 'acme', name });
    await reader.get('acme', name);
  }
  await reader.get('acme', 'c');
  await reader.get('acme', 'b');
  assert.equal(reader.stats().nearHits, 2);
  await reader.get('acme', 'a');
  assert.equal(reader.stats().nearHits, 2);
});
