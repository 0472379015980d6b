import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Alarm, orAborted, pause, within } from '../src/clock.js';
import { TestClock } from './support/clock.js';

const reason = new Error('stop');

function aborted(): Alarm {
  const alarm = new Alarm();
  alarm.abort(reason);
  return alarm;
}

test('whatFailsAfterTheDeadlineIsNoUnhandledRejection', async (t) => {
  const unhandled = t.mock.fn();
  process.on('unhandledRejection', unhandled);
  t.after(() => process.off('unhandledRejection', unhandled));
  const clock = new TestClock();
  let fail = (_: Error): void => {};
  const late = new Promise<never>((_, reject) => {
    fail = reject;
  });

  const result = within(
    clock,
    10,
    () => reason,
    () => late,
  );
  clock.advance(10);
  await assert.rejects(result, reason);
  await assert.rejects(orAborted(aborted(), late), reason);
  fail(new Error('late'));
  await new Promise(setImmediate);

  assert.equal(unhandled.mock.callCount(), 0);
});

test('aSignalThatWasGivenBeforeStopsAtOnce', async () => {
  await assert.rejects(pause(new TestClock(), 10, aborted()), reason);
  await assert.rejects(orAborted(aborted(), new Promise(() => {})), reason);
});

test('whatEndedInTimeHearsNoMoreOfTheSignal', async () => {
  const clock = new TestClock();
  const alarm = new Alarm();
  const paused = pause(clock, 10, alarm);
  clock.advance(10);
  await paused;
  assert.equal(await orAborted(alarm, Promise.resolve(1)), 1);
  alarm.abort(reason);

  assert.equal(clock.pending, 0);
  assert.equal(
    await within(
      clock,
      10,
      () => reason,
      async () => 2,
    ),
    2,
  );
  assert.equal(clock.pending, 0);
});
