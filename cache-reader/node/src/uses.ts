import type { Entry } from './entry.js';
import { Lru } from './lru.js';

/**
 * Answers entries that ask whether their tenant is used: `report` is called once for each time that
 * a tenant is asked about, however many of its entries ask and however often they are read.
 *
 * @param size of how many tenants it is remembered that they were reported
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
