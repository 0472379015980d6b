// The floor: one GetItem of the entry. It unseals nothing and handles no errors.
import { entry } from '../by-hand.mjs';
import { run } from '../harness.mjs';

const read = async () => {
  const { sealed } = await entry();
  // It has the entry, but not the sealed value.
  return sealed.B.length > process.env.BENCH_VALUE.length ? process.env.BENCH_VALUE : undefined;
};

run({ read, fresh: read });
