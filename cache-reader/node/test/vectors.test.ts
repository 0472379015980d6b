// The wire format's golden vectors. `npm run vectors` writes those that are made here again.
import assert from 'node:assert/strict';
import { createHash, createSecretKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { eventBridgeBus } from '../src/aws/eventbridge.js';
import { Alarm } from '../src/clock.js';
import type { Sealed } from '../src/entry.js';
import { authenticated, authenticatedOf, unseal } from '../src/envelope.js';
import type { CredentialId } from '../src/id.js';
import { entryOf } from '../src/item.js';
import { recordOf } from '../src/record.js';
import { vouchingOf } from '../src/vouching.js';
import { Fields } from './support/fields.js';
import { type Life, seal } from './support/seal.js';
import { newSigner, signRecord, vouchable, vouchingHead } from './support/vouch.js';
import { withCode } from './support/world.js';

const CONTRACT = '../contract';
const MADE_HERE = `${CONTRACT}/envelope-vectors-node.json`;

for (const file of ['envelope-vectors.json', 'envelope-vectors-node.json']) {
  for (const vector of vectorsOf(file, 'sealed', ['tampered'])) {
    test(`${file}: seals and unseals ${vector.text('id')}`, () => {
      const [id, life, key] = [idOf(vector), lifeOf(vector), keyOf(vector)];
      const plaintext = plaintextOf(vector);
      const envelope = hex(vector, 'envelopeHex');
      assert.deepEqual(authenticated(id, life), hex(vector, 'aadHex'));
      assert.deepEqual(seal(key, id, life, plaintext, hex(vector, 'nonceHex')), envelope);
      assert.deepEqual(unseal(key, id, { ...life, envelope, dataKey: '' }), plaintext);
      vector.end();
    });
  }
}

for (const vector of vectorsOf('envelope-vectors.json', 'tampered', ['sealed'])) {
  test(`refuses the envelope with another ${vector.text('id')}`, () => {
    const sealed = { ...lifeOf(vector), envelope: hex(vector, 'envelopeHex'), dataKey: '' };
    assert.throws(() => unseal(keyOf(vector), idOf(vector), sealed), withCode('TAMPERED'));
    vector.end();
  });
}

const ITEMS = ['written', 'read', 'malformed', 'malformedForTheDecryptor'];

for (const array of ['written', 'read']) {
  for (const vector of vectorsOf('item-vectors.json', array, ITEMS)) {
    test(`reads the item ${vector.text('id')}`, () => {
      assert.deepEqual(meaning(entryOf(vector.object('item').all())), expectedOf(vector));
      vector.end();
    });
  }
}

for (const array of ['malformed', 'malformedForTheDecryptor']) {
  for (const vector of vectorsOf('item-vectors.json', array, ITEMS)) {
    test(`refuses the item ${vector.text('id')}`, () => {
      const attribute = vector.text('attribute');
      assert.throws(
        () => entryOf(vector.object('item').all()),
        (error: Error) => {
          assert.ok(error.message.endsWith(`malformed: ${attribute}`), error.message);
          return withCode('TAMPERED')(error);
        },
      );
      vector.end();
    });
  }
}

const FRESHNESS = [
  'vouching',
  'vouchingTampered',
  'vouchingMalformed',
  'vouchingUnknown',
  'records',
  'recordsRefused',
  'recordsUnknown',
  'recordsUnsigned',
];

/** One test for each vector in an array of `freshness-vectors.json`. */
function freshness(array: string, check: (vector: Fields) => void): void {
  for (const vector of vectorsOf('freshness-vectors.json', array, FRESHNESS)) {
    test(`${array}: ${vector.text('id')}`, () => {
      check(vector);
      vector.end();
    });
  }
}

/** An entry of format 2, as `unseal` takes it. */
function vouchedOf(vector: Fields) {
  const vouching = vouchingOf(hex(vector, 'vouchingHex'));
  assert.ok(vouching);
  return { ...lifeOf(vector), envelope: hex(vector, 'envelopeHex'), dataKey: '', vouching };
}

freshness('vouching', (vector) => {
  const [id, key, sealed] = [idOf(vector), keyOf(vector), vouchedOf(vector)];
  const { vouching } = sealed;
  assert.equal(vouching.sealedUntil, vector.number('sealedUntil'));
  assert.equal(vouching.slot, vector.number('slot'));
  assert.deepEqual(vouching.id, hex(vector, 'vouchIdHex'));
  assert.deepEqual(vouching.signer, hex(vector, 'signerHex'));
  assert.deepEqual(authenticatedOf(id, sealed, vouching.head), hex(vector, 'aadHex'));
  assert.equal(unseal(key, id, sealed).toString(), 'secret');
  const { sealedUntil, slot, id: vouchId, signer } = vouching;
  const head = vouchingHead(sealedUntil, slot, vouchId, signer);
  assert.deepEqual(
    vouchable(key, id, sealed, head, hex(vector, 'nonceHex')),
    hex(vector, 'vouchingHex'),
  );
});

freshness('vouchingTampered', (vector) => {
  assert.throws(() => unseal(keyOf(vector), idOf(vector), vouchedOf(vector)), withCode('TAMPERED'));
});

freshness('vouchingMalformed', (vector) => {
  assert.equal(vouchingOf(hex(vector, 'vouchingHex')), null);
});

freshness('vouchingUnknown', (vector) => {
  assert.equal(vouchingOf(hex(vector, 'vouchingHex')), undefined);
});

freshness('records', (vector) => {
  const [slot, bytes] = [vector.number('slot'), hex(vector, 'recordHex')];
  const record = recordOf(bytes, slot);
  assert.ok(record);
  const [checkedAt, freshUntil] = [vector.number('checkedAt'), vector.number('freshUntil')];
  assert.deepEqual([record.checkedAt, record.freshUntil], [checkedAt, freshUntil]);
  const named = new Map<string, number | undefined>();
  for (const one of vector.objects('named')) {
    named.set(one.text('idHex'), one.has('probe') ? one.number('probe') : undefined);
  }
  for (const [id, probe] of named) {
    assert.ok(record.names(Buffer.from(id, 'hex')));
    assert.equal(record.probe(Buffer.from(id, 'hex')), probe);
  }
  assert.ok(!record.names(Buffer.alloc(12)));
  const signers = vector.texts('seedsHex').map((seed) => newSigner(Buffer.from(seed, 'hex')));
  assert.ok(signers.every(({ publicKey }) => record.isSignedBy(publicKey)));
  assert.deepEqual(signRecord(slot, checkedAt, freshUntil, named, signers), bytes);
});

freshness('recordsRefused', (vector) => {
  assert.equal(recordOf(hex(vector, 'recordHex'), vector.number('slot')), null);
});

freshness('recordsUnknown', (vector) => {
  assert.equal(recordOf(hex(vector, 'recordHex'), vector.number('slot')), undefined);
});

freshness('recordsUnsigned', (vector) => {
  const record = recordOf(hex(vector, 'recordHex'), vector.number('slot'));
  assert.equal(record?.isSignedBy(hex(vector, 'signerHex')), false);
});

test('publishesTheInvalidationOfTheVector', async () => {
  const vectors = vectorsOf('event-vectors.json', 'written', ['accepted', 'refused']);
  const vector = vectors.find((each) => each.text('id') === 'invalidated');
  assert.ok(vector !== undefined);
  const event = vector.object('event');
  let sent: unknown;
  const bus = eventBridgeBus(
    {
      call: async (operation, _signal, parse) => {
        sent = JSON.parse(operation.body).Entries[0];
        return parse({ status: 200, headers: {}, body: Buffer.from('{"Entries":[{}]}') });
      },
      connect: () => {},
      close: () => {},
    },
    new URL('http://127.0.0.1'),
    'bus',
  );
  const id = { tenant: event.text('tenant'), name: event.text('name') };
  await bus.publish('Credential Invalidated', id, new Alarm());
  assert.deepEqual(sent, {
    EventBusName: 'bus',
    Source: vector.text('source'),
    DetailType: vector.text('detailType'),
    Detail: vector.text('detail'),
  });
});

test('theFileOfEnvelopesIsWhatTheCodeMakes', () => {
  const text = printed({
    about:
      'Envelopes of format 1, sealed by the Node reader, with the fields of envelope-vectors.json.',
    sealed: madeHere(),
  });
  if (process.env.VECTORS === 'write') {
    writeFileSync(MADE_HERE, text);
  }
  assert.equal(readFileSync(MADE_HERE, 'utf8'), text);
});

/** The entry's fields that a reader knows, in the notation of the vectors. */
function meaning(entry: ReturnType<typeof entryOf>): object {
  return {
    tenant: entry.id.tenant,
    name: entry.id.name,
    state: entry.state,
    version: entry.version ?? null,
    sealed: entry.state === 'READY' ? meaningOfSealed(entry.sealed) : null,
    failure: entry.state === 'FAILED' ? entry.failure : null,
    revocation: entry.revocation ?? null,
    siblings: entry.state === 'INVALID' ? null : entry.siblings,
    writtenAt: entry.state === 'INVALID' ? null : entry.writtenAt,
    probe: (entry.state === 'READY' && entry.probe) || null,
  };
}

function meaningOfSealed({ vouching, ...sealed }: Sealed): object {
  const base64 = (bytes: Buffer): string => bytes.toString('base64');
  if (vouching === undefined) {
    return { ...sealed, envelope: base64(sealed.envelope) };
  }
  const { sealedUntil, slot, id, signer } = vouching;
  return {
    ...sealed,
    envelope: base64(sealed.envelope),
    vouching: { sealedUntil, slot, id: base64(id), signer: base64(signer) },
  };
}

/** The vector's entry without the fields that a reader does not use. */
function expectedOf(vector: Fields): object {
  const { fence, filling, deletableAt, ...entry } = vector.object('entry').all() as {
    [field: string]: Record<string, unknown> | null;
  };
  assert.ok(fence !== undefined && filling !== undefined && deletableAt !== undefined);
  delete entry.sealed?.dataKeyCreatedAt;
  delete entry.revocation?.at;
  return entry;
}

function vectorsOf(file: string, array: string, others: readonly string[]): Fields[] {
  const contents = new Fields(file, JSON.parse(readFileSync(`${CONTRACT}/${file}`, 'utf8')));
  contents.text('about');
  const vectors = contents.objects(array);
  assert.ok(vectors.length > 0);
  for (const other of others.filter((each) => each !== array && contents.has(each))) {
    contents.value(other);
  }
  contents.end();
  return vectors;
}

function idOf(vector: Fields): CredentialId {
  return { tenant: vector.text('tenant'), name: vector.text('name') };
}

function lifeOf(vector: Fields): Life {
  return {
    version: vector.number('version'),
    sealedAt: vector.number('sealedAt'),
    softExpiresAt: vector.number('softExpiresAt'),
    hardExpiresAt: vector.number('hardExpiresAt'),
  };
}

function keyOf(vector: Fields): ReturnType<typeof createSecretKey> {
  return createSecretKey(hex(vector, 'dataKeyHex'));
}

function plaintextOf(vector: Fields): Buffer {
  if (!vector.has('plaintextRepeat')) {
    return hex(vector, 'plaintextHex');
  }
  const repeat = vector.object('plaintextRepeat');
  return Buffer.alloc(repeat.number('length'), hex(repeat, 'byteHex'));
}

function hex(vector: Fields, name: string): Buffer {
  const text = vector.text(name);
  const bytes = Buffer.from(text, 'hex');
  assert.equal(bytes.toString('hex'), text);
  return bytes;
}

function madeHere(): object[] {
  const now = 1_767_225_600_000;
  const usual: Life = {
    version: 7,
    sealedAt: now,
    softExpiresAt: now + 150_000,
    hardExpiresAt: now + 900_000,
  };
  const most = Number.MAX_SAFE_INTEGER;
  const greatest: Life = {
    version: most,
    sealedAt: most,
    softExpiresAt: most,
    hardExpiresAt: most,
  };
  const least: Life = { version: 0, sealedAt: 0, softExpiresAt: 0, hardExpiresAt: 0 };
  const text = Buffer.from('{"user":"zo\u00eb","password":"s3cret \u20ac"}');
  const longest = 'n'.repeat(128);
  return [
    made('node-usual', { tenant: 'acme', name: 'db/main' }, usual, text),
    made('node-empty-plaintext', { tenant: 'acme', name: 'db/main' }, usual, Buffer.alloc(0)),
    made('node-longest-ids', { tenant: longest, name: longest }, usual, text),
    made('node-every-kind-of-character', { tenant: 'Az09._:', name: '@/+=-' }, usual, text),
    made('node-least-numbers', { tenant: 'a', name: 'b' }, least, text),
    made('node-greatest-numbers', { tenant: 'a', name: 'b' }, greatest, text),
    made('node-no-text', { tenant: 'acme', name: 'key' }, usual, Buffer.from('ff00fe80', 'hex')),
  ];
}

function made(label: string, id: CredentialId, life: Life, plaintext: Buffer): object {
  const derived = (what: string) => createHash('sha256').update(`keepwarm ${what}`).digest();
  const key = derived(`data key ${label}`);
  const nonce = derived(`nonce ${label}`).subarray(0, 12);
  return {
    id: label,
    dataKeyHex: key.toString('hex'),
    ...id,
    ...life,
    nonceHex: nonce.toString('hex'),
    plaintextHex: plaintext.toString('hex'),
    aadHex: authenticated(id, life).toString('hex'),
    envelopeHex: seal(createSecretKey(key), id, life, plaintext, nonce).toString('hex'),
  };
}

/** One vector per line, so that a diff shows which one differs. */
function printed({ about, sealed }: { about: string; sealed: object[] }): string {
  const lines = sealed.map((vector) => `    ${JSON.stringify(vector)}`).join(',\n');
  return `{\n  "about": ${JSON.stringify(about)},\n  "sealed": [\n${lines}\n  ]\n}\n`;
}
