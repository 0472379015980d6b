// Node alone: the part that no reader can influence.
import { run } from '../harness.mjs';

run({ read: async () => process.env.BENCH_VALUE });
