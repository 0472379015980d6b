import type { Entry } from './entry.js';
import { Lru } from './lru.js';

/**
 * Reports tenants whose entries have a probe. It calls `report` once for each probe, however many
 * entries have it and however often they are read.
 *
 * @param size for how many tenants it remembers that they were reported
 */
export function useReports(report: (tenant: string) => void, size: number) {
  const answered = new Lru<number>(size);
  return (entry: Entry): Entry => {
    if (entry.state === 'READY' && entry.probe !== undefined) {
      const { id, probe } = entry;
      if (probe > (answered.get(id.tenant) ?? -1)) {
        answered.set(id.tenant, probe);
        report(id.tenant);
      }
    }
    return entry;
  };
}
