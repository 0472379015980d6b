// The same as freeze.test.ts, but with a process that is really stopped.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ready } from './support/aws.js';
import { until } from './support/until.js';
import { DB, World } from './support/world.js';

test('aProcessThatIsStoppedAndContinuedServesNothingThatWasChanged', {
  skip: process.platform === 'win32',
}, async (t) => {
  const world = await World.of(t);
  const nearTtl = 1200;
  const deadline = 3000;
  const put = (text: string, version: number, sealedAt: number) =>
    world.aws.put(
      ready(world.aws, DB, text, {
        version,
        sealedAt,
        softExpiresAt: sealedAt + 1,
        hardExpiresAt: sealedAt + 3_600_000,
      }),
    );
  put('old', 1, Date.now() - 1000);
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('support/frozen.js', import.meta.url))],
    {
      env: {
        ...process.env,
        ...world.aws.env,
        KEEPWARM_NEAR_TTL: `${nearTtl}ms`,
        KEEPWARM_DEADLINE: `${deadline}ms`,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.deepEqual(JSON.parse((await lines.next()).value), { before: 'old' });
  await until('the process is stopped', () => isStopped(child));
  const stoppedAt = performance.now();
  put('new', 2, Date.now());
  await until(
    'near entry and deadline are over',
    () => performance.now() - stoppedAt > deadline + nearTtl,
  );
  child.kill('SIGCONT');
  const { after, stats } = JSON.parse((await lines.next()).value);
  assert.ok(['new', 'TIMEOUT'].includes(after), after);
  assert.equal(stats.staleServed, 0);
  await once(child, 'exit');
});

function isStopped(child: ChildProcess): boolean {
  return execFileSync('ps', ['-o', 'state=', '-p', `${child.pid}`], {
    encoding: 'utf8',
  }).startsWith('T');
}
