import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('speaksTheRunnerProtocol', async () => {
  const file = fileURLToPath(new URL('runner.js', import.meta.url));
  const runner = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(runner, 'exit');
  const lines = createInterface({ input: runner.stdout })[Symbol.asyncIterator]();
  const send = (message: object) =>
    runner.stdin.write(`${JSON.stringify({ wall: 1_800_000_000_000, elapsed: 0, ...message })}\n`);
  const next = async () => JSON.parse((await lines.next()).value);
  const id = { tenant: 'acme', name: 'bank' };

  send({ new: { onMiss: 'fail' } });
  send({ call: 1, get: id });
  assert.deepEqual(await next(), { request: 1, getItem: id });
  send({ reply: 1, result: {} });
  assert.deepEqual(await next(), { ended: 1, error: 'UNAVAILABLE' });
  send({ call: 2, get: id });
  assert.deepEqual(await next(), { request: 2, getItem: id });
  send({ call: 3, settle: {} });
  send({ deadline: {} });
  assert.deepEqual(await next(), { ended: 2, error: 'TIMEOUT' });
  assert.deepEqual(await next(), { ended: 3 });

  runner.stdin.end();
  assert.deepEqual(await exited, [0, null]);
});
