import { Lru } from './lru.js';

/**
 * Reports tenants whose entries or records have a probe. It calls `report` once for each probe,
 * however many of them have it and however often they are read.
 *
 * @param size for how many tenants it remembers that they were reported
 * @returns a function to call for each probe that is read, with the tenant and since when no reader
 *   has reported it
 */
export function useReports(report: (tenant: string) => void, size: number) {
  const answered = new Lru<number>(size);
  return (tenant: string, probe: number): void => {
    if (probe > (answered.get(tenant) ?? -1)) {
      answered.set(tenant, probe);
      report(tenant);
    }
  };
}
