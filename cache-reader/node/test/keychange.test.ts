// A KMS key is replaced: the alias points to another key, and there are entries under both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialRejected } from '../src/index.js';
import { until } from './support/until.js';
import { DB, World, withCode } from './support/world.js';

const FORMER = 'arn:aws:kms:eu-central-1:1:key/former';
const BOTH = `alias/keepwarm,${FORMER}`;
const API = { tenant: 'acme', name: 'api' };

/** A world with an entry of version 3 under the former key, whose decryptor seals under the new one. */
async function changed(t: Parameters<typeof World.of>[0]): Promise<World> {
  const world = await World.of(t);
  world.aws.keyId = FORMER;
  world.put('secret', 3);
  world.aws.keyId = 'alias/keepwarm';
  world.aws.resolver = ({ name = '' }) => ({
    entries: [world.sealed('secret', 3, { tenant: 'acme', name })],
  });
  return world;
}

test('anEntryUnderAnotherKeyIsAMissAndSealedAnew', async (t) => {
  const world = await changed(t);
  const reader = world.reader();
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  const { tampered, wrongKeys, misses, outages } = reader.stats();
  assert.deepEqual(
    { tampered, wrongKeys, misses, outages },
    { tampered: 0, wrongKeys: 1, misses: 1, outages: 0 },
  );
  const asked = world.aws.seen.filter((one) => one.service === 'lambda');
  // One call for the entry and one for the response: nothing is requested beside the decryptor.
  assert.equal(world.aws.count('kms'), 2);
  // The entry is not due, so only this version tells the decryptor that the entry is unusable.
  assert.deepEqual(
    asked.map((one) => one.body),
    [{ tenant: 'acme', name: 'db', newerThan: 3 }],
  );
});

test('aFormerKeyThatIsNamedOpensWithoutAResolve', async (t) => {
  const world = await changed(t);
  const reader = world.reader({ kmsKey: BOTH });
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  assert.equal(world.aws.count('lambda'), 0);
  assert.equal(reader.stats().wrongKeys, 0);
});

for (const gone of [
  'AccessDeniedException',
  'NotFoundException',
  'DisabledException',
  'KMSInvalidStateException',
]) {
  test(`aFormerKeyIsPassedOverAfterItsRetirementBy${gone}`, async (t) => {
    const world = await changed(t);
    world.aws.unusable.set(FORMER, gone);
    assert.equal((await world.reader({ kmsKey: BOTH }).get('acme', 'db')).text(), 'secret');
    assert.equal(world.aws.count('lambda'), 1);
  });

  test(`theCurrentKeyIsNotPassedOverIfItIsRetiredBy${gone}`, async (t) => {
    const world = await changed(t);
    world.aws.unusable.set('alias/keepwarm', gone);
    const codes: Record<string, string> = {
      AccessDeniedException: 'DENIED',
      NotFoundException: 'INVALID_CONFIGURATION',
    };
    const code = codes[gone] ?? 'UNAVAILABLE';
    await assert.rejects(world.reader({ kmsKey: BOTH }).get('acme', 'db'), withCode(code));
    assert.equal(world.aws.count('lambda'), 0);
  });
}

test('anAnswerUnderAnotherKeyIsUnavailableAndNamesTheKeys', async (t) => {
  const world = await World.of(t);
  world.aws.keyId = 'alias/third';
  world.put('secret', 3);
  world.aws.resolver = () => ({ entries: [world.sealed('secret', 3)] });
  await assert.rejects(world.reader({ kmsKey: BOTH }).get('acme', 'db'), (error: Error) => {
    assert.ok(error.message.includes(`not encrypted under alias/keepwarm, ${FORMER}`));
    return withCode('UNAVAILABLE')(error);
  });
});

test('whoWaitsForTheEntryAsksKmsOnceAndIsGivenWhatIsSealedAnew', async (t) => {
  const world = await changed(t);
  const got = world.reader({ onMiss: 'wait' }).get('acme', 'db');
  for (let looks = 2; looks < 5; looks++) {
    await until('the table is asked again', () => {
      world.clock.advance(1);
      return world.aws.count('dynamodb') >= looks;
    });
  }
  assert.equal(world.aws.count('kms'), 1);
  world.put('secret', 3);
  await until('KMS is asked again', () => {
    world.clock.advance(1);
    return world.aws.count('kms') >= 2;
  });
  assert.equal((await got).text(), 'secret');
});

test('withoutResolvesAnEntryUnderAnotherKeyIsUnavailable', async (t) => {
  const world = await changed(t);
  const reader = world.reader({ onMiss: 'fail' });
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
  assert.equal(world.aws.count('lambda'), 0);
  const { failures } = await reader.getAll('acme');
  assert.deepEqual([...failures], [['db', 'UNAVAILABLE']]);
});

test('getAllLetsThoseUnderAnotherKeyBeSealedAnew', async (t) => {
  const world = await changed(t);
  world.aws.keyId = FORMER;
  world.put('secret', 3, DB, 2);
  world.aws.keyId = 'alias/keepwarm';
  world.put('other', 1, API, 2);
  const reader = world.reader();
  const { credentials, failures } = await reader.getAll('acme');
  assert.deepEqual([...credentials.values()].map((one) => one.text()).sort(), ['other', 'secret']);
  assert.equal(failures.size, 0);
  const asked = world.aws.seen.filter((one) => one.service === 'lambda');
  assert.deepEqual(
    asked.map((one) => one.body),
    [{ tenant: 'acme', name: 'db', newerThan: 3 }],
  );
  assert.equal(reader.stats().tampered, 0);
  assert.equal(reader.stats().wrongKeys, 1);
});

test('oneThatNobodyCanSealAnewFailsAloneInGetAll', async (t) => {
  const world = await changed(t);
  world.aws.keyId = FORMER;
  world.put('secret', 3, DB, 2);
  world.aws.resolver = () => {
    world.aws.keyId = FORMER;
    return { entries: [world.sealed('secret', 3, DB, 2)] };
  };
  world.aws.keyId = 'alias/keepwarm';
  world.put('other', 1, API, 2);
  const { credentials, failures } = await world.reader().getAll('acme');
  assert.deepEqual([...credentials.keys()], ['api']);
  assert.deepEqual([...failures], [['db', 'UNAVAILABLE']]);
});

test('aRejectionDuringAKeyChangeIsARejection', async (t) => {
  const world = await World.of(t);
  world.put('old', 1);
  world.aws.resolver = () => {
    world.aws.keyId = 'alias/third';
    return { entries: [world.sealed('new', 2)] };
  };
  const used = world.reader().withCredential(DB, () => {
    throw new CredentialRejected();
  });
  await assert.rejects(used, (error: Error) => withCode('UNAVAILABLE')(error.cause));
});
