import type { Item } from '../item.js';
import { isObject, type JsonObject } from '../json.js';
import type { CacheTable } from '../ports.js';
import type { AwsClient } from './client.js';
import { jsonService, unexpected } from './json.js';

/** The cache table in DynamoDB; reads of entries are strongly consistent. */
export function dynamoCacheTable(client: AwsClient, endpoint: URL, table: string): CacheTable {
  const call = jsonService(client, {
    name: 'dynamodb',
    endpoint,
    target: 'DynamoDB_20120810',
    version: '1.0',
    failure: `cannot read table ${table}`,
  });
  const common = { TableName: table, ConsistentRead: true };
  return {
    read: ({ tenant, name }, signal) => {
      const Key = { tenant: { S: tenant }, name: { S: name } };
      return call('GetItem', { ...common, Key }, signal, ({ Item }) =>
        Item === undefined ? undefined : item(Item),
      );
    },

    readRecord: (slot, signal) => {
      const Key = { tenant: { S: `#${slot}` }, name: { S: '#fresh' } };
      return call('GetItem', { TableName: table, Key }, signal, ({ Item }) =>
        Item === undefined ? undefined : item(Item),
      );
    },

    readTenant: async (tenant, signal) => {
      const items: Item[] = [];
      let from: JsonObject | undefined;
      do {
        const input = {
          ...common,
          KeyConditionExpression: '#tenant = :tenant',
          ExpressionAttributeNames: { '#tenant': 'tenant' },
          ExpressionAttributeValues: { ':tenant': { S: tenant } },
          ExclusiveStartKey: from,
        };
        from = await call('Query', input, signal, ({ Items, LastEvaluatedKey }) => {
          if (!Array.isArray(Items)) {
            throw unexpected();
          }
          items.push(...Items.map(item));
          return isObject(LastEvaluatedKey) ? LastEvaluatedKey : undefined;
        });
      } while (from !== undefined);
      return items;
    },
  };
}

function item(value: unknown): Item {
  if (!isObject(value)) {
    throw unexpected();
  }
  return value;
}
