// A separate process: freezes itself while a background lookup is in progress, and reads once more
// when it thaws. Prints a line before and a line after.
import { createReader } from '../../src/index.js';
import { until } from './until.js';

const reader = createReader();
const text = async (): Promise<string> =>
  reader.get('acme', 'db').then(
    (credential) => credential.text(),
    (error) => error.code,
  );

const before = await text();
await until('a background lookup begins', async () => {
  await text();
  if (reader.stats().refreshes === 0) {
    return false;
  }
  console.log(JSON.stringify({ before }));
  process.kill(process.pid, 'SIGSTOP');
  return true;
});
// Overdue timers run first, as in a thawed Lambda function, where they run before the next event.
await new Promise((resolve) => setTimeout(resolve, 1));
await new Promise(setImmediate);
console.log(JSON.stringify({ after: await text(), stats: reader.stats() }));
reader.close();
