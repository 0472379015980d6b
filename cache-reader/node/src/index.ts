import type { Reader } from './api.js';
import { AwsClient } from './aws/client.js';
import { DynamoCacheTable } from './aws/dynamodb.js';
import { EventBridgeBus } from './aws/eventbridge.js';
import { Kms } from './aws/kms.js';
import { LambdaResolver } from './aws/lambda.js';
import { CachingReader } from './reader.js';
import { type ReaderOptions, settingsOf } from './settings.js';

export type { Reader, ReaderStats, TenantCredentials } from './api.js';
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
  ReaderOptions,
} from './settings.js';

/**
 * Makes a reader: one for the life of the process, outside the handler. Sends nothing before the
 * first call.
 *
 * @throws KeepwarmError `INVALID_CONFIGURATION`; names the option or variable and what it takes
 */
export function createReader(options: ReaderOptions = {}): Reader {
  const settings = settingsOf(options);
  const { endpoints, deadline } = settings;
  const client = new AwsClient(settings);
  const ports = {
    table: new DynamoCacheTable(client, endpoints.dynamodb, settings.cacheTable),
    keys: new Kms(client, endpoints.kms, settings.kmsKey),
    resolver: new LambdaResolver(client, endpoints.lambda, settings.resolver, deadline),
    bus: new EventBridgeBus(client, endpoints.eventbridge, settings.bus),
    close: () => client.close(),
  };
  return new CachingReader(ports, settings.clock, settings);
}
