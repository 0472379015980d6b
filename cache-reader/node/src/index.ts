import type { Reader } from './api.js';
import { awsClient } from './aws/client.js';
import { dynamoCacheTable } from './aws/dynamodb.js';
import { eventBridgeBus } from './aws/eventbridge.js';
import { kms } from './aws/kms.js';
import { lambdaResolver } from './aws/lambda.js';
import { readerOf } from './reader.js';
import { type ReaderOptions, settingsOf } from './settings.js';

export type {
  AbortSignalLike,
  CallOptions,
  GetOptions,
  Reader,
  ReaderStats,
  TenantCredentials,
} from './api.js';
export type { Clock } from './clock.js';
export { Credential } from './credential.js';
export { CredentialRejected, type ErrorCode, KeepwarmError } from './errors.js';
export type { CredentialId } from './id.js';
export type {
  AwsCredentialProvider,
  AwsCredentials,
  Duration,
  Endpoints,
  OnMiss,
  ReaderLogger,
  ReaderOptions,
} from './settings.js';

/**
 * Makes a reader. Make one per process, outside the handler. It sends no request before the first
 * call, but in a Lambda function it connects at once (`preconnect`).
 *
 * @throws KeepwarmError `INVALID_CONFIGURATION`; names the option or variable
 */
export function createReader(options: ReaderOptions = {}): Reader {
  const settings = settingsOf(options);
  const { endpoints, deadline, preconnect } = settings;
  const client = awsClient(settings);
  const keyIds = settings.kmsKey.split(',');
  const ports = {
    table: dynamoCacheTable(client, endpoints.dynamodb, settings.cacheTable),
    keys: kms(client, endpoints.kms, keyIds, preconnect),
    resolver: lambdaResolver(client, endpoints.lambda, settings.resolver, deadline),
    bus: eventBridgeBus(client, endpoints.eventbridge, settings.bus),
    close: () => client.close(),
  };
  if (preconnect) {
    client.connect(endpoints.dynamodb);
    client.connect(endpoints.kms);
  }
  return readerOf(ports, settings.clock, settings);
}
