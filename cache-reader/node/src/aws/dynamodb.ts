import type { CredentialId } from '../id.js';
import type { Item } from '../item.js';
import type { CacheTable } from '../ports.js';
import type { AwsClient } from './client.js';
import { callJson, isObject, type JsonObject, type JsonService, unexpected } from './json.js';

/** The cache table in DynamoDB, read strongly consistent. */
export class DynamoCacheTable implements CacheTable {
  readonly #client: AwsClient;
  readonly #service: JsonService;
  readonly #table: string;

  constructor(client: AwsClient, endpoint: URL, table: string) {
    this.#client = client;
    this.#service = { name: 'dynamodb', endpoint, target: 'DynamoDB_20120810', version: '1.0' };
    this.#table = table;
  }

  async read(id: CredentialId, signal: AbortSignal): Promise<Item | undefined> {
    const Key = { tenant: { S: id.tenant }, name: { S: id.name } };
    return this.#call('GetItem', { Key }, signal, ({ Item }) =>
      Item === undefined ? undefined : item(Item),
    );
  }

  async readTenant(tenant: string, signal: AbortSignal): Promise<Item[]> {
    const items: Item[] = [];
    let from: JsonObject | undefined;
    do {
      const input = {
        KeyConditionExpression: '#tenant = :tenant',
        ExpressionAttributeNames: { '#tenant': 'tenant' },
        ExpressionAttributeValues: { ':tenant': { S: tenant } },
        ExclusiveStartKey: from,
      };
      from = await this.#call('Query', input, signal, ({ Items, LastEvaluatedKey }) => {
        if (!Array.isArray(Items)) {
          throw unexpected();
        }
        items.push(...Items.map(item));
        return isObject(LastEvaluatedKey) ? LastEvaluatedKey : undefined;
      });
    } while (from !== undefined);
    return items;
  }

  #call<T>(
    operation: string,
    input: JsonObject,
    signal: AbortSignal,
    parse: (answer: JsonObject) => T,
  ): Promise<T> {
    return callJson(
      this.#client,
      this.#service,
      operation,
      { TableName: this.#table, ConsistentRead: true, ...input },
      signal,
      `cannot read table ${this.#table}`,
      parse,
    );
  }
}

function item(value: unknown): Item {
  if (!isObject(value)) {
    throw unexpected();
  }
  return value;
}
