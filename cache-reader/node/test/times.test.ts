import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEPT_TIMES, LookupTimes } from '../src/times.js';

test('aLineHasAsManyTimesAsCloudWatchTakesFromAllThatThereWere', () => {
  const times = new LookupTimes();
  for (let i = 0; i < 20_000; i++) {
    times.add(i);
  }
  const kept = times.drain();
  assert.equal(kept.length, KEPT_TIMES);
  assert.equal(new Set(kept).size, KEPT_TIMES);
  // That none of a random hundred is of the later half has a probability of 2^-100.
  assert.ok(Math.max(...kept) >= 10_000);
  assert.ok(Math.min(...kept) < 10_000);
  assert.deepEqual(times.drain(), []);
});

test('aTimeHasMicroseconds', () => {
  const times = new LookupTimes();
  times.add(1.23456);
  assert.deepEqual(times.drain(), [1.235]);
});
