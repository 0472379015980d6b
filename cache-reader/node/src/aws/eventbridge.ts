import { isObject } from '../json.js';
import type { EventBus } from '../ports.js';
import type { AwsClient } from './client.js';
import { AwsError } from './errors.js';
import { jsonService, unexpected } from './json.js';

/** A bus of Amazon EventBridge. */
export function eventBridgeBus(client: AwsClient, endpoint: URL, bus: string): EventBus {
  const call = jsonService(client, {
    name: 'events',
    endpoint,
    target: 'AWSEvents',
    version: '1.1',
    failure: `cannot publish to bus ${bus}`,
  });
  return {
    publish: (DetailType, of, signal) => {
      const entry = {
        EventBusName: bus,
        Source: 'keepwarm',
        DetailType,
        Detail: JSON.stringify(of),
      };
      return call('PutEvents', { Entries: [entry] }, signal, ({ Entries }) => {
        const result: unknown = Array.isArray(Entries) ? Entries[0] : undefined;
        if (!isObject(result)) {
          throw unexpected();
        }
        if (result.ErrorCode !== undefined) {
          // PutEvents refuses single entries with status 200.
          throw new AwsError(String(result.ErrorCode), 0, 'the entry was not accepted');
        }
      });
    },
  };
}
