// GetItem, and once KMS Decrypt; unsealed, checked, redacted.
import { createReader } from '@keepwarm/reader';
import { run } from '../harness.mjs';

const reader = createReader();
const uncached = createReader({ nearTtl: 0 });

const read = async () => (await reader.get('bench', 'value')).text();
run({
  read,
  fresh: async () => (await uncached.get('bench', 'value')).text(),
  cached: read,
});
