// Runs the variant that the argument names. The expected value is in the environment.

/**
 * `cold`: one read, then a line. `first`: a line, and for a byte of input one read, then a line: the first
 * read of a process that is already running. `rounds`: for each line of input, `fresh N` or `cached N`, so
 * many reads without or from the variant's own cache, and a line with their times in microseconds. Fails on
 * any value but the expected one.
 */
export async function run({ read, fresh, cached }) {
  const expected = process.env.BENCH_VALUE;
  const checked = async (one) => {
    const value = await one();
    if (value !== expected) {
      throw new Error('another value than the one that was stored');
    }
  };
  if (process.argv[2] === 'cold') {
    await checked(read);
    process.stdout.write('read\n');
    return;
  }
  if (process.argv[2] === 'first') {
    process.stdout.write('ready\n');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    await checked(read);
    process.stdout.write('read\n');
    process.stdin.destroy();
    return;
  }
  // Not for a cold start, which would pay for it.
  const { createInterface } = await import('node:readline');
  for await (const line of createInterface({ input: process.stdin })) {
    const [kind, text] = line.split(' ');
    const count = Number(text);
    if (kind === 'fresh') {
      print(await each(() => checked(fresh), count));
    } else if (cached === undefined) {
      print({});
    } else {
      await checked(cached);
      print({ mean: await mean(cached, count) });
    }
  }
}

/** Times each read separately. */
async function each(one, count) {
  const micros = [];
  const cpu = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    await one();
    micros.push((performance.now() - begun) * 1000);
  }
  const { user, system } = process.cpuUsage(cpu);
  micros.sort((a, b) => a - b);
  const quantile = (q) => micros[Math.floor(count * q)];
  return { p50: quantile(0.5), p99: quantile(0.99), cpu: (user + system) / count };
}

/** Times all reads together, because the clock is too coarse for one. */
async function mean(one, count) {
  const begun = performance.now();
  for (let i = 0; i < count; i++) {
    await one();
  }
  return ((performance.now() - begun) * 1000) / count;
}

function print(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
