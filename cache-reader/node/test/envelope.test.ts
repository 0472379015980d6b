import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { authenticated, unseal } from '../src/envelope.js';
import { dataKey, seal } from './support/seal.js';
import { withCode } from './support/world.js';

const part = fc.string({
  unit: fc.constantFrom(...'AZaz09._:@/+=-'),
  minLength: 1,
  maxLength: 128,
});
const id = fc.record({ tenant: part, name: part });
const safe = fc.maxSafeNat();
const life = fc.record({
  version: safe,
  sealedAt: safe,
  softExpiresAt: safe,
  hardExpiresAt: safe,
});
const key = dataKey();

test('whatIsSealedUnseals', () => {
  fc.assert(
    fc.property(id, life, fc.uint8Array({ maxLength: 600 }), (id, life, plaintext) => {
      const envelope = seal(key, id, life, plaintext);
      const unsealed = unseal(key, id, { ...life, envelope, dataKey: '' });
      assert.deepEqual(Uint8Array.from(unsealed), plaintext);
    }),
  );
});

test('anyChangedBitOfAnEnvelopeIsTampering', () => {
  fc.assert(
    fc.property(id, life, fc.uint8Array({ maxLength: 60 }), fc.nat(), (id, life, text, at) => {
      const envelope = seal(key, id, life, text);
      const bit = at % (envelope.length * 8);
      envelope[bit >> 3] = (envelope[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(
        () => unseal(key, id, { ...life, envelope, dataKey: '' }),
        withCode('TAMPERED'),
      );
    }),
  );
});

test('aCutEnvelopeIsTampering', () => {
  fc.assert(
    fc.property(id, life, fc.uint8Array({ maxLength: 60 }), fc.nat(), (id, life, text, at) => {
      const whole = seal(key, id, life, text);
      const envelope = whole.subarray(0, at % whole.length);
      assert.throws(
        () => unseal(key, id, { ...life, envelope, dataKey: '' }),
        withCode('TAMPERED'),
      );
    }),
  );
});

test('noFieldOfTheAuthenticatedDataCanBeExchanged', () => {
  fc.assert(
    fc.property(id, life, id, life, (id, life, otherId, otherLife) => {
      fc.pre(
        JSON.stringify([id.tenant, id.name, life]) !==
          JSON.stringify([otherId.tenant, otherId.name, otherLife]),
      );
      assert.notDeepEqual(authenticated(id, life), authenticated(otherId, otherLife));
      const envelope = seal(key, id, life, Buffer.from('secret'));
      assert.throws(
        () => unseal(key, otherId, { ...otherLife, envelope, dataKey: '' }),
        withCode('TAMPERED'),
      );
    }),
  );
});

test('anotherKeyDoesNotUnseal', () => {
  const id = { tenant: 'a', name: 'b' };
  const life = { version: 1, sealedAt: 2, softExpiresAt: 3, hardExpiresAt: 4 };
  const envelope = seal(key, id, life, Buffer.from('secret'));
  assert.throws(
    () => unseal(dataKey(), id, { ...life, envelope, dataKey: '' }),
    withCode('TAMPERED'),
  );
});
