import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Entry, readingOfAnswer, readingOfTable } from '../src/entry.js';

const NOW = 1_767_225_600_000;
const common = { id: { tenant: 'acme', name: 'db' }, version: 5, revocation: undefined };

/** Each entry ends at NOW. */
const ready: Entry = {
  ...common,
  state: 'READY',
  sealed: {
    version: 5,
    envelope: Buffer.from('x'),
    dataKey: 'a2V5',
    sealedAt: NOW - 3,
    softExpiresAt: NOW - 1,
    hardExpiresAt: NOW,
  },
  siblings: 1,
  writtenAt: NOW - 3,
  probe: undefined,
};
const failed = (code: string): Entry => ({
  ...common,
  state: 'FAILED',
  failure: { code, retryAt: NOW },
  siblings: 1,
  writtenAt: NOW - 3,
});
const revoked: Entry = {
  ...common,
  state: 'INVALID',
  revocation: { version: 5, retryAt: NOW },
};

test('anEntryMeansSomethingUntilItEnds', () => {
  for (const [entry, reading] of [
    [ready, { kind: 'live', sealed: ready.sealed }],
    [
      failed('NOT_FOUND'),
      { kind: 'refusal', code: 'NOT_FOUND', failure: 'NOT_FOUND', retryAt: NOW },
    ],
    [
      failed('BAD_PADDING'),
      { kind: 'refusal', code: 'UNDECODABLE', failure: 'BAD_PADDING', retryAt: NOW },
    ],
    [revoked, { kind: 'refusal', code: 'REVOKED', retryAt: NOW }],
  ] as const) {
    assert.deepEqual(readingOfTable(entry, NOW - 1), reading);
    assert.deepEqual(readingOfTable(entry, NOW), { kind: 'missing' });
    assert.deepEqual(readingOfAnswer(entry, NOW - 1), reading);
  }
});

test('ofAnAnswerARefusalIsFinal', () => {
  assert.deepEqual(readingOfAnswer(ready, NOW), { kind: 'missing' });
  for (const entry of [failed('NOT_FOUND'), revoked]) {
    assert.equal(readingOfAnswer(entry, NOW).kind, 'refusal');
  }
});

test('nothingAndATombstoneAreMissing', () => {
  for (const entry of [undefined, { ...common, state: 'INVALID' } as const]) {
    assert.deepEqual(readingOfTable(entry, NOW), { kind: 'missing' });
    assert.deepEqual(readingOfAnswer(entry, NOW), { kind: 'missing' });
  }
});
