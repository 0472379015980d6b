import { createSecretKey, type KeyObject } from 'node:crypto';
import { KeepwarmError } from '../errors.js';
import type { KeyService } from '../ports.js';
import type { AwsClient } from './client.js';
import { callJson, type JsonService, unexpected } from './json.js';

/** AWS KMS. */
export class Kms implements KeyService {
  readonly #client: AwsClient;
  readonly #service: JsonService;
  readonly #keyId: string;

  /** Unwraps what `keyId` (id, ARN or alias) wrapped, and nothing else. */
  constructor(client: AwsClient, endpoint: URL, keyId: string) {
    this.#client = client;
    this.#service = { name: 'kms', endpoint, target: 'TrentService', version: '1.1' };
    this.#keyId = keyId;
  }

  async unwrap(tenant: string, wrapped: string, signal: AbortSignal): Promise<KeyObject> {
    return callJson(
      this.#client,
      this.#service,
      'Decrypt',
      {
        CiphertextBlob: wrapped,
        KeyId: this.#keyId,
        EncryptionContext: { keepwarm: '1', tenant },
      },
      signal,
      'KMS cannot decrypt',
      ({ Plaintext }) => keyOf(Plaintext),
    );
  }
}

function keyOf(plaintext: unknown): KeyObject {
  if (typeof plaintext !== 'string') {
    throw unexpected();
  }
  const secret = Buffer.from(plaintext, 'base64');
  try {
    if (secret.length !== 32) {
      throw new KeepwarmError('TAMPERED', 'a data key is not 32 bytes');
    }
    return createSecretKey(secret);
  } finally {
    secret.fill(0);
  }
}
