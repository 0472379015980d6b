// Our reader, of an entry of one tenant.
import { createReader } from '@keepwarm/reader';
import { run } from './harness.mjs';

export function readTenant(tenant) {
  const reader = createReader();
  const read = async () => (await reader.get(tenant, 'value')).text();
  // Only where it is needed: a cold start has one reader, which connects ahead.
  let uncached;
  const fresh = async () => {
    uncached ??= createReader({ nearTtl: 0 });
    return (await uncached.get(tenant, 'value')).text();
  };
  run({ read, fresh, cached: read });
}
