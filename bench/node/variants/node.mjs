// Node alone: what no reader can do anything about.
import { run } from '../harness.mjs';

run({ read: async () => process.env.BENCH_VALUE });
