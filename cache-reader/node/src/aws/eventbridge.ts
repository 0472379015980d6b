import type { CredentialId } from '../id.js';
import type { EventBus } from '../ports.js';
import type { AwsClient } from './client.js';
import { AwsError } from './errors.js';
import { callJson, isObject, type JsonService, unexpected } from './json.js';

/** A bus of Amazon EventBridge. */
export class EventBridgeBus implements EventBus {
  readonly #client: AwsClient;
  readonly #service: JsonService;
  readonly #bus: string;

  constructor(client: AwsClient, endpoint: URL, bus: string) {
    this.#client = client;
    this.#service = { name: 'events', endpoint, target: 'AWSEvents', version: '1.1' };
    this.#bus = bus;
  }

  async publishInvalidated({ tenant, name }: CredentialId, signal: AbortSignal): Promise<void> {
    const entry = {
      EventBusName: this.#bus,
      Source: 'keepwarm',
      DetailType: 'Credential Invalidated',
      Detail: JSON.stringify({ tenant, name }),
    };
    await callJson(
      this.#client,
      this.#service,
      'PutEvents',
      { Entries: [entry] },
      signal,
      `cannot publish to bus ${this.#bus}`,
      ({ Entries }) => {
        const result: unknown = Array.isArray(Entries) ? Entries[0] : undefined;
        if (!isObject(result)) {
          throw unexpected();
        }
        if (result.ErrorCode !== undefined) {
          // PutEvents refuses single entries with status 200.
          throw new AwsError(String(result.ErrorCode), 0, 'the entry was not accepted');
        }
      },
    );
  }
}
