import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import fc from 'fast-check';
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

const json = (text: string) => new Credential(id, Buffer.from(text), 1, 1).json();

test('aFieldThatIsThereTwiceIsRefusedAsInJava', () => {
  for (const text of [
    '{"a":"hunter2","a":"hunter3"}',
    '{"a":1,"b":{"c":1,"d":[{"e":1,"f":2,"e":3}]}}',
    '{"a":1, "\\u0061" : 2}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":{"a":1},"b":["a"],"a":2}',
  ]) {
    assert.throws(
      () => json(text),
      (error: Error) => {
        assert.ok(!inspect(error).includes('hunter'));
        return withCode('UNDECODABLE', 'NOT_JSON')(error);
      },
      text,
    );
  }
  for (const text of [
    '{"a":{"a":1},"b":{"a":2},"c":[{"a":1},{"a":2},"a","a"]}',
    '{"a":"a","b":"a\\":\\"","c":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":"\\\\","b":1}',
  ]) {
    assert.deepEqual(json(text), JSON.parse(text), text);
  }
});

test('aWholeNumberThatWouldBeRoundedIsRefused', () => {
  for (const number of [
    '9007199254740993',
    '-9007199254740993',
    '9007199254740992',
    '12345678901234567890.0',
    '9007199254740993.4',
    '1e22',
    '1e999',
    '-1E+999',
  ]) {
    assert.throws(
      () => json(`{"account":[${number}]}`),
      (error: Error) => {
        assert.ok(!inspect(error).includes(number));
        return withCode('UNDECODABLE', 'NUMBER_TOO_LARGE')(error);
      },
      number,
    );
  }
  for (const number of ['9007199254740991', '-9007199254740991', '0', '-0', '1.5', '1e3', '0.1']) {
    assert.deepEqual(json(`{"n":${number}}`), { n: Number(number) }, number);
  }
  assert.deepEqual(json('{"n":"9007199254740993"}'), { n: '9007199254740993' });
});

test('whatJavaDoesNotReadIsNotReadEither', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  assert.ok(json(nested(32)));
  assert.throws(() => json(nested(33)), withCode('UNDECODABLE', 'NOT_JSON'));
  assert.ok(json(`{"a":0.${'1'.repeat(62)}}`));
  assert.throws(() => json(`{"a":0.${'1'.repeat(63)}}`), withCode('UNDECODABLE', 'NOT_JSON'));
});

test('noJsonWithoutTheseFlawsIsRefusedOrChanged', () => {
  const safe = fc.jsonValue({ maxDepth: 5, noUnicodeString: false });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), safe, { noNullPrototype: true }), (value) => {
      const text = JSON.stringify(value, null, 1);
      fc.pre(!/\d{16}|e\+/.test(text));
      assert.deepEqual(json(text), JSON.parse(text));
    }),
  );
});

test('aLongTextIsReadWithoutDelay', () => {
  const text = JSON.stringify({ a: '\\"'.repeat(10_000), b: 'x'.repeat(40_000) });
  assert.deepEqual(json(text), JSON.parse(text));
});
