// The Node caller: for each line of input, `WAY CALLERS CALLS`, lets so many callers make so many
// calls each, and prints the nanoseconds that each call took, in ascending order. It has the same protocol as
// dev.keepwarm.bench.callers.JavaCaller. Fails on any value but the expected one.
import { createInterface } from 'node:readline';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createReader } from '../../cache-reader/node/dist/index.js';

const NAME = 'value';
const expected = process.env.BENCH_VALUE;
const tenants = Number(process.env.BENCH_TENANTS);

const lambda = new LambdaClient({});
const uncached = createReader({ nearTtl: 0 });
const keyless = createReader({ nearTtl: 0, dataKeyTtl: 0 });
const caching = createReader({ nearTtl: '1h' });

const invoke = (functionName) => async (number) => {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({
      FunctionName: functionName,
      Payload: JSON.stringify({ tenant: warm(number), name: NAME }),
    }),
  );
  if (FunctionError !== undefined) {
    throw new Error(`${functionName} failed`);
  }
  return JSON.parse(Buffer.from(Payload).toString()).value;
};

const WAYS = {
  naive: invoke('naive'),
  rust: invoke('rust'),
  resolve: async (number) => (await uncached.get(missing(number), NAME)).text(),
  unwrap: async (number) => (await keyless.get(warm(number), NAME)).text(),
  cache: async (number) => (await uncached.get(warm(number), NAME)).text(),
  near: async (number) => (await caching.get(warm(number), NAME)).text(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [way, callers, calls] = line.split(' ');
  const nanos = await round(WAYS[way], Number(callers), Number(calls), way === 'near');
  process.stdout.write(`${nanos.join(' ')}\n`);
}
process.exit(0);

async function round(get, callers, calls, fillFirst) {
  if (fillFirst) {
    for (let number = 0; number < tenants; number++) {
      await get(number);
    }
  }
  const nanos = new Float64Array(callers * calls);
  const caller = async (_, i) => {
    for (let call = i * calls; call < (i + 1) * calls; call++) {
      const number = call % tenants;
      const begun = performance.now();
      const value = await get(number);
      nanos[call] = Math.round((performance.now() - begun) * 1e6);
      if (value !== expected) {
        throw new Error('another value than the one that was stored');
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return nanos.sort();
}

function warm(number) {
  return `warm-${number}`;
}

function missing(number) {
  return `missing-${number}`;
}
