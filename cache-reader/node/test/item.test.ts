import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entryOf, type Item } from '../src/item.js';
import { withCode } from './support/world.js';

const READY = {
  tenant: { S: 'acme' },
  name: { S: 'db' },
  state: { S: 'READY' },
  fence: { N: '3' },
  version: { N: '7' },
  sealed: { B: Buffer.alloc(29).toString('base64') },
  dataKey: { B: 'AAAA' },
  dataKeyCreatedAt: { N: '1' },
  sealedAt: { N: '1' },
  softExpiresAt: { N: '2' },
  hardExpiresAt: { N: '3' },
  siblings: { N: '1' },
  ttl: { N: '9' },
};
const FAILED = {
  tenant: { S: 'acme' },
  name: { S: 'db' },
  state: { S: 'FAILED' },
  failure: { S: 'BAD_ROW' },
  retryAt: { N: '5' },
  sealedAt: { N: '1' },
  siblings: { N: '1' },
};

const TOMBSTONE = {
  tenant: { S: 'acme' },
  name: { S: 'db' },
  state: { S: 'INVALID' },
  revoked: { N: '1' },
  revokedAt: { N: '1' },
  fillingBy: { S: 'somebody' },
  fillingUntil: { N: '1' },
};

test('unknownAttributesAreIgnored', () => {
  assert.equal(entryOf({ ...READY, later: { M: {} } }).state, 'READY');
});

test('theGreatestSafeNumberIsKeptExactly', () => {
  const entry = entryOf({ ...READY, version: { N: '9007199254740991' } });
  assert.equal(entry.version, Number.MAX_SAFE_INTEGER);
  assert.throws(() => entryOf({ ...READY, siblings: { N: '2147483648' } }), withCode('TAMPERED'));
});

test('aMissingAttributeIsTampering', () => {
  for (const item of [READY, FAILED, TOMBSTONE] as Item[]) {
    const optional = ['fence', 'ttl'];
    for (const attribute of Object.keys(item).filter((name) => !optional.includes(name))) {
      const { [attribute]: _, ...rest } = item;
      assert.throws(() => entryOf(rest), withCode('TAMPERED'), attribute);
    }
  }
});

test('numbersThatAreNotSafeWholeOnesAreTampering', () => {
  for (const N of [
    '9007199254740992',
    '-1',
    '1.5',
    '1e3',
    '',
    ' 1',
    '01',
    '+1',
    '0x1',
    'NaN',
    'Infinity',
    '99999999999999999999',
  ]) {
    assert.throws(() => entryOf({ ...READY, version: { N } }), withCode('TAMPERED'), N);
  }
  for (const other of [{ S: '1' }, { N: 1 }, 1, null, 'x', [], {}]) {
    assert.throws(() => entryOf({ ...READY, version: other }), withCode('TAMPERED'));
  }
});

test('bytesThatAreNotBase64AreTampering', () => {
  for (const B of ['A', 'AA', 'AAA', 'AB==', 'A A=', '????', 'AAAA\n']) {
    assert.throws(() => entryOf({ ...READY, sealed: { B } }), withCode('TAMPERED'), B);
  }
});

test('everyBase64ThatAnEncoderWritesIsRead', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 29, maxLength: 90 }), (bytes) => {
      const entry = entryOf({ ...READY, sealed: { B: Buffer.from(bytes).toString('base64') } });
      assert.ok(entry.state === 'READY');
      assert.deepEqual(Uint8Array.from(entry.sealed.envelope), bytes);
    }),
  );
});

test('noTwoTextsAreTheSameBytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'AQgwBZz09+/='), maxLength: 12 }), (B) => {
      fc.pre(Buffer.from(B, 'base64').toString('base64') !== B);
      assert.throws(() => entryOf({ ...READY, dataKey: { B } }), withCode('TAMPERED'));
    }),
  );
});

test('bytesOfAnotherLengthAreTampering', () => {
  for (const [attribute, length] of [
    ['sealed', 28],
    ['sealed', 65566],
    ['dataKey', 0],
    ['dataKey', 6145],
  ] as const) {
    const B = Buffer.alloc(length).toString('base64');
    assert.throws(() => entryOf({ ...READY, [attribute]: { B } }), withCode('TAMPERED'), attribute);
  }
});

test('otherStatesAndFailureCodesAreTampering', () => {
  assert.throws(() => entryOf({ ...READY, state: { S: 'LATER' } }), withCode('TAMPERED'));
  assert.throws(() => entryOf({ ...FAILED, failure: { S: 'a message' } }), withCode('TAMPERED'));
  assert.throws(() => entryOf({ ...READY, name: { S: 'a b' } }), withCode('TAMPERED'));
});

test('noItemMakesItThrowAnythingElse', () => {
  const attribute = fc.oneof(
    fc.record({ S: fc.string() }),
    fc.record({ N: fc.string() }),
    fc.record({ B: fc.base64String() }),
    fc.anything(),
  );
  const item = fc.dictionary(fc.constantFrom(...Object.keys({ ...READY, ...FAILED })), attribute);
  fc.assert(
    fc.property(fc.constantFrom<Item>(READY, FAILED, {}), item, (base, changes) => {
      try {
        entryOf({ ...base, ...changes });
      } catch (error) {
        withCode('TAMPERED')(error);
      }
    }),
  );
});
