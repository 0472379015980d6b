// Powertools' DynamoDB provider: a value in clear in a table.
import { DynamoDBProvider } from '@aws-lambda-powertools/parameters/dynamodb';
import { run } from '../harness.mjs';

const provider = new DynamoDBProvider({ tableName: process.env.BENCH_TABLE });

run({
  read: () => provider.get('value'),
  fresh: () => provider.get('value', { forceFetch: true }),
  cached: () => provider.get('value', { maxAge: 3600 }),
});
