import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialRejected } from '../src/index.js';
import { memoryReader } from '../src/testing.js';
import { withCode } from './support/world.js';

const ID = { tenant: 'acme', name: 'db' };

test('givesWhatWasSetAndRotated', async () => {
  const reader = memoryReader();
  await assert.rejects(reader.get(ID), withCode('NOT_FOUND'));
  await assert.rejects(reader.getAll('acme'), withCode('NOT_FOUND'));
  reader.set(ID, { user: 'u' });
  assert.deepEqual((await reader.get('acme', 'db')).json(), { user: 'u' });
  assert.equal((await reader.get(ID)).version, 1);
  reader.rotate('acme', 'db', 'two');
  assert.equal((await reader.get(ID)).text(), 'two');
  assert.equal((await reader.get(ID)).version, 2);
  assert.equal(reader.set(ID, 'x', { version: 7, expiresAt: 8 }).expiresAt, 8);
});

test('revokesAndFailsUntilItIsSetAgain', async () => {
  const reader = memoryReader();
  reader.set(ID, 'one');
  reader.set('acme', 'api', 'two');
  reader.revoke(ID);
  await assert.rejects(reader.get(ID), withCode('REVOKED'));
  reader.fail(ID, 'UNDECODABLE', 'UNKNOWN_PROFILE');
  await assert.rejects(reader.get(ID), withCode('UNDECODABLE', 'UNKNOWN_PROFILE'));
  const { credentials, failures } = await reader.getAll('acme');
  assert.deepEqual([...credentials.keys()], ['api']);
  assert.deepEqual([...failures], [['db', 'UNDECODABLE']]);
  reader.rotate(ID, 'three');
  assert.equal((await reader.get(ID)).version, 2);
});

test('aRejectionRunsTheFunctionAgainWithWhatIsNewer', async () => {
  const reader = memoryReader();
  reader.set(ID, 'one');
  reader.rejectOnce(ID, 'two');
  const seen: string[] = [];
  const use = (): Promise<number> => reader.withCredential(ID, (one) => seen.push(one.text()));
  assert.equal(await use(), 2);
  assert.deepEqual(seen, ['one', 'two']);
  assert.equal(await use(), 3);
  assert.equal(reader.stats().rejections, 1);
});

test('bringsWhatIsNewerWhenTheFunctionItselfRejects', async () => {
  const reader = memoryReader();
  reader.set(ID, 'one');
  reader.rejectOnce(ID, 'two');
  const used = await reader.withCredential(ID, (one) => {
    if (one.text() === 'one') {
      throw new CredentialRejected();
    }
    return one.text();
  });
  assert.equal(used, 'two');
});

test('aRejectionThatBringsNothingNewerIsThrownOn', async () => {
  const reader = memoryReader();
  reader.set(ID, 'one');
  reader.rejectOnce(ID);
  await assert.rejects(
    reader.withCredential(ID, () => {}),
    CredentialRejected,
  );
  const rejection = new CredentialRejected();
  const revoked = reader.withCredential(ID, () => {
    reader.revoke(ID);
    throw rejection;
  });
  await assert.rejects(revoked, (error) => error === rejection);
  assert.ok(withCode('REVOKED')(rejection.cause));
});

test('noticesWhatTheRealOneRefuses', async () => {
  const reader = memoryReader();
  await assert.rejects(reader.get('acme', 'not allowed'), withCode('INVALID_ID'));
  assert.throws(() => reader.set('a b', 'db', 'x'), withCode('INVALID_ID'));
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(reader.get(ID, { signal }), /enough/);
  await reader.invalidate(ID);
  assert.deepEqual(reader.invalidated, [ID]);
  await reader[Symbol.asyncDispose]();
  await assert.rejects(reader.get(ID), withCode('UNAVAILABLE'));
});
