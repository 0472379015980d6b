import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FreshnessRecord, recordOf } from '../src/record.js';
import { vouchingOf } from '../src/vouching.js';
import { newSigner, signRecord, vouchId, vouchingHead } from './support/vouch.js';

const SLOT = 7;
const OURS = newSigner(Buffer.alloc(32));

/** Format, slot and two times precede the number of ids. */
const COUNT_AT = 1 + 4 + 8 + 8;

/** A public key and its signature. */
const SIGNED = 32 + 64;

const idHex = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((id) => hexOf(id));
const named = fc
  .array(fc.tuple(idHex, fc.option(fc.maxSafeNat(), { nil: undefined })), { maxLength: 8 })
  .map((all) => new Map(all));
const times = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 900_000 }));

type Change = (bytes: Buffer) => Buffer;

const at = fc.nat(400);
const change: fc.Arbitrary<Change> = fc.oneof(
  at.map((length) => (bytes: Buffer) => bytes.subarray(0, length)),
  fc.uint8Array({ maxLength: 120 }).map((more) => (bytes: Buffer) => Buffer.concat([bytes, more])),
  fc.tuple(at, fc.integer({ min: 0, max: 255 })).map(([index, byte]) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    changed[index % Math.max(1, changed.length)] = byte;
    return changed;
  }),
  // An id or a probe is replaced by another.
  fc.tuple(fc.constantFrom(25, 29), fc.nat(8), fc.nat(8)).map(([from, one, other]) => {
    return (bytes: Buffer) => {
      const end = from + 12 * (Math.max(one, other) + 1);
      const at = from + 12 * one;
      return end > bytes.length
        ? bytes
        : Buffer.from(bytes).copyWithin(from + 12 * other, at, at + 12);
    };
  }),
  // Two signatures of the same key.
  fc.constant((bytes: Buffer) => {
    const end = bytes.length - SIGNED - 1;
    return Buffer.concat([
      bytes.subarray(0, Math.max(0, end)),
      Buffer.of(2),
      bytes.subarray(-SIGNED),
      bytes.subarray(-SIGNED),
    ]);
  }),
  // The number of ids, of probes or any other number of four bytes.
  fc.tuple(at, fc.nat(0xffffffff)).map(([index, number]) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    if (changed.length >= 4) {
      changed.writeUInt32BE(number, index % (changed.length - 3));
    }
    return changed;
  }),
);

test('whatIsSignedIsReadAndNothingElseIsNamed', () => {
  fc.assert(
    fc.property(named, times, idHex, (ids, [checkedAt, life], another) => {
      const bytes = signRecord(SLOT, checkedAt, checkedAt + life, ids, [OURS]);
      const record = recordOf(bytes, SLOT);

      assert.ok(record);
      assert.ok(record.isSignedBy(OURS.publicKey));
      for (const id of [...ids.keys(), another]) {
        assert.equal(record.names(Buffer.from(id, 'hex')), ids.has(id));
        assert.equal(record.probe(Buffer.from(id, 'hex')), ids.get(id));
      }
      assert.equal(recordOf(bytes, SLOT + 1), null);
    }),
  );
});

test('aContentHasOneFormAndNoOtherIsSigned', () => {
  fc.assert(
    fc.property(named, times, fc.array(change, { maxLength: 3 }), (ids, [checkedAt, life], all) => {
      const usual = signRecord(SLOT, checkedAt, checkedAt + life, ids, [OURS]);
      const bytes = all.reduce((changed, next) => next(changed), usual);
      const record = recordOf(bytes, SLOT);

      const isSigned = record?.isSignedBy(OURS.publicKey) === true;
      assert.ok(isSigned || !bytes.equals(usual));
      // An added signature of another key does not change what our key has signed.
      const signed = usual.subarray(0, usual.length - SIGNED - 1);
      assert.ok(!isSigned || bytes.subarray(0, signed.length).equals(signed));
      if (record === undefined) {
        assert.notEqual(bytes[0], 1);
      } else if (record !== null) {
        const body = usualBody(record, bytes);
        assert.deepEqual(bytes.subarray(0, body.length), body);
        const signatures = bytes[body.length] as number;
        assert.ok(signatures >= 1 && signatures <= 4);
        const signers = Array.from({ length: signatures }, (_, index) => {
          const at = body.length + 1 + index * SIGNED;
          return hexOf(bytes.subarray(at, at + 32));
        });
        assert.equal(new Set(signers).size, signatures);
        assert.equal(bytes.length, body.length + 1 + signatures * SIGNED);
      }
    }),
    { numRuns: 1000 },
  );
});

test('anyOtherLengthOfAKnownVouchingIsMalformed', () => {
  const usual = Buffer.concat([
    vouchingHead(9, SLOT, vouchId('acme'), OURS.publicKey),
    Buffer.alloc(28),
  ]);
  assert.ok(vouchingOf(usual));
  fc.assert(
    fc.property(change, (next) => {
      const bytes = next(usual);
      const vouching = vouchingOf(bytes);
      if (bytes[0] !== 2) {
        assert.equal(vouching, undefined);
      } else if (bytes.length !== usual.length) {
        assert.equal(vouching, null);
      } else if (vouching) {
        const head = vouchingHead(
          vouching.sealedUntil,
          vouching.slot,
          vouching.id,
          vouching.signer,
        );
        assert.deepEqual(bytes.subarray(0, head.length), head);
      }
    }),
    { numRuns: 500 },
  );
});

/** The signed part of a record with these contents. */
function usualBody(record: FreshnessRecord, bytes: Buffer): Buffer {
  const said = new Map<string, number | undefined>();
  for (let index = 0; index < bytes.readUInt32BE(COUNT_AT); index++) {
    const id = bytes.subarray(COUNT_AT + 4 + index * 12, COUNT_AT + 4 + (index + 1) * 12);
    assert.ok(record.names(id));
    said.set(hexOf(id), record.probe(id));
  }
  const written = signRecord(SLOT, record.checkedAt, record.freshUntil, said, [OURS]);
  return written.subarray(0, written.length - 1 - SIGNED);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
