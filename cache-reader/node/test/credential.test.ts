import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { Credential } from '../src/index.js';
import { withCode } from './support/world.js';

const SECRET = 'hunter2-hunter2';
const id = { tenant: 'acme', name: 'db' };
const credential = new Credential(id, Buffer.from(SECRET), 3, 1_800_000_000_000);

test('everyWayOfPrintingRedacts', () => {
  const printed = [
    String(credential),
    `${credential}`,
    // biome-ignore lint/style/useTemplate: concatenation is the point
    '' + credential,
    credential.toString(),
    JSON.stringify(credential),
    JSON.stringify({ nested: [credential] }),
    inspect(credential),
    inspect(credential, { showHidden: true, depth: null }),
    inspect(credential, { customInspect: false, showHidden: true, getters: true }),
    inspect({ nested: [credential] }, { depth: null }),
    format('%s %o %O %j %d', credential, credential, credential, credential, credential),
    Object.prototype.toString.call(credential),
    JSON.stringify(Object.entries(credential)),
    JSON.stringify({ ...credential }),
    inspect(structuredClone(credential), { showHidden: true, getters: true }),
    serialize(credential).toString('latin1'),
    inspect(new Error('with cause', { cause: credential })),
  ];
  for (const text of printed) {
    assert.ok(!text.includes('hunter2'), text);
    assert.ok(!text.includes(Buffer.from(SECRET).toString('hex').slice(0, 10)), text);
    assert.ok(!text.includes(Buffer.from(SECRET).toString('base64').slice(0, 10)), text);
  }
  assert.equal(String(credential), 'Credential[acme db, version 3, redacted]');
});

test('aClonedCredentialIsEmpty', () => {
  assert.deepEqual(Reflect.ownKeys(structuredClone(credential)), []);
});

test('givesItsContentOnlyWhenAsked', () => {
  assert.equal(credential.text(), SECRET);
  assert.deepEqual(Buffer.from(credential.bytes()), Buffer.from(SECRET));
  assert.equal(credential.version, 3);
  assert.equal(credential.expiresAt, 1_800_000_000_000);
  assert.deepEqual(credential.id, id);
});

test('bytesAreACopyEachTime', () => {
  credential.bytes().fill(0);
  assert.equal(credential.text(), SECRET);
});

test('aChangeOfTheGivenBytesChangesNothing', () => {
  const bytes = Buffer.from('abc');
  const copied = new Credential(id, bytes, 1, 1);
  bytes.fill(0);
  assert.equal(copied.text(), 'abc');
});

test('contentThatIsNotTextSaysSoWithoutQuotingIt', () => {
  const binary = new Credential(id, Buffer.from([0xff, 0x41, 0x42]), 1, 1);
  assert.throws(() => binary.text(), withCode('UNDECODABLE', 'NOT_TEXT'));
});

test('contentThatIsNoJsonObjectSaysSoWithoutQuotingIt', () => {
  for (const text of ['hunter2', '"hunter2"', '["hunter2"]', 'null', '{"hunter2"']) {
    const other = new Credential(id, Buffer.from(text), 1, 1);
    assert.throws(
      () => other.json(),
      (error: Error) => {
        assert.ok(!inspect(error).includes('hunter2'));
        return withCode('UNDECODABLE', 'NOT_JSON')(error);
      },
    );
  }
});

test('jsonIsParsedAnewEachTime', () => {
  const json = new Credential(id, Buffer.from('{"user":"u","password":"p"}'), 1, 1);
  assert.deepEqual(json.json(), { user: 'u', password: 'p' });
  assert.notEqual(json.json(), json.json());
});

test('aByteOrderMarkStays', () => {
  assert.equal(new Credential(id, Buffer.from('\ufeffx'), 1, 1).text(), '\ufeffx');
});
